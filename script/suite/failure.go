package suite

import (
	"errors"
	"slices"
	"strings"

	"sosh/script"
)

// A Failure is a check that failed, or an error.
type Failure struct {
	Place     string   // FILE:LINE of the test's own; "" if it has none
	Via       []string // the calls from there to the check or the error
	Message   string   // one line: "eq: got 3, want 4"
	Detail    string   // the difference, in whole lines
	Hint      string
	Traceback string // of an error
}

// text is the failure without its place, in lines.
func (f *Failure) text() string {
	return strings.TrimRight(f.Message+"\n"+f.Detail, "\n")
}

// failureOf returns an error, of script or of another package, as a failure.
func failureOf(err error) Failure {
	var e *script.Error
	if !errors.As(err, &e) {
		e = &script.Error{Message: err.Error()}
	}
	f := Failure{Message: e.Message, Hint: e.ShownHint(), Traceback: e.Traceback}
	place, rest, ok := script.CutPlace(e.Message)
	if ok {
		f.Message = rest
	} else {
		// A table or error(text, 0) has no position: take that of the raise.
		place, ok = firstPlace(e.Traceback)
	}
	if ok {
		f.from(append([]string{place}, callers(e.Traceback, place)...))
	}
	f.Message, f.Detail = firstLine(f.Message, f.Detail)
	return f
}

// from sets the positions of a failure; the innermost is first. If there are many, it
// keeps that of the test and the maxVia innermost.
func (f *Failure) from(places []string) {
	if len(places) == 0 {
		return
	}
	last := len(places) - 1
	f.Place = places[last]
	f.Via = slices.Clone(places[:min(last, maxVia)])
	slices.Reverse(f.Via)
}

// maxVia is how many positions a failure keeps besides that of the test.
const maxVia = 10

// callers returns the positions of the calls that led to place, from a traceback, the
// innermost first. Repeated positions of a recursion are left out.
func callers(traceback, place string) []string {
	_, traceback, _ = strings.Cut(traceback, "\t"+place+":")
	var from []string
	last := place
	for line := range strings.Lines(traceback) {
		at, _, ok := script.CutPlace(strings.TrimSpace(line))
		if ok && at != last { // else a function of Go
			from = append(from, at)
			last = at
		}
	}
	return from
}

// firstPlace returns the innermost position of a traceback.
func firstPlace(traceback string) (place string, ok bool) {
	for line := range strings.Lines(traceback) {
		if place, _, ok := script.CutPlace(strings.TrimSpace(line)); ok {
			return place, true
		}
	}
	return "", false
}

// firstLine moves what follows the first line of a message to the detail.
func firstLine(message, detail string) (string, string) {
	first, rest, ok := strings.Cut(message, "\n")
	if !ok {
		return message, detail
	}
	return first, rest + "\n" + detail
}
