package sockets

import (
	"context"
	"io"
	"slices"
)

// peekFirst is how much Peek returns at least, if there is as much.
const peekFirst = 64 << 10

// A Peeked is the result of [Handle.Peek]: a copy of the first unread bytes of a stream.
type Peeked struct {
	Data  []byte
	Ended bool // the stream has ended, and Data is all of it

	head uint64 // the position of the first byte
}

// Peek returns unread bytes of a stream without taking them. It waits until there are
// more than known, or the stream has ended, or ctx ends. It may return fewer bytes than
// there are, but always more than known: callers that only look at the beginning do not
// copy everything. A reset, or another error that has ended the stream, is an error.
func (h *Handle) Peek(ctx context.Context, known int) (Peeked, error) {
	return h.peek(ctx, known, nil)
}

// PeekPast is Peek for a caller that knows the bytes in q, unless somebody has taken
// some of them since.
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

// Follows reports whether p begins with the same byte as q: nobody has taken any in
// between.
func (p Peeked) Follows(q Peeked) bool { return p.head == q.head }

// Await waits until n bytes of a stream are unread, or the stream has ended. If ctx ends
// first, the bytes stay unread.
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

// Room raises the limit of the inbox to at least n bytes until release is called.
func (h *Handle) Room(n int) (release func()) { return h.in.wantRoom(n) }

// PeekLeft returns the bytes of a Peeked that [Handle.Take] has left, without waiting or
// copying. It returns no bytes if there are none, or if somebody has taken some of them.
func (h *Handle) PeekLeft() Peeked {
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	if h.in.left.head != h.in.head() {
		return Peeked{}
	}
	return h.in.left
}

// Take takes the first n bytes of p. If somebody else has taken some of them, ok is
// false, and Take takes nothing.
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
