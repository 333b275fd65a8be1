package capture

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"sosh/internal/recording"
	"sosh/internal/recording/packet"
)

// connections are the TCP connections.
type connections struct {
	r       *Reader
	recent  recent[*conn]
	n       int
	bytes   int            // of all segments that wait
	waiting map[*side]bool // the sides that have segments that wait
	swept   time.Time      // the last time that waiting segments were given up
	unswept int            // segments since then
}

// conn is one connection.
type conn struct {
	end
	c     *connections
	sides [2]side // what the client sent, what the server sent

	opening   bool // a SYN of the client was seen, and nothing of the server yet
	connected bool // reported
	over      bool // reset, refused, or both sides ended
}

func newConnections(r *Reader) *connections {
	return &connections{r: r, recent: newRecent[*conn](), waiting: make(map[*side]bool)}
}

// segment looks at one segment.
func (c *connections) segment(t *packet.Segment, s segment) {
	conn, ok := c.recent.get(pairOf(s.src, s.dst))
	if !ok || t.Flags.Has(packet.SYN) && !t.Flags.Has(packet.ACK) && conn.renewed(t, s) {
		if ok {
			c.finish(conn)
		} else if t.Flags.Has(packet.RST) || t.Flags.Has(packet.FIN) && len(s.payload) == 0 {
			return // the rest of a connection of which nothing else was captured
		}
		conn = c.open(t, s)
	}
	if conn.over {
		return
	}
	from := 0
	if s.src != conn.client {
		from = 1
	}
	if conn.progress(t, from); !conn.over {
		conn.sides[from].add(t, s)
	}
	// It looks at all that wait, so where many do it comes after more segments.
	if c.unswept++; c.unswept >= len(c.waiting)/64 && (s.at.Sub(c.swept) > lostAfter/4 || s.at.Before(c.swept)) {
		c.swept, c.unswept = s.at, 0
		c.giveUp(s.at.Add(-lostAfter))
	}
}

// giveUp no longer waits for what comes before segments that came before a time.
func (c *connections) giveUp(limit time.Time) {
	list := slices.SortedFunc(maps.Keys(c.waiting), func(a, b *side) int {
		return cmp.Or(a.conn.number-b.conn.number, a.index()-b.index())
	})
	for _, s := range list {
		s.giveUp(limit)
	}
}

// renewed reports whether a SYN begins a new connection between the same two ends: it is not
// a retransmission of the first.
func (n *conn) renewed(t *packet.Segment, s segment) bool {
	return n.over || s.src != n.client || n.connected && (!n.sides[0].syn || n.sides[0].isn != t.Seq)
}

// open makes the connection of a first segment. Without a SYN, the end with the smaller port
// is taken for the server.
func (c *connections) open(t *packet.Segment, s segment) *conn {
	client, server := s.src, s.dst
	if syn := t.Flags.Has(packet.SYN); syn && t.Flags.Has(packet.ACK) || !syn && client.Port() < server.Port() {
		client, server = server, client
	}
	c.n++
	n := &conn{end: c.r.newEnd("tcp", c.n, client, server), c: c}
	n.sides[0].conn, n.sides[1].conn = n, n
	if old, removed := c.recent.put(pairOf(s.src, s.dst), n); removed {
		c.finish(old)
	}
	return n
}

// progress follows the handshake, and a reset.
func (n *conn) progress(t *packet.Segment, from int) {
	s := &n.sides[from]
	if t.Flags.Has(packet.SYN) && !s.syn {
		s.syn, s.isn = true, t.Seq
	}
	switch {
	case n.connected:
	case t.Flags.Has(packet.SYN) && !t.Flags.Has(packet.ACK):
		n.opening = true
	case t.Flags.Has(packet.RST):
		if n.opening {
			ev := n.event(recording.Failed)
			ev.Op, ev.Error = "connect", "connection refused"
			n.c.r.emit(ev)
			n.over = true
		}
	default:
		n.connected = true
		n.c.r.emit(n.event(recording.Connected))
		if !n.opening && !t.Flags.Has(packet.SYN) {
			ev := n.event(recording.Note)
			ev.Text = "the capture begins in the middle of this connection"
			n.c.r.emit(ev)
		}
	}
}

// sideEnded reports the end of what a side sends.
func (n *conn) sideEnded(from int) {
	if from == 0 {
		n.c.r.emit(n.event(recording.HalfClose))
	} else {
		n.c.r.emit(n.event(recording.EOF))
	}
	if n.sides[1-from].ended {
		n.close()
	}
}

// reset ends a connection that the side from has reset.
func (n *conn) reset(from int) {
	ev := n.event(recording.Reset)
	if from == 0 {
		ev.Text = "here"
	} else {
		ev.Error = "connection reset by peer"
	}
	n.c.r.emit(ev)
	n.close()
}

// close reports the end of the connection.
func (n *conn) close() {
	n.leave()
	n.c.r.emit(n.event(recording.Closed))
}

// leave forgets the segments that wait.
func (n *conn) leave() {
	n.over = true
	n.sides[0].forget()
	n.sides[1].forget()
}

// finish gives up a connection, which may still wait for segments.
func (c *connections) finish(n *conn) {
	if !n.over && n.connected {
		ev := n.event(recording.Note)
		ev.Text = "nothing more of this connection was captured"
		c.r.emit(ev)
	}
	n.leave()
}

// end tells what waited for lost segments, at the end of the file, and which connections had
// no answer.
func (c *connections) end() {
	c.recent.all(func(n *conn) {
		for i := range n.sides {
			n.sides[i].flush()
		}
		if n.opening && !n.connected && !n.over {
			ev := n.event(recording.Failed)
			ev.Op, ev.Error = "connect", "no answer was captured"
			c.r.emit(ev)
		}
	})
}
