package suite

import (
	"fmt"
	"io"
	"strings"

	"sosh/internal/show"
)

// TAP reports by the Test Anything Protocol, in the form of version 14: a point for each test as it ends,
// nested ones as subtests before it, and the plan at the end.
type TAP struct {
	W io.Writer
	n int

	begun bool
}

// Begin implements [Report].
func (t *TAP) Begin(int) { t.begin() }

// Start implements [Report].
func (t *TAP) Start(string, string) {}

// Test implements [Report].
func (t *TAP) Test(file string, r Result) {
	t.n++
	r.Name = file + ": " + r.Name
	t.point(t.n, &r, "")
}

// begin writes the version first. It is 13, since prove refuses version 14, and a reader
// of 13 ignores subtests.
func (t *TAP) begin() {
	if !t.begun {
		t.begun = true
		io.WriteString(t.W, "TAP version 13\n")
	}
}

func (t *TAP) point(n int, r *Result, indent string) {
	if len(r.Nested) > 0 {
		fmt.Fprintf(t.W, "%s# Subtest: %s\n", indent, tapName(r.Name))
		for i := range r.Nested {
			t.point(i+1, &r.Nested[i], indent+"    ")
		}
		fmt.Fprintf(t.W, "%s    1..%d\n", indent, len(r.Nested))
	}
	ok := "ok"
	if r.Failed() || r.Todo && !r.Unexpected() {
		ok = "not ok"
	}
	line := fmt.Sprintf("%s%s %d - %s", indent, ok, n, tapName(r.Name))
	switch {
	case r.Skipped:
		line += " # SKIP " + tapName(r.Why)
	case r.Todo:
		line += " # TODO " + tapName(r.Why)
	}
	fmt.Fprintln(t.W, strings.TrimRight(line, " "))
	if len(r.Failures) == 0 {
		return
	}
	// A YAML block has the text of the pretty report.
	var b strings.Builder
	p := &Pretty{W: &b}
	for _, f := range r.Failures {
		p.failure(f, "")
	}
	if r.RandomUsed {
		fmt.Fprintf(&b, "random seed %d\n", r.Seed)
	}
	if r.Output != "" {
		p.block("", "printed", show.Text([]byte(r.Output)))
	}
	p.aside("", r)
	fmt.Fprintf(t.W, "%s  ---\n%s  duration_ms: %.3f\n%s  message: |\n", indent, indent, float64(r.Duration.Microseconds())/1000, indent)
	for line := range strings.Lines(b.String()) {
		fmt.Fprintf(t.W, "%s    %s", indent, line)
	}
	fmt.Fprintf(t.W, "%s  ...\n", indent)
}

// tapName escapes a description, in which # begins a directive.
func tapName(s string) string {
	return strings.ReplaceAll(show.Line([]byte(s)), "#", `\#`)
}

// Printed implements [Report].
func (t *TAP) Printed(file, text string) {
	t.begin()
	for line := range strings.Lines(show.Text([]byte(text))) {
		show.Fprintf(t.W, "# %s: %s\n", file, show.Lines(line))
	}
}

// Broken implements [Report].
func (t *TAP) Broken(file string, err error) {
	t.begin()
	t.n++
	r := Result{Name: file + " does not load", Failures: []Failure{failureOf(err)}}
	t.point(t.n, &r, "")
}

// End implements [Report].
func (t *TAP) End(Summary) { fmt.Fprintf(t.W, "1..%d\n", t.n) }
