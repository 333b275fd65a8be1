package sockets

import (
	"context"

	"golang.org/x/sys/unix"
)

// Ready waits until a receive or an accept would not have to wait: bytes, a
// datagram or a connection are there, or the stream has ended; or until ctx
// ends. It takes none of them.
func (h *Handle) Ready(ctx context.Context) error {
	if h.parent == nil && h.Listening() {
		if err := h.acquire(ctx, h.readSem); err != nil {
			return h.fail("wait_any", "", err)
		}
		return h.awaitReadable(ctx)
	}
	in := &h.in
	for {
		in.mu.Lock()
		there, seen := in.unread() > 0 || in.end != nil, in.total
		in.mu.Unlock()
		if there {
			return nil
		}
		acquired, err := h.acquireToRead(ctx, seen)
		if err != nil {
			return h.fail("wait_any", "", err)
		}
		if !acquired {
			continue
		}
		return h.awaitReadable(ctx)
	}
}

// awaitReadable waits until there is something to read on the descriptor. The
// caller holds the read semaphore, which this releases.
func (h *Handle) awaitReadable(ctx context.Context) error {
	defer h.release(h.readSem)
	err := h.readable(ctx, func(fd int) error {
		if polled(fd, unix.POLLIN) {
			return nil
		}
		return unix.EAGAIN
	})
	if err != nil {
		return h.fail("wait_any", "", err)
	}
	return nil
}
