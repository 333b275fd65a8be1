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
	"sosh/script"
)

// Pretty is the report for a person.
type Pretty struct {
	W       io.Writer
	Verbose bool
	// Columns returns the width of the terminal that W is, on which a line of
	// progress is drawn; nil is no terminal. Paint colours, if it is not nil: it
	// takes the name of a colour, red, green, yellow or faint.
	Columns func() int
	Paint   func(colour, text string) string

	total, done, failed int
	running             []string
}

// Begin implements [Report].
func (p *Pretty) Begin(total int) { p.total = total }

func (p *Pretty) paint(colour, text string) string {
	if p.Paint == nil {
		return text
	}
	return p.Paint(colour, text)
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
func (p *Pretty) Test(file string, r script.TestResult) {
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

// outcome is what became of a test in a word, and its colour.
func outcome(r *script.TestResult) (word, colour string) {
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

func (p *Pretty) result(file string, r script.TestResult, indent string) {
	word, colour := outcome(&r)
	if word == "ok" && !p.Verbose && r.Tries <= 1 {
		return
	}
	line := indent + p.paint(colour, word) + " "
	if indent == "" {
		line += show.Cell([]byte(file)) + ": "
	}
	line += show.Line([]byte(r.Name))
	if d := r.Duration; d > 0 {
		line += p.paint("faint", fmt.Sprintf(" (%s)", seconds(d)))
	}
	if r.Why != "" {
		line += ": " + show.Line([]byte(r.Why))
	}
	if r.Tries > 1 {
		line += fmt.Sprintf(", on try %d", r.Tries)
	}
	fmt.Fprintln(p.W, line)
	in := indent + "    "
	for _, f := range r.Failures {
		p.failure(f, in)
	}
	for i := range r.Nested {
		p.result(file, r.Nested[i], in)
	}
	bad := len(r.Failures) > 0 || r.Failed()
	if bad && r.Drawn {
		fmt.Fprintf(p.W, "%srandom seed %d\n", in, r.Seed)
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

// aside writes what came from elsewhere than the test's own Lua.
func (p *Pretty) aside(in string, r *script.TestResult) {
	for _, o := range r.Processes {
		p.block(in, o.Name+" wrote", o.Text)
	}
	if r.Transcript != "" {
		p.block(in, "sockets of the test, by the time since it began", r.Transcript)
	}
}

func (p *Pretty) failure(f script.Failure, in string) {
	place := f.Place
	if place != "" {
		place += ": "
	}
	fmt.Fprintf(p.W, "%s%s%s\n", in, p.paint("faint", show.Cell([]byte(place))), show.Cell([]byte(f.Message)))
	p.source(f.Place, in)
	for _, via := range f.Via {
		fmt.Fprintf(p.W, "%s  reaches %s\n", in, show.Cell([]byte(via)))
		p.source(via, in)
	}
	for line := range strings.Lines(show.Block(f.Detail)) {
		line = strings.TrimRight(line, "\n")
		switch line[:min(1, len(line))] {
		case "-":
			line = p.paint("red", line)
		case "+":
			line = p.paint("green", line)
		}
		fmt.Fprintf(p.W, "%s  %s\n", in, line)
	}
	if f.Hint != "" {
		fmt.Fprintf(p.W, "%s  hint: %s\n", in, show.Cell([]byte(f.Hint)))
	}
	if p.Verbose && f.Traceback != "" {
		p.block(in+"  ", "traceback", strings.TrimPrefix(f.Traceback, "stack traceback:\n"))
	}
}

// source writes the line of a FILE:LINE as it stands there, if it is to be had.
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
		fmt.Fprintf(p.W, "%s  > %s\n", in, show.Truncate(show.Cell(line), maxSource))
	}
}

// maxSource is how many columns of a line of source are shown.
const maxSource = 100

// block writes text under a heading. Nothing in it is raw, whoever it is from.
func (p *Pretty) block(in, heading, text string) {
	fmt.Fprintf(p.W, "%s%s:\n", in, show.Cell([]byte(heading)))
	for line := range strings.Lines(show.Block(text)) {
		fmt.Fprintf(p.W, "%s  %s\n", in, strings.TrimRight(line, "\n"))
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
	fmt.Fprintf(p.W, "%s %s does not load\n", p.paint("red", "FAIL"), show.Cell([]byte(file)))
	p.failure(script.FailureOf(err), "    ")
}

// End implements [Report].
func (p *Pretty) End(s Summary) {
	p.clear()
	var parts []string
	add := func(n int, what, colour string) {
		if n > 0 {
			parts = append(parts, p.paint(colour, fmt.Sprintf("%d %s", n, what)))
		}
	}
	add(s.Failed, "failed", "red")
	add(s.Broken, "not loaded", "red")
	add(s.Passed, "passed", "green")
	add(s.Skipped, "skipped", "yellow")
	add(s.Todo, "to do", "yellow")
	add(s.NotRun, "not run", "yellow")
	if len(parts) == 0 {
		parts = []string{"no test ran"}
	}
	line := strings.Join(parts, ", ") + " in " + seconds(s.Duration)
	if s.Shuffled {
		line += fmt.Sprintf(" (shuffled: --shuffle=%d)", s.Seed)
	} else if s.Failed > 0 {
		line += fmt.Sprintf(" (--seed %d)", s.Seed)
	}
	if s.Cancelled {
		line += "; cancelled"
	}
	fmt.Fprintln(p.W, line)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }
