package repl

import (
	"strings"
	"time"

	"sosh/internal/show"
	"sosh/repl/arrivals"
	"sosh/sockets"
)

// stays is how long the output of a command stays on the screen while events come.
const stays = 2 * time.Second

// showEvent shows one event above the line being typed. It runs on the
// goroutine that publishes the event, and must not block.
func (s *Shell) showEvent(ev sockets.Event) {
	h := ev.Handle
	name, parent := h.Name(), h.Parent()
	if ev.Type == sockets.EventClosed {
		s.floods.mu.Lock()
		delete(s.floods.last, h)
		s.floods.mu.Unlock()
		defer s.splits.take(h)
		defer s.decoding.closed(h)
	}
	if s.out.quiet.Load() || ev.Direct || ev.Quiet {
		return
	}
	data := ev.Type == sockets.EventData
	if !s.attachment.has(h) && s.filter.Hide(name, parent, len(ev.Data)) {
		s.decoding.skip(ev)
		if data {
			h.MarkReported(ev.End)
		}
		return
	}
	if s.attachment.event(s, ev) {
		s.decoding.skip(ev)
		return
	}
	decodes := s.decoding.conn(h) != nil
	if data && !decodes {
		s.showData(ev)
		return
	}
	s.showSplit(h)
	switch {
	case data && !s.hold.On() && s.counted(ev, len(ev.Data)):
		s.decoding.skip(ev)
		return
	case !data && s.floods.has(h):
		s.drained() // the summary of what came before this goes first
	}
	text, n, decoded := s.decodedText(ev)
	if !decoded {
		text = s.eventText(ev)
	}
	if text == "" {
		return
	}
	line := arrivals.Line{Text: text, Data: data}
	if data {
		h.MarkReported(ev.End)
		line.Drawn = func() { h.MarkShown(ev.End, len(ev.Data), n) }
		line.Lost = func() { s.floods.add(h, len(ev.Data)) }
		if s.filter.Match(name, parent, []byte(text), false) == nil {
			return
		}
	}
	// What the user's own command does is shown even while other events are held.
	if line.Drawn == nil && s.hold.On() && own(ev.Type) && s.out.own.active() {
		s.draw(text)
		return
	}
	s.put(line)
}

// own reports whether events of a type say what a command has done.
func own(t sockets.EventType) bool {
	return t == sockets.EventSent || t == sockets.EventConnected || t == sockets.EventClosed
}

// put shows a line, or holds it; the status row then says how many are held.
func (s *Shell) put(l arrivals.Line) {
	if s.hold.Put(l); s.hold.On() {
		s.con.Refresh()
	}
}

// showData shows received data.
func (s *Shell) showData(ev sockets.Event) {
	h := ev.Handle
	name, parent := h.Name(), h.Parent()
	view := s.settings.viewOf(name, parent)
	if view == show.None {
		return
	}
	p, ok := s.joined(ev, view)
	if !ok {
		return
	}
	lines := !h.Kind().Datagram() && !h.Kind().Messages() && show.IsText(p.data)
	p.parts = s.filter.Match(name, parent, p.data, lines)
	size := 0
	for _, part := range p.parts {
		size += part.To - part.From
	}
	if size == 0 && len(p.data) > 0 {
		h.MarkReported(ev.End)
		return
	}
	if !s.hold.On() && s.counted(ev, size) {
		return
	}
	s.showPiece(p, view)
}

// showPiece shows received data, or keeps it until it may be shown.
func (s *Shell) showPiece(p received, view show.View) {
	text, n := s.dataText(p, view)
	p.handle.MarkReported(p.end)
	s.put(arrivals.Line{
		Text: text, Data: true,
		Drawn: func() { p.shown(n) },
		Lost:  func() { s.floods.add(p.handle, p.size()) },
	})
}

// drawLine shows a line that is not held, or no longer.
func (s *Shell) drawLine(l arrivals.Line) {
	switch drawn := s.draw(l.Text); {
	case drawn && l.Drawn != nil:
		l.Drawn()
	case !drawn && l.Lost != nil:
		l.Lost()
	}
}

// draw shows text at once, and counts its rows if a command's output is above it. It returns false
// if the text was dropped.
func (s *Shell) draw(text show.Trusted) bool {
	if s.out.quiet.Load() {
		return true
	}
	s.out.own.add(s.out, text, false)
	return s.out.con.Print(text)
}

// released is called when all held lines were shown.
func (s *Shell) released(dropped int) {
	if dropped > 0 {
		s.draw(s.out.paint(colourWarn, show.Sprintf("dropped the oldest %s; show prints received data that was not shown", show.Count(dropped, "held line"))) + "\n")
	}
	s.drained()
}

// rows returns how many rows a text takes on the terminal.
func (o *output) rows(text show.Trusted) int {
	return strings.Count(string(show.Fold(text, o.columns())), "\n")
}
