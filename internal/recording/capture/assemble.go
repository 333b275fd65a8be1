package capture

import (
	"slices"
	"time"

	"sosh/internal/recording"
	"sosh/internal/recording/packet"
)

// side is one direction of a connection: its bytes, which it reports in order.
type side struct {
	conn  *conn
	known bool   // next is
	next  uint32 // sequence number of the next byte to report
	syn   bool   // a SYN was seen, with
	isn   uint32 // this number
	ended bool   // its FIN was reported

	waiting []piece // what comes later, in order and without overlaps
	bytes   int     // that it takes
	last    *ending // a FIN or RST that was seen
}

// A piece is bytes of a side. After those that were captured come missing ones.
type piece struct {
	seq     uint32
	data    []byte
	missing int
	at      time.Time // when it came
}

// pieceSize is what a piece counts besides its data, in bytes. It bounds the number of pieces too.
const pieceSize = 1 << 10

// An ending is a FIN or RST behind the last byte of a side.
type ending struct {
	seq   uint32
	reset bool
	at    time.Time
}

func (p *piece) end() uint32 { return p.seq + uint32(len(p.data)+p.missing) }

// before reports whether a comes before b; sequence numbers wrap (RFC 9293, section 3.4).
func before(a, b uint32) bool { return int32(a-b) < 0 }

// from returns the part of a piece from a sequence number on.
func (p piece) from(seq uint32) piece {
	skip := int(seq - p.seq)
	p.seq = seq
	n := min(skip, len(p.data))
	p.data, p.missing = p.data[n:], p.missing-(skip-n)
	return p
}

// until returns the part of a piece before a sequence number.
func (p piece) until(seq uint32) piece {
	size := int(seq - p.seq)
	p.missing = max(0, size-len(p.data))
	p.data = p.data[:min(size, len(p.data))]
	return p
}

// add adds a segment. If the SYN was not captured, the stream begins with the first segment that
// was.
func (s *side) add(t *packet.Segment, g segment) {
	seq := t.Seq
	if t.Flags.Has(packet.SYN) {
		seq++
	}
	if s.ended {
		if t.Flags.Has(packet.RST) {
			s.conn.reset(s.index())
		}
		return
	}
	if !s.known {
		s.known, s.next = true, seq
	}
	p := piece{seq, g.payload, g.missing, g.at}
	if reset := t.Flags.Has(packet.RST); reset || t.Flags.Has(packet.FIN) && s.last == nil {
		s.last = &ending{p.end(), reset, g.at}
	}
	if before(p.seq, s.next) && before(s.next, p.end()) {
		p = p.from(s.next) // a retransmission with more
	}
	switch {
	case !before(s.next, p.end()):
		// Nothing new.
	case p.seq == s.next && len(s.waiting) == 0:
		s.report(p.data)
		s.gap(p.missing)
	default:
		s.insert(p)
	}
	s.advance()
}

// insert keeps the parts of a piece that are new.
func (s *side) insert(p piece) {
	p.data = slices.Clone(p.data) // the packet may have more
	for i := 0; ; i++ {
		if i < len(s.waiting) && !before(p.seq, s.waiting[i].end()) {
			continue
		}
		if i == len(s.waiting) || !before(s.waiting[i].seq, p.end()) {
			s.put(i, p) // it fits between two
			break
		}
		w := s.waiting[i]
		if before(p.seq, w.seq) {
			s.put(i, p.until(w.seq))
			i++
		}
		if !before(w.end(), p.end()) {
			break
		}
		p = p.from(w.end())
	}
	// What is beyond the limits is lost.
	for s.bytes > maxSideWaiting || s.conn.c.bytes > maxWaiting {
		if len(s.waiting) == 0 {
			break // the others have them
		}
		s.skip()
		s.advance()
	}
}

func (s *side) put(i int, p piece) {
	s.waiting = slices.Insert(s.waiting, i, p)
	s.bytes += pieceSize + len(p.data)
	s.conn.c.bytes += pieceSize + len(p.data)
	s.conn.c.waiting[s] = true
}

// pop removes the first piece that waits.
func (s *side) pop() piece {
	p := s.waiting[0]
	s.bytes -= pieceSize + len(p.data)
	s.conn.c.bytes -= pieceSize + len(p.data)
	if s.waiting = s.waiting[1:]; len(s.waiting) == 0 {
		s.waiting = nil
		if s.last == nil {
			delete(s.conn.c.waiting, s)
		}
	}
	return p
}

// forget removes all that waits.
func (s *side) forget() {
	for len(s.waiting) > 0 {
		s.pop()
	}
	s.last = nil
	delete(s.conn.c.waiting, s)
}

// advance reports what waited and is in order now, in one event if it can be, and the end.
func (s *side) advance() {
	for len(s.waiting) > 0 && s.waiting[0].seq == s.next {
		p := s.pop()
		data := p.data
		for p.missing == 0 && len(s.waiting) > 0 && s.waiting[0].seq == p.end() {
			p = s.pop()
			data = append(data[:len(data):len(data)], p.data...)
		}
		s.report(data)
		s.gap(p.missing)
	}
	switch {
	case s.last == nil:
	case before(s.next, s.last.seq):
		s.conn.c.waiting[s] = true
	case s.last.reset:
		s.conn.reset(s.index())
	case !s.ended:
		s.ended = true
		s.forget()
		s.conn.sideEnded(s.index())
	}
}

// skip reports what is missing before the first piece that waits, or before the end, as a gap. One
// of them there must be.
func (s *side) skip() {
	to := s.next
	switch {
	case len(s.waiting) > 0:
		to = s.waiting[0].seq
	case s.last.reset && s.last.seq-s.next > maxSideWaiting:
		s.last.seq = s.next // of no window; the host may have ignored it
	default:
		to = s.last.seq
	}
	s.gap(int(to - s.next))
}

// giveUp skips what is missing before pieces that came before a time.
func (s *side) giveUp(limit time.Time) {
	for {
		switch {
		case len(s.waiting) > 0 && s.waiting[0].at.Before(limit):
		case len(s.waiting) == 0 && s.last != nil && s.last.at.Before(limit):
		default:
			return
		}
		s.skip()
		s.advance()
	}
}

// flush reports everything that waits.
func (s *side) flush() {
	for !s.conn.over && (len(s.waiting) > 0 || s.last != nil) {
		s.skip()
		s.advance()
	}
}

func (s *side) index() int {
	if s == &s.conn.sides[0] {
		return 0
	}
	return 1
}

// report emits the next bytes of the side.
func (s *side) report(data []byte) {
	if len(data) == 0 {
		return
	}
	ev := s.conn.event(recording.Data)
	if s.index() == 0 {
		ev.Type = recording.Sent
	}
	ev.Data = data[:len(data):len(data)]
	s.conn.c.r.emit(ev)
	s.next += uint32(len(data))
}

// gap reports that the next bytes of the side were not captured.
func (s *side) gap(size int) {
	if size == 0 {
		return
	}
	ev := s.conn.event(recording.Gap)
	ev.N, ev.Out = size, s.index() == 0
	s.conn.c.r.emit(ev)
	s.next += uint32(size)
}
