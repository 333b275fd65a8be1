package sockets

import (
	"context"
	"io"
	"slices"
)

// peekFirst is how much Peek returns at least, if there is as much.
const peekFirst = 64 << 10

// A Peeked is what [Handle.Peek] saw: the first unread bytes of a stream, a
// copy that nobody changes.
type Peeked struct {
	Data  []byte
	Ended bool // the stream has ended, and these are all

	head uint64 // the position of the first byte
}

// Peek returns the unread bytes of a stream, and takes none. It waits until
// there are more of them than known, or the stream has ended, or ctx ends; of
// many it returns only the first, but more than known, so that whoever looks at
// a little of much does not copy all. A reset, or another error that ended the
// stream, is an error.
func (h *Handle) Peek(ctx context.Context, known int) (Peeked, error) {
	return h.peek(ctx, known, nil)
}

// PeekPast is Peek that knows what q saw, unless somebody has taken from it
// meanwhile.
func (h *Handle) PeekPast(ctx context.Context, q Peeked) (Peeked, error) {
	return h.peek(ctx, len(q.Data), &q.head)
}

func (h *Handle) peek(ctx context.Context, known int, head *uint64) (Peeked, error) {
	in := &h.in
	if in.messages {
		return Peeked{}, h.fail("peek", "", h.wholeMessages())
	}
	defer h.Room(known + maxMessage)()
	for {
		in.mu.Lock()
		p := Peeked{head: in.head()}
		if head != nil && p.head != *head {
			known = 0
		}
		end, seen := in.end, in.total
		if in.size > known || end != nil {
			all := in.bytes.bytes()
			p.Data = slices.Clone(all[:min(len(all), 2*max(known, 0)+peekFirst)])
			p.Ended = end == io.EOF && len(p.Data) == len(all)
		}
		in.mu.Unlock()
		switch {
		case len(p.Data) > known || p.Ended:
			return p, nil
		case end != nil:
			return Peeked{}, h.endOf("peek", end)
		}
		if err := h.more(ctx, seen); err != nil {
			return Peeked{}, h.endOf("peek", err)
		}
	}
}

// Follows reports whether p begins with the byte that q began with: nobody has
// taken any between the two.
func (p Peeked) Follows(q Peeked) bool { return p.head == q.head }

// Await waits until n bytes of a stream are unread, or it has ended. What had
// come when ctx ends stays unread.
func (h *Handle) Await(ctx context.Context, n int) error {
	defer h.Room(n)()
	for {
		h.in.mu.Lock()
		size, end, seen := h.in.size, h.in.end, h.in.total
		h.in.mu.Unlock()
		if size >= n || end != nil {
			return nil
		}
		if err := h.more(ctx, seen); err != nil {
			return h.endOf("peek", err)
		}
	}
}

// Room lets the inbox hold n bytes, if that is more than its limit, until release
// is called.
func (h *Handle) Room(n int) (release func()) { return h.in.wantRoom(n) }

// PeekLeft returns what [Handle.Take] has left of what it was given, and does
// not wait or copy: no bytes if there are none, or somebody has taken from them.
func (h *Handle) PeekLeft() Peeked {
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	if h.in.left.head != h.in.head() {
		return Peeked{}
	}
	return h.in.left
}

// Take takes the first n bytes that Peek saw. ok is false, and nothing is
// taken, if somebody else has taken from them meanwhile.
func (h *Handle) Take(p Peeked, n int) (m Message, ok bool) {
	in := &h.in
	in.mu.Lock()
	if in.head() != p.head || in.size < n {
		in.mu.Unlock()
		return Message{}, false
	}
	m = Message{Data: make([]byte, n), From: h.PeerAddr(), Size: n}
	_, head := in.takeBytes(m.Data)
	in.left = Peeked{}
	if n < len(p.Data) {
		in.left = Peeked{Data: p.Data[n:], head: in.head()}
	}
	in.mu.Unlock()
	m.Shown = h.shownOf(head, n)
	return m, true
}
