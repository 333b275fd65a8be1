package suite

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"sosh/internal/show"
)

// Pretty is the report for a person.
type Pretty struct {
	W       io.Writer
	Verbose bool
	// Columns returns the width of the terminal W, on which a progress line is drawn;
	// nil if W is no terminal. Paint colours a text, unless it is nil; its first
	// argument is red, green, yellow or faint.
	Columns func() int
	Paint   func(colour string, text show.Trusted) show.Trusted

	total, done, failed int
	running             []string
}

// Begin implements [Report].
func (p *Pretty) Begin(total int) { p.total = total }

func (p *Pretty) paint(colour string, text show.Trusted) show.Trusted {
	if p.Paint == nil {
		return text
	}
	return p.Paint(colour, text)
}

// print writes whole lines, args of them escaped, folded to the terminal.
func (p *Pretty) print(format show.Trusted, args ...any) {
	columns := 0
	if p.Columns != nil {
		columns = p.Columns()
	}
	io.WriteString(p.W, string(show.Fold(show.Sprintf(format, args...), columns)))
}

// Start implements [Report].
func (p *Pretty) Start(_, name string) {
	p.running = append(p.running, name)
	p.progress()
}

func (p *Pretty) progress() {
	if p.Columns == nil || len(p.running) == 0 {
		return
	}
	line := fmt.Sprintf("%d/%d", p.done, p.total)
	if p.failed > 0 {
		line += fmt.Sprintf(", %d failed", p.failed)
	}
	line += ": " + show.Line([]byte(p.running[0]))
	if n := len(p.running) - 1; n > 0 {
		line += fmt.Sprintf(" and %d more", n)
	}
	fmt.Fprintf(p.W, "\r\x1b[K%s", show.Truncate(line, p.Columns()-1))
}

func (p *Pretty) clear() {
	if p.Columns != nil {
		fmt.Fprint(p.W, "\r\x1b[K")
	}
}

// Test implements [Report].
func (p *Pretty) Test(file string, r Result) {
	p.done++
	for i, name := range p.running {
		if name == r.Name {
			p.running = append(p.running[:i], p.running[i+1:]...)
			break
		}
	}
	if r.Failed() {
		p.failed++
	}
	p.clear()
	p.result(file, r, "")
	p.progress()
}

// outcome returns a word for the result of a test, and its colour.
func outcome(r *Result) (word, colour string) {
	switch {
	case r.Failed():
		return "FAIL", "red"
	case r.Skipped:
		return "skip", "yellow"
	case r.Unexpected():
		return "todo, but passed", "yellow"
	case r.Todo:
		return "todo", "yellow"
	}
	return "ok", "green"
}

func (p *Pretty) result(file string, r Result, indent string) {
	word, colour := outcome(&r)
	if word == "ok" && !p.Verbose && r.Tries <= 1 {
		return
	}
	line := show.Sprintf("%s%s ", indent, p.paint(colour, show.Escaped(word)))
	if indent == "" {
		line += show.Sprintf("%s: ", file)
	}
	line += show.Sprintf("%s", show.Line([]byte(r.Name)))
	if d := r.Duration; d > 0 {
		line += p.paint("faint", show.Sprintf(" (%s)", seconds(d)))
	}
	if r.Why != "" {
		line += show.Sprintf(": %s", show.Line([]byte(r.Why)))
	}
	if r.Tries > 1 {
		line += show.Sprintf(", on try %d", r.Tries)
	}
	p.print("%s\n", line)
	in := indent + "    "
	for _, f := range r.Failures {
		p.failure(f, in)
	}
	for i := range r.Nested {
		p.result(file, r.Nested[i], in)
	}
	bad := len(r.Failures) > 0 || r.Failed()
	if bad && r.RandomUsed {
		p.print("%srandom seed %d\n", in, r.Seed)
	}
	if (bad || p.Verbose) && len(r.Log) > 0 {
		p.block(in, "logged", strings.Join(r.Log, "\n"))
	}
	if (bad || p.Verbose) && r.Output != "" {
		p.block(in, "printed", show.Text([]byte(r.Output)))
	}
	if bad {
		p.aside(in, &r)
	}
}

