package script

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"

	"sosh/internal/show"
	"sosh/sockets"
)

// How much of what happens to a test's sockets is kept, and how much of one
// piece of data is shown.
const (
	maxRecorded      = 1000
	maxRecordedBytes = 1 << 20
	maxPiece         = 1024
)

// A recorder keeps what happens to the handles of a table while a test runs.
// It may be used concurrently.
type recorder struct {
	cancel func()

	mu     sync.Mutex
	on     bool
	events []recorded
	bytes  int
	lost   int                      // events that made room
	past   map[*sockets.Handle]bool // whose events are of another test
}

// recorded is an event, or what the test itself did at that time and on that
// handle.
type recorded struct {
	sockets.Event
	note string
}

// record makes a recorder of a table's events.
func record(t *sockets.Table) *recorder {
	r := new(recorder)
	r.cancel = t.Subscribe(r.add)
	return r
}

// note keeps what the test did with a handle. It does nothing on a nil recorder.
func (r *recorder) note(h *sockets.Handle, text string) {
	if r != nil {
		r.keep(recorded{sockets.Event{Time: time.Now(), Handle: h}, text})
	}
}

func (r *recorder) add(ev sockets.Event) { r.keep(recorded{Event: ev}) }

func (r *recorder) keep(ev recorded) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.on || r.past[ev.Handle] {
		return
	}
	if len(ev.Data) > maxPiece {
		ev.Data = bytes.Clone(ev.Data[:maxPiece])
	}
	r.events = append(r.events, ev)
	r.bytes += len(ev.Data)
	for len(r.events) > maxRecorded || r.bytes > maxRecordedBytes {
		r.bytes -= len(r.events[0].Data)
		r.events = r.events[1:]
		r.lost++
	}
}

// start forgets what was kept, and begins. What happens to the handles of past is
// left out.
func (r *recorder) start(past map[*sockets.Handle]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on, r.events, r.bytes, r.lost, r.past = true, nil, 0, 0, past
}

// stop ends the keeping.
func (r *recorder) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on = false
}

func (r *recorder) close() { r.cancel() }

// since returns what happened from began on, a line for each event, with its
// time from began on.
func (r *recorder) since(began time.Time) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	width := 0
	for _, ev := range r.events {
		width = max(width, show.Width(ev.Handle.Name()))
	}
	var b strings.Builder
	if r.lost > 0 {
		fmt.Fprintf(&b, "(%d earlier events were not kept)\n", r.lost)
	}
	for _, ev := range r.events {
		if ev.Time.Before(began) {
			continue
		}
		at := fmt.Sprintf("%9.3f ms  %-*s ", float64(ev.Time.Sub(began).Microseconds())/1000, width, ev.Handle.Name())
		b.WriteString(at)
		if ev.note != "" {
			b.WriteString(ev.note + "\n")
			continue
		}
		writeEvent(&b, ev.Event, strings.Repeat(" ", len(at)))
	}
	return b.String()
}

// writeEvent writes what happened in one or more lines, all but the first
// indented.
func writeEvent(b *strings.Builder, ev sockets.Event, indent string) {
	peer := ""
	if !ev.Peer.IsZero() {
		peer = " " + ev.Peer.String()
	}
	switch ev.Type {
	case sockets.EventData, sockets.EventSent:
		arrow := "<-"
		if ev.Type == sockets.EventSent {
			arrow = "->"
		}
		what := " " + count(ev.N, "byte")
		if ev.Handle.Kind().Datagram() {
			what = peer + " datagram of" + what
		}
		if ev.Cut {
			what += ", cut"
		}
		fmt.Fprintf(b, "%s%s\n", arrow, what)
		for line := range strings.Lines(piece(ev.Data)) {
			b.WriteString(indent + line)
		}
		if ev.N > len(ev.Data) && len(ev.Data) > 0 {
			fmt.Fprintf(b, "%s... and %s more\n", indent, count(ev.N-len(ev.Data), "byte"))
		}
	case sockets.EventConnected:
		fmt.Fprintf(b, "%s connected to%s\n", ev.Handle.Kind(), peer)
	case sockets.EventAccepted:
		fmt.Fprintf(b, "%s accepted from%s\n", ev.Handle.Kind(), peer)
	case sockets.EventWaiting:
		fmt.Fprintf(b, "%d waiting to be accepted\n", ev.N)
	case sockets.EventEOF:
		b.WriteString("<- end of the stream: the peer sends no more\n")
	default:
		b.WriteString(string(ev.Type))
		if ev.Err != nil {
			b.WriteString(": " + ev.Err.Error())
		}
		b.WriteByte('\n')
	}
}

// piece is bytes for a reader: text as literals, a line of text in each; else a
// hexdump.
func piece(p []byte) string {
	if !show.IsText(p) {
		return folded(show.HexdumpWidth(p, 0, 0))
	}
	var b strings.Builder
	for line := range bytes.Lines(p) {
		b.WriteString(show.Literal(line) + "\n")
	}
	return b.String()
}

// folded is a hexdump with a * for lines that repeat the one before, as
// hexdump(1) has it. The last line stands, so that one sees where it ends.
func folded(dump string) string {
	var b strings.Builder
	lines := strings.SplitAfter(strings.TrimSuffix(dump, "\n"), "\n")
	before, star := "", false
	for i, line := range lines {
		_, data, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ") // behind the offset
		switch {
		case data != before || i == len(lines)-1:
			b.WriteString(line)
			star = false
		case !star:
			b.WriteString("*\n")
			star = true
		}
		before = data
	}
	b.WriteByte('\n')
	return b.String()
}
