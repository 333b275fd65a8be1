// Package luatest writes a recording as a test in Lua, for sosh test: the clients of the
// recording dial, send the same data and check the answers; its servers serve and send the
// same answers.
//
// It imports no Lua machine and no sockets: what it writes is text. Everything in a recording
// is foreign. Whatever it says, the text is a Lua file that compiles.
package luatest

import (
	"bufio"
	"fmt"
	"io"
	"regexp"

	"sosh/internal/recording"
)

// Options say how a test is made. The zero value is usable.
type Options struct {
	// Mask has expressions for what differs from one run to the next. What they match in
	// received data becomes a pattern.
	Mask []*regexp.Regexp
	// More has the events of other recordings of the same thing. What differs between them
	// and the one that is written becomes a pattern.
	More [][]recording.Event
	// Limit is how many bytes of data are kept; what comes after them is left out, and the
	// test says so. 0 means 64 MiB.
	Limit int
}

const defaultLimit = 64 << 20

// NewWriter returns a Writer that keeps the events that it gets, and writes the test to w
// when it is closed.
func NewWriter(w io.Writer, h recording.Header, o Options) (recording.Writer, error) {
	if o.Limit <= 0 {
		o.Limit = defaultLimit
	}
	return &writer{w: w, header: h, options: o}, nil
}

type writer struct {
	w       io.Writer
	header  recording.Header
	options Options
	events  []recording.Event
	size    int
	lost    int // events that were not kept, here or by the recorder
}

// eventSize is what an event takes beside its data, about.
const eventSize = 300

func (w *writer) Write(ev recording.Event) error {
	switch ev.Type {
	case recording.Lost:
		w.lost += max(ev.N, 1)
		return nil
	case recording.Wire, recording.Secret, recording.Output:
		return nil
	}
	if w.size += len(ev.Data) + eventSize; w.size > w.options.Limit {
		w.lost++
		return nil
	}
	w.events = append(w.events, ev)
	return nil
}

// Flush does nothing: a test needs the end of the recording.
func (w *writer) Flush() error { return nil }

func (w *writer) Close() error {
	b := bufio.NewWriter(w.w)
	fmt.Fprint(b, generate(w.header, w.events, w.options, w.lost))
	return b.Flush()
}
