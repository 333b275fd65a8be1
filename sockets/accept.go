package sockets

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"
	"time"

	"sosh/sockets/sockstat"

	"golang.org/x/sys/unix"
)

// Accept takes one connection off the listener's queue, as accept(2), waiting
// until there is one or ctx ends. The new handle is called name, or NAME.1,
// NAME.2... after the listener if that is empty.
//
// Of a handle of kind tls the handshake is part of it. When that fails, the
// connection is closed, and the error has its address.
func (h *Handle) Accept(ctx context.Context, name string) (*Handle, error) {
	if err := h.table.nameFree(name); err != nil {
		return nil, h.fail("accept", "", err)
	}
	c, err := h.accept(ctx)
	if err != nil {
		return nil, h.fail("accept", "", err)
	}
	if err := h.register(ctx, c, name); err != nil {
		return nil, h.fail("accept", c.peer.Raw(), err)
	}
	return c, nil
}

// An Arrival is a connection that was accepted and is nobody's yet: no handle of
// the table, and without the handshake where there has to be one. It is for one
// goroutine, and has to be registered or refused.
type Arrival struct{ listener, c *Handle }

// AcceptArrival is the first half of Accept, for callers that run handshakes
// beside each other, or refuse some peers before theirs.
func (h *Handle) AcceptArrival(ctx context.Context) (*Arrival, error) {
	c, err := h.accept(ctx)
	if err != nil {
		return nil, h.fail("accept", "", err)
	}
	return &Arrival{h, c}, nil
}

// Peer returns the address of the peer.
func (a *Arrival) Peer() Addr { return a.c.peer }

// Register is the second half of Accept: the handshake of a handle of kind tls,
// for as long as ctx allows, and the handle that the connection becomes. It is
// called NAME.1, NAME.2... after the listener, which may be closed meanwhile. An
// error closes the connection.
func (a *Arrival) Register(ctx context.Context) (*Handle, error) {
	if err := a.listener.register(ctx, a.c, ""); err != nil {
		return nil, &Error{Op: "accept", Handle: a.listener.name, Addr: a.c.peer.Raw(), Err: err}
	}
	return a.c, nil
}

// Refuse closes the connection.
func (a *Arrival) Refuse() { a.c.file.Close() }

// register makes of a connection that was accepted a handle of the table, or
// closes it.
func (h *Handle) register(ctx context.Context, c *Handle, name string) error {
	if h.kind.secure() {
		if err := h.acceptTLS(ctx, c); err != nil {
			c.file.Close()
			return err
		}
	}
	// Whoever finds it by its name may receive from it at once: that is told
	// after this.
	o := ordering{table: h.table}
	o.enter()
	err := h.table.add(c, name, h)
	if err == nil {
		h.tellAccepted(c)
	}
	o.leave()
	if err != nil {
		c.file.Close()
		return err
	}
	c.watchIfWanted()
	return nil
}

// accept takes a connection off the queue: a handle that is in no table yet.
func (h *Handle) accept(ctx context.Context) (*Handle, error) {
	// What the system would say; but a receiver, which ends with the handle, may
	// hold the semaphore.
	switch {
	case h.kind.Datagram():
		return nil, unix.EOPNOTSUPP
	case !h.Listening():
		return nil, unix.EINVAL
	}
	if err := h.acquire(ctx, h.readSem); err != nil {
		return nil, err
	}
	defer h.release(h.readSem)
	var fd int
	var sa unix.Sockaddr
	err := h.readable(ctx, func(lfd int) (err error) {
		defer h.queue.Load().taken(&err)()
		fd, sa, err = acceptSocket(lfd)
		return err
	})
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	c := newHandle(h.kind, h.family)
	h.mu.Unlock()
	c.in.limit = h.inboxLimit()
	c.state, c.peer = stateConnected, fromSockaddr(sa)
	if c.kind.unix() && c.peer.IsZero() {
		c.peer = unixAddr("")
	}
	c.adopt(fd)
	c.learnLocal()
	c.table = h.table
	return c, nil
}

// tellAccepted publishes that h made c. Whoever waits for it can do so on
// either.
func (h *Handle) tellAccepted(c *Handle) {
	ev := Event{Type: EventAccepted, Handle: c, Time: time.Now(), Peer: c.PeerAddr()}
	c.publish(ev)
	h.events.add(ev)
}

