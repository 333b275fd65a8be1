package suite

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"sosh/internal/show"
	"sosh/sockets"
)

// Limits of a transcript.
const (
	maxRecorded      = 1000
	maxRecordedBytes = 1 << 20
	maxPiece         = 1024
	maxRepeated      = 32 // longer data is shown only once
)

// A transcript records the events of a table's handles while a test runs. It may be used
// concurrently.
type transcript struct {
	cancel func()

	mu     sync.Mutex
	on     bool
	events []recorded
	bytes  int
	lost   int                      // oldest events that were dropped
	past   map[*sockets.Handle]bool // handles whose events belong to another test
	unread *sockets.Handle          // a handle being read after the test's failure
}

// recorded is an event, or a note on what the test did with the handle.
type recorded struct {
	sockets.Event
	note string
	late bool // received only after the test had failed
}

// record returns a transcript of a table's events.
func record(t *sockets.Table) *transcript {
	r := new(transcript)
	r.cancel = t.Subscribe(r.add)
	return r
}

// note records what the test did with a handle.
func (r *transcript) note(h *sockets.Handle, text string) {
	r.keep(recorded{Event: sockets.Event{Time: time.Now(), Handle: h}, note: text})
}

// late calls f, which receives the data of h that the test did not receive.
func (r *transcript) late(h *sockets.Handle, f func()) {
	set := func(h *sockets.Handle) {
		r.mu.Lock()
		r.unread = h
		r.mu.Unlock()
	}
	set(h)
	f()
	set(nil)
}

func (r *transcript) add(ev sockets.Event) { r.keep(recorded{Event: ev}) }

func (r *transcript) keep(ev recorded) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.on || r.past[ev.Handle] {
		return
	}
	if len(ev.Data) > maxPiece {
		ev.Data = bytes.Clone(ev.Data[:maxPiece])
	}
	ev.late = ev.Handle == r.unread
	r.events = append(r.events, ev)
	r.bytes += len(ev.Data)
	for len(r.events) > maxRecorded || r.bytes > maxRecordedBytes {
		r.bytes -= len(r.events[0].Data)
		r.events = r.events[1:]
		r.lost++
	}
}

// start begins an empty transcript, which leaves out the events of past.
func (r *transcript) start(past []*sockets.Handle) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on, r.events, r.bytes, r.lost, r.past = true, nil, 0, 0, make(map[*sockets.Handle]bool)
	for _, h := range past {
		r.past[h] = true
	}
}

// stop stops recording.
func (r *transcript) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on = false
}

func (r *transcript) close() { r.cancel() }

// since returns the events since began, one line each, with times relative to began.
func (r *transcript) since(began time.Time) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	// The events of one handle are in order, but may be reported after a later one of
	// another handle.
	slices.SortStableFunc(r.events, func(a, b recorded) int { return a.Time.Compare(b.Time) })
	width := 0
	for _, ev := range r.events {
		width = max(width, show.Width(ev.Handle.Name()))
	}
	var b strings.Builder
	if r.lost > 0 {
		fmt.Fprintf(&b, "(%d earlier events were not kept)\n", r.lost)
	}
	shown := make(map[string]string) // time at which the data was shown first
	for _, ev := range r.events {
		if ev.Time.Before(began) {
			continue
		}
		at := fmt.Sprintf("%.3f ms", float64(ev.Time.Sub(began).Microseconds())/1000)
		column := fmt.Sprintf("%12s  %-*s ", at, width, ev.Handle.Name())
		indent := strings.Repeat(" ", len(column))
		b.WriteString(column)
		switch {
		case ev.note != "":
			b.WriteString(show.Cell([]byte(ev.note)) + "\n")
		case ev.Type == sockets.EventData, ev.Type == sockets.EventSent:
			b.WriteString(show.Cell([]byte(ev.transfer())) + "\n")
			data := fmt.Sprint(ev.N, " ", string(ev.Data))
			before, again := shown[data]
			if again && len(ev.Data) > maxRepeated {
				fmt.Fprintf(&b, "%sthe same as at %s\n", indent, before)
				continue
			}
			shown[data] = at
			for line := range strings.Lines(show.Piece(ev.Data)) {
				b.WriteString(indent + line)
			}
			if ev.N > len(ev.Data) && len(ev.Data) > 0 {
				fmt.Fprintf(&b, "%s... and %s more\n", indent, show.Count(ev.N-len(ev.Data), "byte"))
			}
		default:
			b.WriteString(show.Cell([]byte(ev.change())) + "\n")
		}
	}
	return b.String()
}

// transfer describes sent or received data, without the data.
func (ev recorded) transfer() string {
	text := "<-"
	if ev.Type == sockets.EventSent {
		text = "->"
	}
	if ev.Handle.Kind().Datagram() {
		text += ev.peer() + " datagram of"
	}
	text += " " + show.Count(ev.N, "byte")
	if ev.Cut {
		text += ", cut"
	}
	if ev.Fault != "" {
		text += ", " + ev.Fault + " by faulty"
	}
	if ev.late {
		text += ", which the test did not receive"
	}
	return text
}

func (ev recorded) peer() string {
	if ev.Peer.IsZero() {
		return ""
	}
	return " " + ev.Peer.String()
}

// change describes any other event of a handle.
func (ev recorded) change() string {
	switch ev.Type {
	case sockets.EventConnected:
		return fmt.Sprintf("%s connected to%s", ev.Handle.Kind(), ev.peer())
	case sockets.EventAccepted:
		return fmt.Sprintf("%s accepted from%s", ev.Handle.Kind(), ev.peer())
	case sockets.EventWaiting:
		return fmt.Sprintf("%d waiting to be accepted", ev.N)
	case sockets.EventEOF:
		return "<- end of the stream: the peer sends no more"
	}
	if ev.Err != nil {
		return string(ev.Type) + ": " + ev.Err.Error()
	}
	return string(ev.Type)
}

// head is show.Piece for the first maxPiece bytes.
func head(p []byte) string {
	if len(p) <= maxPiece {
		return show.Piece(p)
	}
	return show.Piece(p[:maxPiece]) + fmt.Sprintf("... and %s more\n", show.Count(len(p)-maxPiece, "byte"))
}