// aside writes what the test's own Lua did not produce.
func (p *Pretty) aside(in string, r *Result) {
	for _, o := range r.Processes {
		p.block(in, o.Name+" wrote", o.Text)
	}
	for _, file := range r.Recordings {
		p.print("%srecorded in %s\n", in, show.Name(file))
	}
	if r.Transcript != "" {
		p.block(in, "traffic of the test's sockets, with the time since it began", r.Transcript)
	}
}

func (p *Pretty) failure(f Failure, in string) {
	place := f.Place
	if place != "" {
		place += ": "
	}
	p.print("%s%s%s\n", in, p.paint("faint", show.Escaped(place)), f.Message)
	p.source(f.Place, in)
	for _, via := range f.Via {
		p.print("%s  reaches %s\n", in, via)
		p.source(via, in)
	}
	for line := range strings.Lines(f.Detail) {
		text := show.Lines(line)
		switch line[:1] {
		case "-":
			text = p.paint("red", text)
		case "+":
			text = p.paint("green", text)
		}
		p.print("%s  %s\n", in, text)
	}
	if f.Hint != "" {
		p.print("%s  hint: %s\n", in, f.Hint)
	}
	if p.Verbose && f.Traceback != "" {
		p.block(in+"  ", "traceback", strings.TrimPrefix(f.Traceback, "stack traceback:\n"))
	}
}

// source writes the source line at FILE:LINE, if it can be read.
func (p *Pretty) source(place, in string) {
	i := strings.LastIndexByte(place, ':')
	n, err := strconv.Atoi(place[i+1:])
	if i < 0 || err != nil || n < 1 {
		return
	}
	b, err := os.ReadFile(place[:i])
	if err != nil {
		return
	}
	if lines := bytes.SplitN(b, []byte("\n"), n+1); len(lines) >= n && len(bytes.TrimSpace(lines[n-1])) > 0 {
		line := bytes.ReplaceAll(bytes.TrimSpace(lines[n-1]), []byte("\t"), []byte(" "))
		p.print("%s  > %s\n", in, show.Truncate(show.Cell(line), maxSource))
	}
}

// maxSource is how many columns of a line of source are shown.
const maxSource = 100

// block writes text under a heading.
func (p *Pretty) block(in, heading, text string) {
	p.print("%s%s:\n", in, heading)
	for line := range strings.Lines(text) {
		p.print("%s  %s\n", in, show.Lines(line))
	}
}

// Printed implements [Report].
func (p *Pretty) Printed(file, text string) {
	p.clear()
	p.block("", file+" printed", show.Text([]byte(text)))
	p.progress()
}

// Broken implements [Report].
func (p *Pretty) Broken(file string, err error) {
	p.clear()
	p.print("%s %s does not load\n", p.paint("red", "FAIL"), file)
	p.failure(failureOf(err), "    ")
}

// End implements [Report].
func (p *Pretty) End(s Summary) {
	p.clear()
	var line show.Trusted
	add := func(n int, what, colour string) {
		if n > 0 {
			if line != "" {
				line += ", "
			}
			line += p.paint(colour, show.Sprintf("%d %s", n, what))
		}
	}
	add(s.Failed, "failed", "red")
	add(s.Broken, "not loaded", "red")
	add(s.Passed, "passed", "green")
	add(s.Skipped, "skipped", "yellow")
	add(s.Todo, "to do", "yellow")
	add(s.NotRun, "not run", "yellow")
	if line == "" {
		line = "no test ran"
	}
	line += show.Sprintf(" in %s", seconds(s.Duration))
	if s.Shuffled {
		line += show.Sprintf(" (shuffled: --shuffle=%d)", s.Seed)
	} else if s.Failed > 0 {
		line += show.Sprintf(" (--seed %d)", s.Seed)
	}
	if s.Cancelled {
		line += "; cancelled"
	}
	p.print("%s\n", line)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }
