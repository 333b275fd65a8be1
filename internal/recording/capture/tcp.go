package capture

import (
	"encoding/binary"
	"slices"
	"time"

	"sosh/internal/recording"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/reassembly"
)

// connections are the TCP connections.
type connections struct {
	r       *Reader
	recent  recent[*conn]
	asm     *reassembly.Assembler
	n       int
	current *conn       // of the segment that is looked at
	from    int         // the side that sent it
	flags   *layers.TCP // its header
	swept   time.Time   // the last time that waiting segments were given up
	unswept int         // segments since then
}

// conn is one connection. It is the library's Stream, which gets the bytes in order.
type conn struct {
	end
	c     *connections
	flow  gopacket.Flow // from the client; nothing else has it
	sides [2]side       // what the client sent, what the server sent
	first int           // the side that sent the first segment

	opening   bool // a SYN of the client was seen, and nothing of the server yet
	connected bool // reported
	over      bool // reset, refused, or both sides ended
}

// side is one direction of a connection.
type side struct {
	known   bool   // pos is
	pos     uint32 // sequence number of the next byte to report
	syn     bool   // a SYN was seen, with
	isn     uint32 // this number
	ended   bool   // its FIN was reported
	missing []hole // in order
}

// A hole is bytes that the snap length cut off. The library gets zeros in their place, since
// it would wait for a retransmission.
type hole struct {
	seq uint32
	len int
}

func newConnections(r *Reader) *connections {
	c := &connections{r: r, recent: newRecent[*conn]()}
	c.asm = reassembly.NewAssembler(reassembly.NewStreamPool(c))
	c.asm.MaxBufferedPagesTotal = maxPages
	c.asm.MaxBufferedPagesPerConnection = maxConnPages
	return c
}

// New is called by the library for a segment of a connection that it does not know.
func (c *connections) New(_, _ gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	c.current.first = c.from
	return c.current
}

// clock passes the time of a packet to the library.
type clock gopacket.CaptureInfo

func (c *clock) GetCaptureInfo() gopacket.CaptureInfo { return gopacket.CaptureInfo(*c) }

