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

// Accept takes one connection from the listener's queue, as accept(2); it waits until
// there is one or ctx ends. If name is empty, the new handle is named after the
// listener: NAME.1, NAME.2...
//
// For kind tls, Accept includes the handshake. If the handshake fails, the connection is
// closed, and the error has its address.
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

// An Arrival is an accepted connection that is not in the table yet. For kind tls, its
// handshake is still to be done. Only one goroutine may use it, and it must call Register
// or Refuse.
type Arrival struct{ listener, c *Handle }

// AcceptArrival is the first half of Accept, for callers that run handshakes
// concurrently, or refuse some peers before the handshake.
func (h *Handle) AcceptArrival(ctx context.Context) (*Arrival, error) {
	c, err := h.accept(ctx)
	if err != nil {
		return nil, h.fail("accept", "", err)
	}
	return &Arrival{h, c}, nil
}

// Peer returns the address of the peer.
func (a *Arrival) Peer() Addr { return a.c.peer }

// Register is the second half of Accept: for kind tls it runs the handshake, limited by
// ctx, and then it adds the connection to the table as a handle, named NAME.1, NAME.2...
// after the listener. The listener may be closed meanwhile. On an error, the connection
// is closed.
func (a *Arrival) Register(ctx context.Context) (*Handle, error) {
	if err := a.listener.register(ctx, a.c, ""); err != nil {
		return nil, &Error{Op: "accept", Handle: a.listener.name, Addr: a.c.peer.Raw(), Err: err}
	}
	return a.c, nil
}

// Refuse closes the connection.
func (a *Arrival) Refuse() { a.c.file.Close() }

// register adds an accepted connection to the table as a handle, or closes it on an
// error.
func (h *Handle) register(ctx context.Context, c *Handle, name string) error {
	if h.kind.secure() {
		if err := h.acceptTLS(ctx, c); err != nil {
			c.file.Close()
			return err
		}
	}
	// Once the handle has its name, anyone may receive from it. The ordering makes
	// the event of accept come before events of such a receive.
	o := ordering{table: h.table}
	o.enter()
	err := h.table.add(c, name, h)
	if err == nil {
		h.publishAccepted(c)
		c.tapped()
	}
	o.leave()
	if err != nil {
		c.file.Close()
		return err
	}
	c.watchIfWanted()
	return nil
}

// accept takes a connection from the queue, as a handle that is in no table yet.
func (h *Handle) accept(ctx context.Context) (*Handle, error) {
	// The same error as from the system. It is returned here because a receiver may
	// hold the semaphore until the handle is closed.
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

// publishAccepted publishes that h accepted c, on both handles, since a Wait can be on
// either.
func (h *Handle) publishAccepted(c *Handle) {
	ev := Event{Type: EventAccepted, Handle: c, Time: time.Now(), Peer: c.PeerAddr(), Own: c.ownPeer()}
	c.publish(ev)
	h.events.add(ev)
}

// Serve accepts every connection in the background, until the handle is closed. The
// connections become handles NAME.1, NAME.2..., and the acceptor's goroutine calls each
// with every new one. On a datagram handle, each new sender becomes such a handle: it
// receives only that sender's datagrams, sends to that sender, has no socket of its own,
// and is closed with the served handle. If accept fails, the error is published as an
// event, and accept is tried again.
//
// For kinds tls and dtls, each client's handshake runs on a separate goroutine, with a
// limit of 10 seconds. After the handshake, that goroutine adds the handle and calls
// each, for one client at a time. A failed handshake is published as an error of the
// listener.
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
				err = h.wrap("accept", "", err)
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
				err = h.wrap("accept", "", err)
			}
			switch {
			case h.Closed(), ctx.Err() != nil, errors.Is(err, errTableClosed):
				return
			case errors.Is(err, unix.ECONNABORTED):
				continue
			case errors.Is(err, unix.EINVAL), errors.Is(err, unix.EOPNOTSUPP):
				// It does not listen (any more): trying again is useless.
				h.publish(Event{Type: EventError, Err: err})
				return
			}
			// For example, there are no free descriptors. The connection stays on
			// the queue, so trying again at once would spin.
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

// registerLater is register on a separate goroutine, so that a client that does nothing
// delays no other.
func (h *Handle) registerLater(ctx context.Context, c *Handle, then func()) {
	if !h.table.start(func() {
		limited, cancel := context.WithTimeout(ctx, h.table.handshakeLimit)
		defer cancel()
		switch err := h.register(limited, c, ""); {
		case err == nil:
			then()
		case ctx.Err() == nil && !h.Closed():
			c.uncount()
			h.publish(Event{Type: EventError, Peer: c.peer, Err: h.wrap("accept", c.peer.Raw(), err)})
		}
	}) {
		c.file.Close()
	}
}

var errServed = errors.New("serve is already active")

// serve runs f in the background. It replaces the watch of the listener's queue, since
// no connection waits there any more.
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

// queueWatch watches a listener's queue through a separate descriptor, since waiting on
// the listener's own descriptor would delay accept.
type queueWatch struct {
	mu       chan struct{} // guards the counts; a channel so that nil is usable
	file     *os.File
	accepted int
	seen     int // connections that were reported
}

// taken brackets one accept call. Between the system call and our count of it, the count
// and the queue disagree, so nobody else may look at them.
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

// watchQueue starts the goroutine that publishes an event for each connection that
// arrives on the queue. The caller holds h.mu.
func (h *Handle) watchQueue() {
	dup := -1
	h.raw.Control(func(fd uintptr) {
		if n, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); err == nil {
			dup = n
		}
	})
	if dup < 0 {
		return // no free descriptor: waiting connections are not reported
	}
	q := &queueWatch{mu: make(chan struct{}, 1), file: os.NewFile(uintptr(dup), "listener")}
	raw, _ := q.file.SyscallConn() // fails for a nil file only
	b := &background{stop: func() {
		h.queue.CompareAndSwap(q, nil)
		q.file.Close()
	}}
	if !h.table.start(func() { h.publishWaiting(q, raw) }) {
		q.file.Close()
		return
	}
	h.queue.Store(q)
	h.running = b
}

// publishWaiting is the goroutine of a queueWatch. It ends when its file is closed.
func (h *Handle) publishWaiting(q *queueWatch, raw syscall.RawConn) {
	raw.Read(func(fd uintptr) bool {
		q.mu <- struct{}{}
		n, _, err := sockstat.AcceptQueue(int(fd))
		if err != nil && polled(int(fd), unix.POLLIN) {
			n = 1 // the system has no count for this kind; at least one waits
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

// polled reports whether poll(2) now returns one of events for fd.
func polled(fd int, events int16) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
	_, err := unix.Poll(fds, 0)
	return err == nil && fds[0].Revents&events != 0
}