// Serve accepts every connection that comes, each as NAME.1, NAME.2..., and
// calls each with it, on the acceptor's goroutine, until the handle is closed.
// Of a datagram handle each new sender becomes such a handle, which receives
// that sender's datagrams alone and sends to it; it has no socket of its own,
// and is closed with the one that is served. A failure to accept is published
// as an event and tried again.
//
// Of a handle of kind tls or dtls each client has its handshake on a goroutine
// of its own and 10 seconds for it; it is there once that is done, and each is called
// on that goroutine, for one client at a time. A handshake that fails is
// published as an error of the listener.
func (h *Handle) Serve(each func(*Handle)) error {
	switch {
	case h.kind.Datagram() && h.kind.secure():
		return h.serveDTLS(each)
	case h.kind.Datagram():
		return h.serveDatagrams(each)
	}
	var calling sync.Mutex
	return h.serve(func(ctx context.Context) {
		pause := 5 * time.Millisecond
		for {
			c, err := h.accept(ctx)
			if err != nil {
				err = h.fail("accept", "", err)
			}
			switch {
			case err == nil && !h.countPeer(c):
				pause = 5 * time.Millisecond
				c.file.Close()
				continue
			case err == nil && h.kind.secure():
				pause = 5 * time.Millisecond
				h.registerLater(ctx, c, func() {
					calling.Lock()
					defer calling.Unlock()
					each(c)
				})
				continue
			case err == nil:
				pause = 5 * time.Millisecond
				if err = h.register(ctx, c, ""); err == nil {
					each(c)
					continue
				}
				c.uncount()
				err = h.fail("accept", "", err)
			}
			switch {
			case h.Closed(), ctx.Err() != nil, errors.Is(err, errTableClosed):
				return
			case errors.Is(err, unix.ECONNABORTED):
				continue
			case errors.Is(err, unix.EINVAL), errors.Is(err, unix.EOPNOTSUPP):
				// It does not listen (any more): to ask again is of no use.
				h.publish(Event{Type: EventError, Err: err})
				return
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
}

// registerLater is register on a goroutine of its own, so that a client that does
// nothing holds up no other.
func (h *Handle) registerLater(ctx context.Context, c *Handle, then func()) {
	if !h.table.start(func() {
		limited, cancel := context.WithTimeout(ctx, h.table.handshakeLimit)
		defer cancel()
		switch err := h.register(limited, c, ""); {
		case err == nil:
			then()
		case ctx.Err() == nil && !h.Closed():
			c.uncount()
			h.publish(Event{Type: EventError, Peer: c.peer, Err: h.fail("accept", c.peer.Raw(), err)})
		}
	}) {
		c.file.Close()
	}
}

var errServed = errors.New("serve is already active")

// serve runs f in the background, in the place of what watched the handle:
// there is no word of connections that wait, since they never do.
func (h *Handle) serve(f func(ctx context.Context)) error {
	switch {
	case h.parent != nil:
		return h.fail("serve", "", unix.EOPNOTSUPP)
	case !h.kind.Datagram() && !h.Listening():
		return h.fail("serve", "", unix.EINVAL)
	}
	h.Watch(false)
	ctx, cancel := context.WithCancel(context.Background())
	b := &background{stop: cancel, serving: true}
	h.mu.Lock()
	var err error
	switch {
	case h.closed:
		err = closedError{h.name}
	case h.running != nil:
		err = errServed
	case !h.table.start(func() {
		defer cancel()
		f(ctx)
		h.retire(b)
	}):
		err = errTableClosed
	default:
		h.running = b
	}
	h.mu.Unlock()
	if err != nil {
		cancel()
		return h.fail("serve", "", err)
	}
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

// watchQueue starts what publishes an event for each connection that comes to
// wait. The caller holds h.mu.
func (h *Handle) watchQueue() {
	dup := -1
	h.raw.Control(func(fd uintptr) {
		if n, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); err == nil {
			dup = n
		}
	})
	if dup < 0 {
		return // out of descriptors: there is no word of those that wait
	}
	q := &queueWatch{mu: make(chan struct{}, 1), file: os.NewFile(uintptr(dup), "listener")}
	raw, _ := q.file.SyscallConn() // fails for a nil file only
	b := &background{stop: func() {
		h.queue.CompareAndSwap(q, nil)
		q.file.Close()
	}}
	if !h.table.start(func() { h.tellWaiting(q, raw) }) {
		q.file.Close()
		return
	}
	h.queue.Store(q)
	h.running = b
}

// tellWaiting is the goroutine of a queueWatch; it ends when its file is
// closed.
func (h *Handle) tellWaiting(q *queueWatch, raw syscall.RawConn) {
	raw.Read(func(fd uintptr) bool {
		q.mu <- struct{}{}
		n, _, err := sockstat.AcceptQueue(int(fd))
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
}

// polled reports whether poll(2) says one of events of fd now.
func polled(fd int, events int16) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
	_, err := unix.Poll(fds, 0)
	return err == nil && fds[0].Revents&events != 0
}
