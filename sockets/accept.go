package sockets

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Accept takes one connection off the listener's queue, as accept(2), waiting
// until there is one or ctx ends. The new handle is called name, or NAME.1,
// NAME.2... after the listener if that is empty.
func (h *Handle) Accept(ctx context.Context, name string) (*Handle, error) {
	c, err := h.accept(ctx, name)
	if err != nil {
		return nil, h.fail("accept", "", err)
	}
	c.publish(Event{Type: EventAccepted, Peer: c.PeerAddr()})
	c.watchIfWanted()
	return c, nil
}

func (h *Handle) accept(ctx context.Context, name string) (*Handle, error) {
	if err := h.table.nameFree(name); err != nil {
		return nil, err
	}
	if err := h.take(ctx, h.readTurn); err != nil {
		return nil, err
	}
	defer h.give(h.readTurn)
	var fd int
	var sa unix.Sockaddr
	err := h.readable(ctx, func(lfd int) (err error) {
		defer h.queue.taken(&err)()
		fd, sa, err = acceptSocket(lfd)
		return err
	})
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	c := newHandle(h.kind, h.family)
	c.in.limit = h.in.limit
	h.mu.Unlock()
	c.state, c.peer = stateConnected, fromSockaddr(sa)
	if c.kind.unix() && c.peer.IsZero() {
		c.peer = unixAddr("")
	}
	c.adopt(fd)
	c.learnLocal()
	if err := h.table.add(c, name, h); err != nil {
		c.file.Close()
		return nil, err
	}
	return c, nil
}

// Serve accepts every connection that comes, each as NAME.1, NAME.2..., and
// calls each with it, on the acceptor's goroutine, until the handle is closed.
// Of a datagram handle each new sender becomes such a handle, which receives
// that sender's datagrams alone and sends to it. A failure to accept is
// published as an event and tried again.
func (h *Handle) Serve(each func(*Handle)) error {
	if h.Closed() {
		return h.fail("serve", "", closedError{h.name})
	}
	if h.kind.Datagram() {
		return h.serveDatagrams(each)
	}
	h.Watch(false) // no word of connections that wait: they never do
	ctx, cancel := context.WithCancel(context.Background())
	h.mu.Lock()
	h.stop = cancel
	h.mu.Unlock()
	h.table.running.Go(func() {
		defer cancel()
		pause := 5 * time.Millisecond
		for {
			c, err := h.Accept(ctx, "")
			switch {
			case err == nil:
				pause = 5 * time.Millisecond
				each(c)
				continue
			case h.Closed(), ctx.Err() != nil, errors.Is(err, errTableClosed):
				return
			case errors.Is(err, unix.ECONNABORTED):
				continue
			}
			// Out of descriptors, say: the connection stays on the queue, so to
			// ask at once would spin.
			h.publish(Event{Type: EventError, Err: err})
			select {
			case <-time.After(pause):
				pause = min(2*pause, time.Second)
			case <-h.done:
				return
			}
		}
	})
	return nil
}

// queueWatch watches a listener's queue through a descriptor of its own, since
// to wait on the listener's would hold up accept.
type queueWatch struct {
	mu       chan struct{} // guards the counts; a channel so that nil is usable
	file     *os.File
	accepted int
	seen     int // connections that the watch has told of
}

// taken marks the span of one accept call; the count and the queue must not be
// looked at between the system's taking a connection and our counting it.
func (q *queueWatch) taken(err *error) func() {
	if q == nil {
		return func() {}
	}
	q.mu <- struct{}{}
	return func() {
		if *err == nil {
			q.accepted++
		}
		<-q.mu
	}
}

// watchQueue publishes an event for each connection that comes to wait.
func (h *Handle) watchQueue() {
	var dup int
	if err := h.control(func(fd int) (err error) {
		dup, err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		return err
	}); err != nil {
		return
	}
	q := &queueWatch{mu: make(chan struct{}, 1), file: os.NewFile(uintptr(dup), "listener")}
	raw, err := q.file.SyscallConn()
	if err != nil {
		q.file.Close()
		return
	}
	h.mu.Lock()
	h.queue = q
	h.stop = func() { q.file.Close() }
	h.mu.Unlock()
	h.table.running.Go(func() {
		raw.Read(func(fd uintptr) bool {
			q.mu <- struct{}{}
			n, _, err := acceptQueue(int(fd))
			if err != nil && polled(int(fd), unix.POLLIN) {
				n = 1 // no count to be had of this kind: at least one
			}
			arrived := q.accepted + n
			news := arrived > q.seen
			q.seen = max(q.seen, arrived)
			<-q.mu
			if news {
				h.publish(Event{Type: EventWaiting, N: n})
			}
			return false
		})
	})
}

// polled reports whether poll(2) says one of events of fd now.
func polled(fd int, events int16) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
	_, err := unix.Poll(fds, 0)
	return err == nil && fds[0].Revents&events != 0
}
