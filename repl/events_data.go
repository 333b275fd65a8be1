package repl

import (
	"sync"
	"time"

	"sosh/internal/show"
	"sosh/repl/arrivals"
	"sosh/sockets"
)

// maxBody is how many bytes of one event are drawn, of text or JSON.
const maxBody = 4 << 10

// splitFor is how long the first bytes of a character wait for the others. A test
// makes it longer.
var splitFor = 250 * time.Millisecond

// received is data of one event, or of two that share a character.
type received struct {
	handle *sockets.Handle
	time   time.Time
	peer   sockets.Addr
	cut    bool   // the datagram was longer
	data   []byte // read only
	end    uint64 // as an event has it
	parts  []arrivals.Span
}

// size returns how many bytes are to be shown.
func (r *received) size() (n int) {
	for _, p := range r.parts {
		n += p.To - p.From
	}
	return n
}

// bytes returns the bytes to be shown.
func (r *received) bytes() []byte {
	if len(r.parts) == 1 {
		return r.data[r.parts[0].From:r.parts[0].To]
	}
	var all []byte
	for _, p := range r.parts {
		all = append(all, r.data[p.From:p.To]...)
	}
	return all
}

// shown marks the first n of the bytes as shown.
func (r *received) shown(n int) {
	for _, p := range r.parts {
		m := min(n, p.To-p.From)
		n -= m
		switch {
		case m == 0:
		case r.handle.Kind().Messages():
			r.handle.MarkShown(r.end, len(r.data), m)
		default:
			after := uint64(len(r.data) - p.To)
			r.handle.MarkShown(r.end-after, p.To-p.From, m)
		}
	}
}

// splits are characters in streams whose first bytes have come, and the rest has not. The lock is
// taken on the goroutine that publishes an event.
type splits struct {
	mu sync.Mutex
	of map[*sockets.Handle]*split
}

type split struct {
	received
	timer *time.Timer
}

// joined returns the data of an event, for a view. If a stream's text ends within a character, the
// bytes of that character are kept for the next event. It returns false if there is nothing else.
func (s *Shell) joined(ev sockets.Event, view show.View) (received, bool) {
	r := received{ev.Handle, ev.Time, ev.Peer, ev.Cut, ev.Data, ev.End, []arrivals.Span{{To: len(ev.Data)}}}
	if ev.Handle.Kind().Messages() {
		return r, true
	}
	if before := s.splits.take(ev.Handle); before != nil && before.end == ev.End-uint64(len(ev.Data)) {
		r.data = append(append([]byte(nil), before.data...), ev.Data...)
	}
	n := show.WholeRunes(r.data)
	if n == len(r.data) || view == show.Hex || n > 0 && !show.IsText(r.data[:n]) {
		return r, true
	}
	rest := r
	rest.data = r.data[n:]
	s.splits.put(rest, func() { s.showSplit(ev.Handle) })
	r.data, r.end = r.data[:n], r.end-uint64(len(rest.data))
	return r, n > 0
}

// showSplit shows the bytes of h that waited for the rest of their character, which did not come.
func (s *Shell) showSplit(h *sockets.Handle) {
	r := s.splits.take(h)
	switch {
	case r == nil:
		return
	case s.attachment.has(h):
		if s.out.notify(s.body(colourIn, show.Text(r.data))) {
			h.MarkShown(r.end, len(r.data), len(r.data))
		}
		return
	}
	r.parts = []arrivals.Span{{To: len(r.data)}}
	s.showPiece(*r, s.settings.viewOf(h.Name(), h.Parent()))
}

// put keeps the bytes of a character; late is called if no others come.
func (s *splits) put(r received, late func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = make(map[*sockets.Handle]*split)
	}
	s.of[r.handle] = &split{r, time.AfterFunc(splitFor, late)}
}

// take returns the bytes of h that wait, or nil.
func (s *splits) take(h *sockets.Handle) *received {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.of[h]
	if w == nil {
		return nil
	}
	w.timer.Stop()
	delete(s.of, h)
	return &w.received
}

// dataText returns the text that shows received data, and how many bytes of it are in the text.
func (s *Shell) dataText(r received, view show.View) (text show.Trusted, n int) {
	name, p, columns := r.handle.Name(), r.bytes(), s.out.columns()
	more, details := show.Trusted(""), show.Trusted("")
	if len(p) < len(r.data) {
		details += show.Sprintf(" of %d", len(r.data))
	}
	if r.cut {
		details += ", cut"
	}
	if s.news.peer(r.handle, r.peer) {
		details += show.Sprintf(" from %s", r.peer)
	}
	stamp := s.stamp(r.time)
	head := stamp + s.paintHandle(name, "<-")
	if row := show.Sprintf(" %d%s  ", len(p), details); len(r.parts) <= 1 {
		width := s.stampWidth() + show.Width(name+" <-"+string(row))
		if text, ok := view.Row(p, columns-width-1); ok {
			return head + row + show.Escaped(text) + "\n", len(p)
		}
	}
	body, n := s.render(view, p, columns)
	if n < len(p) {
		more = show.Sprintf("  ... %s more; show %s prints them, view %s full shows everything\n", show.Count(len(p)-n, "byte"), name, name)
	}
	return head + show.Sprintf(" %s%s\n", show.Count(len(p), "byte"), details) + body + more, n
}

// render returns the rows that show the first bytes of p, and how many those are.
func (s *Shell) render(view show.View, p []byte, columns int) (rows show.Trusted, n int) {
	text, n := view.RenderPart(p, columns-2, show.Limit{Bytes: maxBody, Rows: s.settings.dumpRows()})
	return show.Rows(text, 0), n
}
