package sockets

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Close closes the handle, as close(2): its name can be given again, whoever
// waits on it gets [net.ErrClosed], and a unix path that it bound is removed.
// Connections that a listener accepted live on.
func (h *Handle) Close() error { return h.finish("close", false) }

// Abort closes the handle with a TCP reset instead of the usual end, by
// SO_LINGER with a time of 0 (socket(7)).
func (h *Handle) Abort() error { return h.finish("abort", true) }

func (h *Handle) finish(op string, reset bool) error {
	if reset && h.parent == nil {
		h.control(func(fd int) error {
			return unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		})
	}
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return h.ErrClosed(op)
	}
	h.closed = true
	close(h.done)
	stop, file, peers := h.stop, h.file, h.peers
	h.stop, h.queue, h.peers = nil, nil, nil
	h.mu.Unlock()
	if stop != nil {
		stop()
	}
	var err error
	if h.parent != nil {
		h.parent.forget(h)
	} else {
		err = file.Close()
	}
	for _, c := range peers {
		c.Close()
	}
	if h.unlink != "" {
		if rerr := os.Remove(h.unlink); rerr != nil && !errors.Is(rerr, os.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}
	h.in.mu.Lock()
	h.in.changed()
	h.in.mu.Unlock()
	h.table.remove(h)
	h.publish(Event{Type: EventClosed, Peer: h.peer})
	if err != nil {
		return &Error{Op: op, Handle: h.name, Err: err}
	}
	return nil
}

// forget lets go of the handle of one sender; its next datagram makes a new
// one.
func (h *Handle) forget(c *Handle) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.peers[c.peer] == c {
		delete(h.peers, c.peer)
	}
}

// ErrClosed is the error that op gives on this handle once it is closed.
func (h *Handle) ErrClosed(op string) error { return &Error{Op: op, Err: closedError{h.name}} }
