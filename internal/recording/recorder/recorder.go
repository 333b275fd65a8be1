// Package recorder records what happens to handles: it subscribes to their events, and writes
// them to files of package forms. It knows no Lua and no terminal.
//
// A recording has a goroutine that writes its file, and a queue of bounded size before it. A
// file that is slow makes the calls on handles wait until the queue has room. A file that makes
// its writer wait for longer than patience (a FIFO without a reader, a pipe that is full) loses
// events instead, and the recording says how many. What fails is reported once, and never ends
// a call.
package recorder

import (
	"time"

	"sosh/internal/recording"
	"sosh/internal/recording/forms"
	"sosh/sockets"
)

// Version returns the version that recordings have in their first line. Set it before the first
// recording begins.
var Version = func() string { return "unknown" }

// Options say what is recorded.
type Options struct {
	// Handles are the handles to record, with the connections they accept; nil records all.
	Handles []*sockets.Handle
	// Form changes what is written.
	Form forms.Options
	// Warn is called with a sentence about an error of the file, on a goroutine of
	// the recording; nil drops it.
	Warn func(text string)
}

// A Recording is a file that events are being written to. Its methods may be called
// concurrently, and on nil, where they do nothing.
type Recording struct {
	source source
	queue  *queue
}

// Create creates the file, in the form of its extension, and begins a recording with no handles.
// An error is that of forms.Create.
func Create(path string, o Options) (*Recording, error) {
	f, err := forms.Create(path, o.Form)
	if err != nil {
		return nil, err
	}
	return begin(f, o), nil
}

func begin(f *forms.File, o Options) *Recording {
	start := time.Now()
	r := new(Recording)
	r.queue = newQueue(f, o.Warn, r.source.detach)
	r.source.put, r.source.trans = r.queue.add, newTranslator(start, o.Handles)
	if w := f.Warning(); w != "" {
		r.queue.warn(w)
	}
	go r.queue.run(header(start))
	return r
}

// header is the first line of a recording that begins now.
func header(start time.Time) recording.Header {
	return recording.Header{Version: recording.Version, Program: "sosh " + Version(), Start: start}
}

// Watch records the handles of a table from now on, starting with their current state.
func (r *Recording) Watch(t *sockets.Table) {
	if r != nil {
		r.source.watch(t, nil)
	}
}

// WatchTests is Watch of a table that tests use, one after another. test returns the name that the
// events get, or "" between tests; it must be quick, and may be called on any goroutine.
func (r *Recording) WatchTests(t *sockets.Table, test func() string) {
	if r != nil {
		r.source.watch(t, test)
	}
}

// Add records an event that is not of a handle, with the time of the call.
func (r *Recording) Add(ev recording.Event) {
	if r != nil {
		r.source.add(ev)
	}
}

// Close ends the recording, writes what remains, and closes the file. It waits for a file that
// is slow, and for one that is blocked at most patience.
func (r *Recording) Close() {
	if r == nil {
		return
	}
	r.source.detach()
	r.queue.close()
}

// Same reports whether the recording is written to the file of that name.
func (r *Recording) Same(path string) bool { return r.queue.file.Same(path) }

// Status is how far a recording has come.
type Status struct {
	Path   string
	Events int   // that were written, or wait to be
	Bytes  int64 // that were written to the file
	Lost   int   // events that were dropped
	Err    error // what has ended it, or nil
}

// Status returns how far the recording has come.
func (r *Recording) Status() Status { return r.queue.status() }