// segment looks at one segment.
func (c *connections) segment(t *layers.TCP, s segment) {
	conn, ok := c.recent.get(pairOf(s.src, s.dst))
	if !ok || t.SYN && !t.ACK && conn.renewed(t, s) {
		if ok {
			c.finish(conn)
		} else if t.RST || t.FIN && len(s.payload) == 0 {
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
	c.current, c.from, c.flags = conn, from, t
	conn.progress(t, from)
	if conn.over {
		return
	}
	flow := conn.flow
	if from == 1 {
		flow = flow.Reverse()
	}
	if s.missing > 0 && s.missing <= maxPacket {
		at := t.Seq + uint32(len(s.payload))
		if t.SYN {
			at++
		}
		conn.sides[from].cut(hole{at, s.missing})
		s.payload = append(s.payload[:len(s.payload):len(s.payload)], make([]byte, s.missing)...)
	}
	t.Payload = s.payload
	c.asm.AssembleWithContext(flow, t, &clock{Timestamp: s.at, CaptureLength: len(s.payload), Length: len(s.payload)})
	// It looks at all connections, so with many of them it comes after more segments.
	if c.unswept++; c.unswept >= c.recent.order.Len()/64 && (s.at.Sub(c.swept) > lostAfter/4 || s.at.Before(c.swept)) {
		c.asm.FlushWithOptions(reassembly.FlushOptions{T: s.at.Add(-lostAfter)})
		c.swept, c.unswept = s.at, 0
	}
}

// renewed reports whether a SYN begins a new connection between the same two ends: it is not
// a retransmission of the first.
func (n *conn) renewed(t *layers.TCP, s segment) bool {
	return n.over || s.src != n.client || n.connected && (!n.sides[0].syn || n.sides[0].isn != t.Seq)
}

// open makes the connection of a first segment. Without a SYN, the end with the smaller port
// is taken for the server.
func (c *connections) open(t *layers.TCP, s segment) *conn {
	client, server := s.src, s.dst
	if t.SYN && t.ACK || !t.SYN && client.Port() < server.Port() {
		client, server = server, client
	}
	c.n++
	n := &conn{end: c.r.newEnd("tcp", c.n, client, server), c: c}
	// The library identifies connections only by their flow, but addresses are reused.
	var id [8]byte
	binary.BigEndian.PutUint64(id[:], uint64(c.n))
	n.flow = gopacket.NewFlow(layers.EndpointIPv4, append(id[:], 0), append(id[:], 1))
	if old, removed := c.recent.put(pairOf(s.src, s.dst), n); removed {
		c.finish(old)
	}
	return n
}

// progress follows the handshake, and a reset.
func (n *conn) progress(t *layers.TCP, from int) {
	s := &n.sides[from]
	if t.SYN && !s.syn {
		s.syn, s.isn = true, t.Seq
	}
	switch {
	case n.connected:
	case t.SYN && !t.ACK:
		n.opening = true
	case t.RST:
		if n.opening {
			ev := n.event(recording.Failed)
			ev.Op, ev.Error = "connect", "connection refused"
			n.c.r.emit(ev)
			n.over = true
		}
	default:
		n.connected = true
		n.c.r.emit(n.event(recording.Connected))
		if !n.opening && !t.SYN {
			ev := n.event(recording.Note)
			ev.Text = "the capture begins in the middle of this connection"
			n.c.r.emit(ev)
		}
	}
}

// cut remembers bytes that were not captured. Beyond maxHoles they stay zeros: so many wait
// only where a file was made to have them.
func (s *side) cut(h hole) {
	if len(s.missing) < maxHoles {
		s.missing = append(s.missing, h)
		slices.SortStableFunc(s.missing, func(a, b hole) int { return int(int32(a.seq - b.seq)) })
	}
}

// side returns the index of the side that sends in a direction of the library, which counts
// from the first segment that it got.
func (n *conn) side(dir reassembly.TCPFlowDirection) int {
	if dir == reassembly.TCPDirClientToServer {
		return n.first
	}
	return 1 - n.first
}

// Accept reports whether the library processes a segment. If the SYN was not captured, the stream begins
// with the first segment that was.
func (n *conn) Accept(t *layers.TCP, _ gopacket.CaptureInfo, dir reassembly.TCPFlowDirection, _ reassembly.Sequence, start *bool, _ reassembly.AssemblerContext) bool {
	s := &n.sides[n.side(dir)]
	if t.RST && s.ended {
		n.reset(n.side(dir)) // the library ignores what comes after a FIN
		return false
	}
	if !s.known {
		s.known, s.pos = true, t.Seq
		if t.SYN {
			s.pos++
		}
		*start = true
	}
	return true
}

// ReassembledSG reports bytes that are in order now, and the end of a side.
func (n *conn) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	size, _ := sg.Lengths()
	dir, _, end, skip := sg.Info()
	from := n.side(dir)
	s := &n.sides[from]
	if n.over || s.ended {
		return
	}
	if skip > 0 {
		n.gap(from, skip)
	}
	// The bytes belong to the library, which uses their place again.
	n.tell(from, append([]byte(nil), sg.Fetch(size)...))
	if !end {
		return
	}
	if n.c.current == n && n.c.flags.RST {
		n.reset(from)
		return
	}
	s.ended = true
	if from == 0 {
		n.c.r.emit(n.event(recording.HalfClose))
	} else {
		n.c.r.emit(n.event(recording.EOF))
	}
	if n.sides[1-from].ended {
		n.close()
	}
}

// ReassemblyComplete is called by the library once both sides have ended.
func (n *conn) ReassemblyComplete(reassembly.AssemblerContext) bool { return true }

// tell emits bytes of a side, with gap events for holes.
func (n *conn) tell(from int, data []byte) {
	s := &n.sides[from]
	for len(data) > 0 {
		for len(s.missing) > 0 && int32(s.missing[0].seq+uint32(s.missing[0].len)-s.pos) <= 0 {
			s.missing = s.missing[1:] // a retransmission contained these bytes
		}
		size, missing := len(data), 0
		if len(s.missing) > 0 {
			h := s.missing[0]
			if before := int32(h.seq - s.pos); before > 0 {
				size = min(size, int(before))
			} else {
				missing = min(size, h.len+int(before))
			}
		}
		if missing > 0 {
			n.gap(from, missing)
			data = data[missing:]
			continue
		}
		ev := n.event(recording.Data)
		if from == 0 {
			ev.Type = recording.Sent
		}
		ev.Data = data[:size:size]
		n.c.r.emit(ev)
		s.pos += uint32(size)
		data = data[size:]
	}
}

// gap reports that bytes of a side were not captured.
func (n *conn) gap(from, size int) {
	ev := n.event(recording.Gap)
	ev.N, ev.Out = size, from == 0
	n.c.r.emit(ev)
	n.sides[from].pos += uint32(size)
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
	n.over = true
	n.c.r.emit(n.event(recording.Closed))
}

// finish gives up a connection, which may still wait for segments.
func (c *connections) finish(n *conn) {
	if !n.over && n.connected {
		ev := n.event(recording.Note)
		ev.Text = "nothing more of this connection was captured"
		c.r.emit(ev)
	}
	n.over = true
}

// end tells what waited for lost segments, at the end of the file, and which connections had
// no answer.
func (c *connections) end() {
	c.current = nil
	c.asm.FlushAll()
	c.recent.all(func(n *conn) {
		if n.opening && !n.connected && !n.over {
			ev := n.event(recording.Failed)
			ev.Op, ev.Error = "connect", "no answer was captured"
			c.r.emit(ev)
		}
	})
}
