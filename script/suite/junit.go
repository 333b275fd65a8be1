package suite

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"sosh/internal/show"
)

// JUnit reports in the XML that continuous integration reads: a testsuite for
// each file, written at the end of the run. A nested test is a testcase named
// OUTER/INNER.
type JUnit struct {
	W      io.Writer
	suites []*junitSuite
}

type junitSuites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Time     string   `xml:"time,attr"`
	Suites   []*junitSuite
}

type junitSuite struct {
	XMLName  xml.Name `xml:"testsuite"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Time     string   `xml:"time,attr"`
	Cases    []junitCase
	Output   string `xml:"system-out,omitempty"`
	time     float64
}

type junitCase struct {
	XMLName   xml.Name      `xml:"testcase"`
	Name      string        `xml:"name,attr"`
	Classname string        `xml:"classname,attr"`
	Time      string        `xml:"time,attr"`
	Skipped   *junitMessage `xml:"skipped"`
	Error     *junitMessage `xml:"error"`
	Failure   *junitMessage `xml:"failure"`
	Output    string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// Begin implements [Report].
func (j *JUnit) Begin(int) {}

// Start implements [Report].
func (j *JUnit) Start(string, string) {}

func (j *JUnit) suite(file string) *junitSuite {
	for _, s := range j.suites {
		if s.Name == clean(file) {
			return s
		}
	}
	s := &junitSuite{Name: clean(file)}
	j.suites = append(j.suites, s)
	return s
}

// Test implements [Report].
func (j *JUnit) Test(file string, r Result) {
	s := j.suite(file)
	s.time += r.Duration.Seconds()
	s.add(file, "", &r)
}

func (s *junitSuite) add(file, outer string, r *Result) {
	c := junitCase{Name: clean(outer + r.Name), Classname: clean(file), Time: fmt.Sprintf("%.3f", r.Duration.Seconds()), Output: clean(r.Output)}
	s.Tests++
	switch {
	case r.Skipped && !r.Failed(), r.Todo:
		s.Skipped++
		why := r.Why
		if r.Todo {
			why = "to do: " + why
		}
		c.Skipped = &junitMessage{Message: clean(why)}
	case r.Failed():
		s.Failures++
		c.Failure = failureText(r)
	}
	s.Cases = append(s.Cases, c)
	for i := range r.Nested {
		s.add(file, outer+r.Name+"/", &r.Nested[i])
	}
}

func failureText(r *Result) *junitMessage {
	if len(r.Failures) == 0 {
		return &junitMessage{Message: "a nested test failed", Type: "nested"}
	}
	var b strings.Builder
	p := &Pretty{W: &b}
	for _, f := range r.Failures {
		p.failure(f, "")
	}
	p.aside("", r)
	return &junitMessage{Message: clean(r.Failures[0].Message), Type: "check", Text: clean(b.String())}
}

// clean escapes what XML or a terminal can't take.
func clean(s string) string { return show.Block(s) }

// Printed implements [Report].
func (j *JUnit) Printed(file, text string) { j.suite(file).Output += clean(text) }

// Broken implements [Report].
func (j *JUnit) Broken(file string, err error) {
	s := j.suite(file)
	s.Tests++
	s.Errors++
	m := failureText(&Result{Failures: []Failure{failureOf(err)}})
	m.Type = "load"
	s.Cases = append(s.Cases, junitCase{Name: "load", Classname: clean(file), Time: "0", Error: m})
}

// End implements [Report].
func (j *JUnit) End(sum Summary) {
	all := junitSuites{Suites: j.suites, Time: fmt.Sprintf("%.3f", sum.Duration.Seconds())}
	for _, s := range j.suites {
		s.Time = fmt.Sprintf("%.3f", s.time)
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
	}
	var text bytes.Buffer
	text.WriteString(xml.Header)
	e := xml.NewEncoder(&text)
	e.Indent("", "  ")
	e.Encode(all)
	text.WriteByte('\n')
	j.W.Write(text.Bytes())
}
