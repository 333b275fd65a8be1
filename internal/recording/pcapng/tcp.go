package pcapng

import (
	"sosh/internal/recording/packet"
)

// The parameters of the connections in the capture. The segments are as long as IP can
// carry with the headers of TCP, as on a loopback interface.
const (
	mss4     = 65535 - 20 - 20
	mss6     = 65535 - 20 // the header of IPv6 does not count
	scale    = 7
	window   = 65535     // times 2^scale: 8 MiB
	ackAfter = 256 << 10 // bytes that are sent before the other end acknowledges
)

// A conn is a TCP connection in the capture. End 0 is the client.
type conn struct {
	key         pair
	addr        [2]address
	dirs        [2]direction // what each end sends
	established bool         // the handshake is written
	reset       bool

	recorded  [2]bool // a handle of this end is in the recording
	closed    [2]bool // that handle was closed
	wire      [2]bool // that handle has events of ciphertext, which carries its data and sent
	peerEnded [2]bool // that handle of TLS has seen the end of its peer
}

// A direction is what one end has sent.
type direction struct {
	next   uint32 // sequence number
	acked  uint32 // what the other end has acknowledged
	fin    bool
	source source
}

// source says from which end's events the data of a direction is taken. Where both ends are
// in the recording, the first one that has data stays the source, and the other only repeats
// it. That is the sender unless the recording began while data was on its way,
// since sent comes before data in the stream of events.
type source uint8

const (
	sourceNone source = iota
	sourceEnd0
	sourceEnd1
)

func (c *conn) endOf(a address) int {
	if c.addr[0] == a {
		return 0
	}
	return 1
}

// over reports whether the connection has ended in the capture.
func (c *conn) over() bool { return c.reset || c.dirs[0].fin && c.dirs[1].fin }

// isSource reports whether the handle of the end by is the source of what from sends. If
// from has no source yet, by becomes it.
func (c *conn) isSource(from, by int) bool {
	d := &c.dirs[from]
	if d.source == sourceNone {
		d.source = source(by + 1)
	}
	return d.source == source(by+1)
}

// handshake writes the handshake, unless it is written already.
func (w *writer) handshake(c *conn, comment string) {
	if c.established {
		return
	}
	c.established = true
	w.segment(c, 0, packet.SYN, nil, comment)
	c.dirs[0].next++
	w.segment(c, 1, packet.SYN|packet.ACK, nil, "")
	c.dirs[1].next++
	w.segment(c, 0, packet.ACK, nil, "")
}

// data writes what from has sent, according to an event of the end by.
func (w *writer) data(c *conn, from, by int, p []byte, comment string) {
	if !c.isSource(from, by) || c.reset || c.dirs[from].fin || len(p) == 0 {
		return
	}
	w.begin(c)
	mss := mss4
	if c.addr[0].Addr().Is6() {
		mss = mss6
	}
	for len(p) > 0 {
		n := min(len(p), mss)
		flags := packet.ACK
		if n == len(p) {
			flags |= packet.PSH
		}
		w.segment(c, from, flags, p[:n], comment)
		d := &c.dirs[from]
		d.next += uint32(n)
		if d.next-d.acked >= ackAfter {
			w.segment(c, 1-from, packet.ACK, nil, "")
		}
		p, comment = p[n:], ""
	}
}

// maxGap is the longest gap that sequence numbers can represent without wrapping back.
const maxGap = 1 << 30

// gap skips bytes that from has sent and that are not in the recording. Whoever reads the
// capture finds that they are missing.
func (w *writer) gap(c *conn, from, by, n int) {
	if n <= 0 || c.over() || c.dirs[from].fin || !c.isSource(from, by) {
		return
	}
	w.begin(c)
	c.dirs[from].next += uint32(min(n, maxGap))
}

// begin writes a handshake before the first event of a connection that is older than the
// recording.
func (w *writer) begin(c *conn) { w.handshake(c, "the recording began later") }

// fin writes the end of what from sends, and the acknowledgement of all of it.
func (w *writer) fin(c *conn, from, by int, comment string) {
	d := &c.dirs[from]
	if d.fin || c.reset || d.source != sourceNone && d.source != source(by+1) && !c.closed[d.source-1] {
		return
	}
	w.begin(c)
	w.segment(c, from, packet.FIN|packet.ACK, nil, comment)
	d.next++
	d.fin = true
	w.segment(c, 1-from, packet.ACK, nil, "")
}

// rst writes a reset by from.
func (w *writer) rst(c *conn, from int, comment string) {
	if c.over() {
		return
	}
	w.begin(c)
	w.segment(c, from, packet.RST|packet.ACK, nil, comment)
	c.reset = true
}

// segment writes a segment that from sends. It acknowledges everything that it can.
func (w *writer) segment(c *conn, from int, flags packet.Flags, p []byte, comment string) {
	src, dst := c.addr[from], c.addr[1-from]
	t := packet.Segment{SrcPort: src.Port(), DstPort: dst.Port(), Seq: c.dirs[from].next, Flags: flags, Window: window, Payload: p}
	if flags.Has(packet.ACK) {
		other := &c.dirs[1-from]
		t.Ack, other.acked = other.next, other.next
	}
	if flags.Has(packet.SYN) {
		if t.MSS, t.Scale = mss4, scale; src.Addr().Is6() {
			t.MSS = mss6
		}
	}
	w.file.segment(src.Addr(), dst.Addr(), t, comment)
}
