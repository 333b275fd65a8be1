package sockets

import (
	"context"
	"errors"
	"os"
	"time"

	"sosh/sockets/sockstat"
	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// Connect connects the handle, as connect(2), and waits until it is connected or ctx
// ends. It tries the addresses of a host name in the resolver's order, until one
// answers. A datagram handle only remembers its peer, and can be connected again. A
// failed Connect leaves the handle unchanged.
func (h *Handle) Connect(ctx context.Context, address string) error {
	began := time.Now()
	if h.parent != nil {
		return h.fail("connect", address, unix.EOPNOTSUPP)
	}
	if err := h.acquire(ctx, h.writeSem); err != nil {
		return h.fail("connect", address, err)
	}
	defer h.release(h.writeSem)
	addrs, err := h.resolve(ctx, address, false)
	if err != nil {
		if ctx.Err() != nil {
			err = ContextCause(ctx, began)
		}
		return h.fail("connect", "", err)
	}
	h.mu.Lock()
	h.dialed = address
	h.mu.Unlock()
	var a Addr
	var secure *tlsconf.Error
	for _, a = range addrs {
		if err = h.connectTo(ctx, a, began); err == nil || ctx.Err() != nil || errors.Is(err, unix.EISCONN) || errors.As(err, &secure) {
			break
		}
	}
	if err != nil {
		if s := a.String(); s != address && len(addrs) == 1 {
			address += " (" + s + ")"
		}
		return h.fail("connect", address, err)
	}
	h.watchIfWanted()
	return nil
}

func (h *Handle) connectTo(ctx context.Context, a Addr, began time.Time) error {
	sa, err := a.sockaddr()
	if err != nil {
		return err
	}
	if err := h.chooseFamily(a.family()); err != nil {
		return err
	}
	h.mu.Lock()
	before := h.state
	if before == stateNew || before == stateBound {
		h.state = stateConnecting
	}
	h.mu.Unlock()
	if before == stateConnected && h.kind.secure() {
		return unix.EISCONN // UDP can be connected again, DTLS can't
	}
	err = h.awaitConnect(ctx, sa)
	if err != nil {
		h.noteAttempt(a, err)
	}
	reached := err == nil // the connection is made; the handshake remains
	if reached && h.kind.secure() {
		err = h.connectTLS(ctx, a, began)
	}
	h.mu.Lock()
	if err != nil {
		h.state = before
		switch {
		case before == stateNew && reached && !h.closed:
			h.reopen(h.family) // close without a reset, so that the peer can read the alert
		case before == stateNew || before == stateBound:
			h.undoConnect()
		}
		h.mu.Unlock()
		return err
	}
	h.state, h.peer = stateConnected, a
	h.learnLocal()
	h.mu.Unlock()
	h.publish(Event{Type: EventConnected, Peer: a, Own: h.ownPeer()})
	if h.kind.secure() {
		h.tapped()
	}
	return nil
}

// noteAttempt keeps what the kernel says of a connect that has failed.
func (h *Handle) noteAttempt(a Addr, err error) {
	tried := &Attempt{Target: a}
	if errors.Is(err, os.ErrDeadlineExceeded) && h.Network() == "tcp" {
		h.control(func(fd int) error {
			if t, err := sockstat.ReadTCP(fd); err == nil {
				tried.Retransmits = int(max(t.TotalRetrans, uint32(t.Retransmits)))
			}
			return nil
		})
	}
	h.setTried(tried)
}

// setTried keeps a failed attempt for the error that will be made.
func (h *Handle) setTried(a *Attempt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tried = a
}

// undoConnect prepares the descriptor for another connect. The caller holds h.mu. Errors
// are ignored: the next call on the descriptor reports its own.
func (h *Handle) undoConnect() {
	switch {
	case h.closed:
	case reconnectable && h.kind != Vsock:
		var local unix.Sockaddr
		if h.state == stateBound && !h.kind.unix() {
			local, _ = h.local.sockaddr()
		}
		h.raw.Control(func(fd uintptr) { dissolve(int(fd), local) })
		if h.state == stateBound {
			h.learnLocal()
		}
	default:
		h.reopen(h.family)
	}
}

// askOutcome returns the outcome of a pending connect; EAGAIN means that it is still
// pending. The poller can report a socket too early, so SO_ERROR 0 is not enough.
func askOutcome(fd int) error {
	n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	switch {
	case err != nil:
		return err
	case n != 0:
		return unix.Errno(n)
	}
	if _, err := unix.Getpeername(fd); err != nil {
		return unix.EAGAIN
	}
	return nil
}

// awaitConnect calls connect and waits for its result.
func (h *Handle) awaitConnect(ctx context.Context, sa unix.Sockaddr) error {
	called := false
	try := func(fd int) error {
		if called {
			return connectOutcome(fd, sa)
		}
		err := unix.Connect(fd, sa)
		switch err {
		case unix.EINPROGRESS, unix.EALREADY, unix.EINTR:
			called = true
			return unix.EAGAIN
		}
		return err
	}
	if !h.kind.unix() {
		return h.writable(ctx, try)
	}
	// For a unix socket, EAGAIN means that the listener's queue is full, and no event
	// says when it has room (connect(2)). So connect is tried again.
	began := time.Now()
	for {
		err := h.control(try)
		if err != unix.EAGAIN {
			return err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-h.done:
			return closedError{h.name}
		case <-ctx.Done():
			return ContextCause(ctx, began)
		}
	}
}
