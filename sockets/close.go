package sockets

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Discard is [Handle.Close] for a handle that the user never got, such as the handle of a
// failed dial. Its events are marked as quiet.
func (h *Handle) Discard() error {
	h.quiet.Store(true)
	return h.Close()
}

// Close closes the handle, as close(2). Its name becomes free, waiting calls fail with
// [net.ErrClosed], and a unix path that it bound is removed. Closing a listener does not
// close the connections it accepted.
func (h *Handle) Close() error { return h.finish("close", false) }

// Abort closes the handle with a TCP reset instead of a FIN, by SO_LINGER with a time of
// 0 (socket(7)).
func (h *Handle) Abort() error { return h.finish("abort", true) }

func (h *Handle) finish(op string, reset bool) error {
	if reset && h.parent == nil {
		h.control(func(fd int) error {
			return unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		})
	}
	h.endTLS(reset)
	h.publishAbort()
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return h.ErrClosed(op)
	}
	h.closed = true
	close(h.done)
	running, file, peers, peer, bound := h.running, h.file, h.peers, h.peer, h.bound
	h.running, h.peers, h.bound = nil, nil, nil
	h.mu.Unlock()
	if running != nil {
		running.stop()
	}
	var err error
	if h.parent != nil {
		h.parent.forget(h)
	} else {
		err = file.Close()
		h.reads.deadline.close()
		h.writes.deadline.close()
	}
	for _, c := range peers {
		c.Close()
	}
	if rerr := bound.remove(); rerr != nil {
		err = errors.Join(err, rerr)
	}
	h.in.mu.Lock()
	h.in.changed()
	h.in.mu.Unlock()
	h.in.leave()
	h.uncount()
	h.table.remove(h)
	h.publish(Event{Type: EventClosed, Peer: peer})
	if err != nil {
		return &Error{Op: op, Handle: h.name, Err: err}
	}
	return nil
}

// A boundPath is a path that bind created in the file system.
type boundPath struct {
	path string // absolute, if the working directory is known
	file os.FileInfo
}

// newBoundPath records the path that bind has just created.
func newBoundPath(path string) *boundPath {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	info, _ := os.Lstat(path)
	return &boundPath{path, info}
}

// remove removes the path, unless another file has replaced it.
func (b *boundPath) remove() error {
	if b == nil {
		return nil
	}
	info, err := os.Lstat(b.path)
	if err == nil && (b.file == nil || os.SameFile(info, b.file)) {
		err = os.Remove(b.path)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// forget removes the handle of one sender; its next datagram makes a new handle.
func (h *Handle) forget(c *Handle) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.takeOut(c)
}

// ErrClosed returns the error of op on this handle after it is closed.
func (h *Handle) ErrClosed(op string) error { return &Error{Op: op, Err: closedError{h.name}} }
