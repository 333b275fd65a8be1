package sockets

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A Message is the result of one receive: a piece of a stream, or one datagram.
type Message struct {
	Data []byte    // read only: an [Event] may share them
	From Addr      // the sender of a datagram, or the peer
	Cut  bool      // the datagram was longer than Data
	Size int       // its full length, if the system reports it; else len(Data)
	Time time.Time // when it came, if a receiver read it; else zero

	// Shown are the parts of Data that [Handle.MarkShown] has marked as shown, in order. The
	// last may go beyond the end of Data.
	Shown []Span

	err error // an ICMP error that came instead of a datagram
}

// messageCost is how much a message counts in an inbox in addition to its bytes, so that
// empty datagrams are bounded too.
const messageCost = 64

// An inbox holds data that was received and has not been taken. Positions count the
// units that have passed through it: bytes of a stream, or messages.
type inbox struct {
	mu       sync.Mutex
	messages bool
	limit    int       // bytes
	needs    []int     // bytes that each call of wantRoom asks for
	bytes    byteQueue // the unread bytes of a stream
	msgs     []Message
	size     int    // bytes held, including messageCost for each message
	total    uint64 // position after the last unit received
	reported uint64 // position up to which units were reported; see MarkReported
	shown    []shownSpan
	dropped  int64   // reported bytes that were dropped to make room
	unseen   int64   // of those, bytes that were never shown
	lost     int64   // datagrams dropped because the inbox was full
	losing   bool    // the last datagram was dropped
	limits   *limits // of all inboxes; nil while the handle is not in its table
	left     Peeked  // the rest of what Peek saw after a Take
	end      error   // io.EOF or the error that ended the stream, after the last byte

	receiving bool          // a receiver fills the inbox
	served    bool          // the handle is served: each sender has a handle of its own
	called    bool          // a call has waited for the receiver since it last yielded
	yielding  *time.Timer   // while the receiver yields: when it resumes; else nil
	change    chan struct{} // closed at the next change; nil while nobody waits
}

func (in *inbox) unread() int {
	if in.messages {
		return len(in.msgs)
	}
	return in.bytes.size
}

// head returns the position of the first unread unit.
func (in *inbox) head() uint64 { return in.total - uint64(in.unread()) }

// reportedUnread returns how many of the unread units were reported.
func (in *inbox) reportedUnread() int {
	if h := in.head(); in.reported > h {
		return int(in.reported - h)
	}
	return 0
}

// changed wakes all that wait for a change.
func (in *inbox) changed() {
	if in.change != nil {
		close(in.change)
		in.change = nil
	}
}

// waiter returns a channel that the next change closes.
func (in *inbox) waiter() <-chan struct{} {
	if in.change == nil {
		in.change = make(chan struct{})
	}
	return in.change
}

// most returns how many bytes the inbox may hold now.
func (in *inbox) most() int {
	most := in.limit
	for _, n := range in.needs {
		most = max(most, n)
	}
	return most
}

// wantRoom raises the limit of the inbox to at least n bytes until release is called.
func (in *inbox) wantRoom(n int) (release func()) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.needs = append(in.needs, n)
	in.changed()
	return func() {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.needs = slices.Delete(in.needs, slices.Index(in.needs, n), slices.Index(in.needs, n)+1)
	}
}

// room returns how many bytes the inbox can take now. Bytes that were reported count as
// room, since they may be dropped.
func (in *inbox) room() int {
	if in.crowded() {
		if in.dropReported(); in.crowded() {
			return 0
		}
	}
	limit := in.most()
	held := in.size
	if in.messages {
		if held < limit {
			return limit - held // enough: a message is added whole
		}
		for i := range in.reportedUnread() {
			held -= len(in.msgs[i].Data) + messageCost
		}
	} else {
		held -= in.reportedUnread()
	}
	if held == 0 {
		return max(limit, 1)
	}
	return max(limit-held, 0)
}

// addBytes appends the first n bytes of a buffer of scratch; the inbox owns the buffer
// from then on. If there is no room, it drops the oldest reported bytes. It returns the
// position after the new bytes and, if they are shared, the bytes.
func (in *inbox) addBytes(buf *[maxMessage]byte, n int, shared bool) (pos uint64, kept []byte) {
	if over := in.size + n - in.most(); over > 0 {
		over = min(over, in.reportedUnread())
		in.dropping(over, over)
		in.bytes.drop(over)
	}
	kept = in.bytes.push(buf, n, shared)
	in.resize(in.bytes.size)
	in.total += uint64(n)
	in.changed()
	return in.total, kept
}

