package sockets

import (
	"context"

	"golang.org/x/sys/unix"
)

// Ready waits until a receive or an accept would not have to wait: there are bytes, a
// datagram or a connection, or the stream has ended. It fails when ctx ends first. It
// takes nothing.
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

// awaitReadable waits until the descriptor is readable. The caller holds the read
// semaphore, which this releases.
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
