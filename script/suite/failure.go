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
	Via       []string // where the calls went on from there, down to the check or the error
	Message   string   // one line: "eq: got 3, want 4"
	Detail    string   // the difference, in whole lines
	Hint      string
	Traceback string // of an error
}

// failureOf returns an error, of script or of another package, as a failure.
func failureOf(err error) Failure {
	var e *script.Error
	if !errors.As(err, &e) {
		e = &script.Error{Message: err.Error()}
	}
	f := Failure{Message: e.Message, Hint: e.Hint, Traceback: e.Traceback}
	place, rest, ok := script.CutPlace(e.Message)
	if ok {
		f.Message = rest
	} else {
		// A table has no place, nor has error(text, 0): it is where that was
		// raised.
		place, ok = firstPlace(e.Traceback)
	}
	if ok {
		f.from(append([]string{place}, callers(e.Traceback, place)...))
	}
	f.Message, f.Detail = firstLine(f.Message, f.Detail)
	return f
}

// from sets the places of a failure, given the innermost first. Of many the
// test's own is kept, and those nearest to what failed.
func (f *Failure) from(places []string) {
	if len(places) == 0 {
		return
	}
	last := len(places) - 1
	f.Place = places[last]
	f.Via = slices.Clone(places[:min(last, maxVia)])
	slices.Reverse(f.Via)
}

// maxVia is how many places a failure keeps besides the test's own.
const maxVia = 10

// callers returns the places of the calls that led to place, by a traceback,
// the nearest first; of a recursion each but once.
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

// firstPlace returns the innermost place of a traceback.
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