// unreadBytes returns those of the n bytes before position end that are unread; of
// messages, the one before end.
func (in *inbox) unreadBytes(end uint64, n int) []byte {
	head := in.head()
	if in.messages {
		if end <= head || end > in.total {
			return nil
		}
		return in.msgs[end-1-head].Data
	}
	from := max(end-uint64(n), head)
	if from >= end {
		return nil
	}
	return in.bytes.part(int(from-head), int(end-from))
}

// addMessage appends m and returns the position after it. If there is no room, it drops
// the oldest reported messages. m is kept even if it is larger than the room: it has
// been read.
func (in *inbox) addMessage(m Message) uint64 {
	cost := len(m.Data) + messageCost
	for in.size+cost > in.most() && in.reportedUnread() > 0 {
		in.dropping(1, len(in.msgs[0].Data))
		in.dropMessage()
	}
	in.msgs = append(in.msgs, m)
	in.resize(in.size + cost)
	in.total++
	in.changed()
	return in.total
}

func (in *inbox) dropMessage() {
	in.resize(in.size - len(in.msgs[0].Data) - messageCost)
	in.msgs[0] = Message{}
	if in.msgs = in.msgs[1:]; len(in.msgs) == 0 {
		in.msgs = nil
	}
}

// takeBytes takes the first unread bytes into p. It returns how many, and the position
// of the first.
func (in *inbox) takeBytes(p []byte) (n int, head uint64) {
	head = in.head()
	n = in.bytes.take(p)
	in.resize(in.bytes.size)
	in.changed()
	return n, head
}

// takeMessage takes the first message, truncated to limit bytes, and returns its position.
func (in *inbox) takeMessage(limit int) (m Message, head uint64) {
	m, head = in.msgs[0], in.head()
	in.dropMessage()
	in.changed()
	return m.cut(limit), head
}

// takeMessages takes all messages; it drops errors.
func (in *inbox) takeMessages() (list []Message) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.msgs) > 0 {
		if m, _ := in.takeMessage(maxMessage); m.err == nil {
			list = append(list, m)
		}
	}
	return list
}

func (m Message) cut(limit int) Message {
	if len(m.Data) > limit {
		m.Data, m.Cut = m.Data[:limit:limit], true
	}
	return m
}

// takeHello removes and returns the beginning of a TLS handshake that has come already.
// If plaintext precedes it, takeHello fails; with keep the plaintext stays in the inbox,
// up to the first bytes that begin a handshake record (RFC 8446, section 5.1).
func (in *inbox) takeHello(keep bool) (hello []byte, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	const handshake = 22
	all := in.bytes.bytes()
	i := 0
	switch {
	case len(all) == 0:
		return nil, nil
	case keep:
		if i = bytes.Index(all, []byte{handshake, 3}); i < 0 {
			return nil, nil
		}
	case all[0] != handshake:
		return nil, fmt.Errorf("%w: %s unread, and may be forged", ErrPlaintext, countBytes(len(all)))
	}
	hello = bytes.Clone(all[i:])
	before := bytes.Clone(all[:i])
	in.bytes.drop(len(all))
	if i > 0 {
		in.bytes.pieces, in.bytes.size = []piece{{data: before[:i:i]}}, i
	}
	in.resize(in.bytes.size)
	in.changed()
	return hello, nil
}

func countBytes(n int) string {
	if n == 1 {
		return "1 byte is"
	}
	return fmt.Sprintf("%d bytes are", n)
}

// Dropped returns how many reported bytes were dropped to make room before anybody
// received them, and how many of those were never shown.
func (h *Handle) Dropped() (n, unseen int64) {
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	return h.in.dropped, h.in.unseen
}

// Unread returns how many units are in the inbox: bytes of a stream, or messages.
func (h *Handle) Unread() int {
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	return h.in.unread()
}

// inboxLimit returns how many bytes the inbox may hold.
func (h *Handle) inboxLimit() int {
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	return h.in.limit
}

// SetInbox sets how many bytes the inbox may hold, at least 1. Each message counts 64
// bytes more than it has. If the inbox holds more already, that stays, and the receiver
// waits.
func (h *Handle) SetInbox(limit int) {
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	h.in.limit = max(limit, 1)
	h.in.changed()
}
