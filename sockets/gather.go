package sockets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// RecvUntil returns the bytes of a stream up to and including delim. It fails with
// [ErrEnded] if the stream ends first, and with [ErrLimit] if there is no delim in limit
// bytes. Then, and when ctx ends, the bytes stay in the inbox.
func (h *Handle) RecvUntil(ctx context.Context, delim []byte, limit int) (Message, error) {
	if len(delim) == 0 {
		return Message{}, h.fail("recvuntil", "", errors.New("the delimiter is empty"))
	}
	return h.gather(ctx, "recvuntil", limit, until(delim))
}

// RecvLine returns a line without its LF or CRLF. Otherwise it is as [Handle.RecvUntil].
func (h *Handle) RecvLine(ctx context.Context, limit int) (Message, error) {
	m, err := h.gather(ctx, "recvline", limit, until([]byte("\n")))
	if err != nil {
		return m, err
	}
	m.Data = bytes.TrimSuffix(m.Data[:len(m.Data)-1], []byte("\r"))
	return m, nil
}

func until(delim []byte) func(p []byte, scanned int) int {
	return func(p []byte, scanned int) int {
		from := max(scanned-len(delim)+1, 0)
		if i := bytes.Index(p[from:], delim); i >= 0 {
			return from + i + len(delim)
		}
		return -1
	}
}

// RecvExact returns exactly n bytes of a stream, or fails with [ErrEnded].
func (h *Handle) RecvExact(ctx context.Context, n int) (Message, error) {
	return h.gather(ctx, "recvexact", n, func(p []byte, _ int) int {
		if len(p) >= n {
			return n
		}
		return -1
	})
}

// RecvAll returns all bytes to the end of the stream, or fails with [ErrLimit] if there
// are more than limit.
func (h *Handle) RecvAll(ctx context.Context, limit int) (Message, error) {
	return h.gather(ctx, "recvall", limit, nil)
}

// RecvFrame returns the first bytes of a stream, as many as size says. size is given the
// unread bytes, and how many of them it has seen before; it returns 0 while it needs
// more.
//
// RecvFrame fails with [io.EOF] if the stream ends before the first byte of a frame,
// with [ErrEnded] if it ends within a frame, with [ErrLimit] if the frame is longer than
// limit, and with the error of size. Then the bytes stay in the inbox.
func (h *Handle) RecvFrame(ctx context.Context, limit int, size func(p []byte, scanned int) (int, error)) (Message, error) {
	var bad error
	m, err := h.gather(ctx, "recv_frame", limit, func(p []byte, scanned int) int {
		n, err := size(p, scanned)
		switch {
		case err != nil:
			bad = err
			return 0
		case n == 0:
			return -1
		}
		if n <= len(p) || n > limit {
			return n
		}
		return -1
	})
	switch {
	case bad != nil:
		return Message{}, h.fail("recv_frame", "", bad)
	case errors.Is(err, ErrEnded) && h.Unread() == 0:
		return Message{}, io.EOF
	}
	return m, err
}

// wholeMessages is the cause when a call for streams is made on a handle that keeps
// message boundaries.
func (h *Handle) wholeMessages() error {
	return fmt.Errorf("%s preserves message boundaries: use recv", h.kind)
}

// gather collects bytes in the inbox until find says how many to take, or -1 for more.
// find is given the unread bytes, and how many of them it has seen before. A nil find
// takes all bytes once the stream has ended.
func (h *Handle) gather(ctx context.Context, op string, limit int, find func(p []byte, scanned int) int) (Message, error) {
	in := &h.in
	if in.messages {
		return Message{}, h.fail(op, "", h.wholeMessages())
	}
	// One byte more than the limit shows that there is more than allowed.
	defer in.wantRoom(min(limit, 1<<30) + 1)()
	peer := h.PeerAddr()
	var head uint64
	scanned := 0
	began := time.Now()
	for {
		in.mu.Lock()
		if in.head() != head {
			head, scanned = in.head(), 0 // another call took from the front
		}
		n := -1
		if find != nil {
			n = find(in.bytes.bytes(), scanned)
		} else if in.end == io.EOF && in.size <= limit {
			n = in.size
		}
		if n >= 0 && n <= limit {
			m := Message{Data: make([]byte, n), From: peer, Size: n}
			_, head := in.takeBytes(m.Data)
			in.mu.Unlock()
			m.Shown = h.shownOf(head, n)
			return m, nil
		}
		have, end := in.size, in.end
		scanned = have
		seen := in.total
		in.mu.Unlock()
		switch {
		case n > limit && op == "recv_frame":
			return Message{}, h.fail(op, "", fmt.Errorf("%w: the frame has %d bytes and the limit is %d; %d bytes that arrived can still be received", ErrLimit, n, limit, have))
		case have > limit || n > limit || find != nil && have >= limit && n < 0:
			return Message{}, h.fail(op, "", fmt.Errorf("%w: %d bytes arrived and the limit is %d; they can still be received", ErrLimit, have, limit))
		case end == io.EOF:
			return Message{}, h.fail(op, "", fmt.Errorf("%w; %s", ErrEnded, hadCome(op, have, limit)))
		case end != nil:
			return Message{}, h.endOf(op, end)
		}
		err := Overdue(ctx, began)
		if err == nil {
			err = h.more(ctx, seen)
		}
		if err != nil {
			if Code(err) == "timeout" {
				err = fmt.Errorf("%w; %s", err, hadCome(op, have, limit))
			}
			return Message{}, h.endOf(op, err)
		}
	}
}

// hadCome says what a call that ends too early has left in the inbox: have bytes, of the
// limit bytes that recvexact wants.
func hadCome(op string, have, limit int) string {
	exact := op == "recvexact"
	switch {
	case exact && have == 0:
		return fmt.Sprintf("0 of %d bytes had arrived", limit)
	case exact:
		return fmt.Sprintf("%d of %d bytes had arrived, and can still be received", have, limit)
	case have == 0:
		return "no more data had arrived"
	}
	return fmt.Sprintf("%d bytes that had arrived can still be received", have)
}

// more waits until the inbox has more than at position seen, or the stream has ended. It
// reads from the socket if there is no receiver.
func (h *Handle) more(ctx context.Context, seen uint64) error {
	h.in.mu.Lock()
	crowded := h.in.crowded()
	h.in.mu.Unlock()
	if crowded {
		return h.table.errUnread()
	}
	acquired, err := h.acquireToRead(ctx, seen)
	if err != nil || !acquired {
		return err
	}
	defer h.release(h.readSem)
	buf, n, err := h.readPiece(ctx, maxMessage)
	if err != nil {
		if h.ended() {
			return nil // the caller finds it in the inbox
		}
		return err
	}
	h.received(Message{Data: buf[:n], From: h.PeerAddr()})
	h.in.mu.Lock()
	h.in.addBytes(buf, n, false)
	h.in.mu.Unlock()
	return nil
}

func (h *Handle) ended() bool {
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	return h.in.end != nil
}
