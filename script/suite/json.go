package suite

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"sosh/internal/show"
)

// JSON reports in lines of JSON: one at the end of each test, and a last one for the
// run.
type JSON struct{ W io.Writer }

// jsonTest is a line. Programs depend on the names of its fields.
type jsonTest struct {
	Event      string        `json:"event"` // test, printed, broken, end
	File       string        `json:"file,omitempty"`
	Name       string        `json:"name,omitempty"`
	Outcome    string        `json:"outcome,omitempty"` // pass, fail, skip, todo
	Why        string        `json:"why,omitempty"`
	Place      string        `json:"place,omitempty"`
	Seconds    float64       `json:"seconds"`
	Tries      int           `json:"tries,omitempty"`
	Failures   []jsonFailure `json:"failures,omitempty"`
	Log        []string      `json:"log,omitempty"`
	Output     string        `json:"output,omitempty"`
	Transcript []string      `json:"transcript,omitempty"`
	Processes  []jsonProcess `json:"processes,omitempty"`
	Recordings []string      `json:"recordings,omitempty"`
	Seed       int64         `json:"seed,omitempty"`
	Nested     []jsonTest    `json:"nested,omitempty"`
	Summary    *jsonSummary  `json:"summary,omitempty"`
}

type jsonSummary struct {
	Passed    int  `json:"passed"`
	Failed    int  `json:"failed"`
	Skipped   int  `json:"skipped"`
	Todo      int  `json:"todo"`
	Broken    int  `json:"broken"`
	NotRun    int  `json:"not_run"`
	Cancelled bool `json:"cancelled"`
}

type jsonFailure struct {
	Place     string   `json:"place,omitempty"`
	Via       []string `json:"via,omitempty"`
	Message   string   `json:"message"`
	Detail    string   `json:"detail,omitempty"`
	Hint      string   `json:"hint,omitempty"`
	Traceback string   `json:"traceback,omitempty"`
}

type jsonProcess struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Begin implements [Report].
func (j *JSON) Begin(int) {}

// Start implements [Report].
func (j *JSON) Start(string, string) {}

// Test implements [Report].
func (j *JSON) Test(file string, r Result) { j.write(toJSON(file, &r)) }

// Printed implements [Report].
func (j *JSON) Printed(file, text string) {
	j.write(jsonTest{Event: "printed", File: file, Output: text})
}

// Broken implements [Report].
func (j *JSON) Broken(file string, err error) {
	f := failureOf(err)
	j.write(jsonTest{Event: "broken", File: file, Outcome: "fail", Failures: []jsonFailure{jsonFailure(f)}})
}

// End implements [Report].
func (j *JSON) End(s Summary) {
	j.write(jsonTest{Event: "end", Seconds: s.Duration.Seconds(), Seed: s.Seed, Summary: &jsonSummary{s.Passed, s.Failed, s.Skipped, s.Todo, s.Broken, s.NotRun, s.Cancelled}})
}

func toJSON(file string, r *Result) jsonTest {
	t := jsonTest{Event: "test", File: file, Name: r.Name, Outcome: "pass", Why: r.Why, Place: r.Place, Seconds: r.Duration.Seconds(),
		Tries: r.Tries, Log: r.Log, Output: r.Output, Recordings: r.Recordings}
	switch {
	case r.Failed():
		t.Outcome = "fail"
	case r.Skipped:
		t.Outcome = "skip"
	case r.Todo:
		t.Outcome = "todo"
	}
	for _, f := range r.Failures {
		t.Failures = append(t.Failures, jsonFailure(f))
	}
	if r.Transcript != "" {
		t.Transcript = strings.Split(strings.TrimRight(r.Transcript, "\n"), "\n")
	}
	for _, o := range r.Processes {
		t.Processes = append(t.Processes, jsonProcess(o))
	}
	if r.RandomUsed {
		t.Seed = r.Seed
	}
	for i := range r.Nested {
		t.Nested = append(t.Nested, toJSON("", &r.Nested[i]))
	}
	return t
}

func (j *JSON) write(t jsonTest) {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	e.Encode(t)
	io.WriteString(j.W, show.EscapeJSON(line.Bytes()))
}
