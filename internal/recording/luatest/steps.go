package luatest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"sosh/internal/recording"
)

// A step is one thing that an end of a conversation does in the test.
type step struct {
	kind stepKind
	at   int // the position in the recording at which it can be done
	data []byte
	own  bool // data does not belong to an event
	// pieces are the lengths in which data was sent.
	pieces []int
	tls    *recording.TLSInfo
	ended  bool // of read: the other end sends no more after it
	wait   time.Duration

	others [][]byte // the same data in other recordings
	loose  bool     // the other recordings can't be compared piece by piece
	spans  []span
	refs   []ref
}

type stepKind int

const (
	stepSend stepKind = iota
	stepRead
	stepShutdown // this end sends no more
	stepEnd      // the other end sends no more
	stepAbort
	stepClose
	stepTLS
	stepGap // what follows is not known
)

// grow appends to the data. The first time it copies it, since the event has it too.
func (s *step) grow(p []byte) {
	if !s.own {
		s.data, s.own = slices.Clone(s.data), true
	}
	s.data = append(s.data, p...)
}

// A ref is a part of data that is taken from a variable.
type ref struct {
	from, to int
	expr     string
}

// addRef adds a ref, unless it overlaps another.
func (s *step) addRef(r ref) {
	if len(s.refs) >= maxRefs {
		return
	}
	i, _ := slices.BinarySearchFunc(s.refs, r, func(a, b ref) int { return a.from - b.from })
	if i < len(s.refs) && s.refs[i].from < r.to || i > 0 && s.refs[i-1].to > r.from {
		return
	}
	s.refs = slices.Insert(s.refs, i, r)
}

// maxRefs is the limit of variables in one piece of data: the machine has few
// registers for one expression.
const maxRefs = 40

// value returns a part of the data with its variables.
func (s *step) value(from, to int) (v value) {
	for _, r := range s.refs {
		if r.from < from || r.to > to {
			continue
		}
		if r.from > from {
			v = append(v, part{data: s.data[from:r.from]})
		}
		v = append(v, part{expr: r.expr})
		from = r.to
	}
	if from < to {
		v = append(v, part{data: s.data[from:to]})
	}
	return v
}

// stepsOf returns what one end of a conversation does. busy reports whether the test does
// something else between two positions: data before and after that stays apart.
func stepsOf(c *recording.Conversation, client bool, busy func(from, to int) bool) []*step {
	var list []*step
	var reading *step // the last step, if it is a read that may grow
	last := 0
	said, first := false, true
	var before time.Duration
	for _, ev := range c.Events {
		mine := c.FromClient(ev) == client
		s := &step{at: ev.ID, data: ev.Data, tls: ev.TLS}
		switch ev.Type {
		case recording.Sent, recording.Data:
			if ev.Fault == "dropped" || len(ev.Data) == 0 && !c.Datagram() {
				continue
			}
			said = true
			if mine {
				if n := len(list); n > 0 && !c.Datagram() && list[n-1].kind == stepSend && !busy(last, ev.ID) {
					list[n-1].grow(ev.Data)
					list[n-1].pieces = append(list[n-1].pieces, len(ev.Data))
					last = ev.ID
					continue
				}
				s.kind, s.pieces = stepSend, []int{len(ev.Data)}
				break
			}
			if reading != nil && !c.Datagram() && !(busy(reading.at, ev.ID) && (!isText(reading.data) || bytes.HasSuffix(reading.data, []byte("\n")))) {
				reading.grow(ev.Data)
				reading.at = ev.ID
				continue
			}
			s.kind, s.wait = stepRead, ev.Time-before
		case recording.HalfClose, recording.EOF:
			if c.Datagram() {
				continue
			}
			s.kind = stepShutdown
			if !mine {
				s.kind = stepEnd
			}
		case recording.Reset:
			s.kind = stepAbort
			if !mine {
				s.kind = stepEnd
			}
		case recording.Closed:
			// The other end sees this one's close as the end of what it sends.
			s.kind = stepClose
			if !mine {
				s.kind = stepEnd
			}
			if c.Datagram() && !mine || slices.ContainsFunc(list, func(o *step) bool { return o.kind == s.kind || o.kind == stepAbort }) {
				continue
			}
		case recording.TLS:
			if ev.Error != "" || ev.TLS == nil || c.Datagram() || !said && first {
				first = false
				continue // dial and serve make it
			}
			s.kind, first = stepTLS, false
		case recording.Gap:
			return append(list, &step{kind: stepGap, at: ev.ID, data: fmt.Appendf(nil, "%d", ev.N)})
		default:
			before = ev.Time
			continue
		}
		if reading = nil; s.kind == stepRead {
			reading = s
		}
		if s.kind == stepEnd && len(list) > 0 && list[len(list)-1].kind == stepRead {
			list[len(list)-1].ended = true
		}
		list, last, before = append(list, s), ev.ID, ev.Time
	}
	return list
}

// isTLS reports whether a conversation was TLS from its beginning.
func isTLS(c *recording.Conversation) (info *recording.TLSInfo, ok bool) {
	for _, ev := range c.Events {
		switch ev.Type {
		case recording.TLS:
			return ev.TLS, ev.TLS != nil
		case recording.Sent, recording.Data, recording.Closed, recording.EOF:
			return nil, secure(c.Kind)
		}
	}
	return nil, secure(c.Kind)
}

// secure reports whether handles of a kind speak TLS from their beginning.
func secure(kind string) bool {
	return strings.HasPrefix(kind, "tls") || strings.HasPrefix(kind, "dtls")
}

// lineEnd returns the end of line that a sender used, if it sent two or more single lines.
func lineEnd(steps []*step) string {
	crlf, lf := 0, 0
	for _, s := range steps {
		if s.kind != stepSend {
			continue
		}
		at := 0
		for _, n := range s.pieces {
			p := s.data[at : at+n]
			at += n
			if !isLine(p) {
				continue
			}
			if bytes.HasSuffix(p, []byte("\r\n")) {
				crlf++
			} else {
				lf++
			}
		}
	}
	if crlf >= 2 && crlf > lf {
		return "\r\n"
	}
	return "\n"
}

// isLine reports whether p is one line of text.
func isLine(p []byte) bool {
	return len(p) <= maxLine && bytes.IndexByte(p, '\n') == len(p)-1 && isText(p)
}

// whole reports whether each piece in which data was sent is one or more lines.
func (s *step) whole() bool {
	at := 0
	for _, n := range s.pieces {
		if at += n; s.data[at-1] != '\n' {
			return false
		}
	}
	return len(s.pieces) <= maxLines
}
