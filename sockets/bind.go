package sockets

import (
	"context"
	"strings"

	"golang.org/x/sys/unix"
)

// Bind binds the handle to a local address, as bind(2). Port 0 takes a free port, which
// [Handle.LocalAddr] returns afterwards. A handle of kind tcp or udp takes the family of
// the address. Bind never unlinks an existing unix path; closing the handle removes the
// path that Bind has made.
func (h *Handle) Bind(ctx context.Context, address string) error {
	addrs, err := h.resolve(ctx, address, true)
	if err != nil {
		return h.fail("bind", "", err)
	}
	for _, a := range addrs {
		if err = h.bindTo(a); err == nil {
			break
		}
	}
	if err != nil {
		return h.fail("bind", address, err)
	}
	h.detail(Event{Type: EventBound})
	if h.kind.Datagram() {
		h.watchIfWanted()
	}
	return nil
}

func (h *Handle) bindTo(a Addr) error {
	if h.parent != nil {
		return unix.EOPNOTSUPP
	}
	sa, err := a.sockaddr()
	if err != nil {
		return err
	}
	if err := h.chooseFamily(a.family()); err != nil {
		return err
	}
	tried := &Attempt{Target: a}
	err = h.control(func(fd int) error {
		err := unix.Bind(fd, sa)
		if err == unix.EADDRINUSE {
			n, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR)
			tried.ReuseAddr = n != 0
		}
		return err
	})
	if err != nil {
		h.setTried(tried)
		return err
	}
	var bound *boundPath
	if a.kind == addrUnix && a.Path != "" && !strings.HasPrefix(a.Path, "@") {
		bound = newBoundPath(a.Path)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		bound.remove()
		return closedError{h.name}
	}
	if h.state == stateNew {
		h.state = stateBound
	}
	h.learnLocal()
	h.bound = bound
	return nil
}

// resolve resolves an address for this handle: once the family is chosen, a host name
// stands for its addresses of that family.
func (h *Handle) resolve(ctx context.Context, address string, passive bool) ([]Addr, error) {
	h.mu.Lock()
	kind := h.kind
	if h.Closed() {
		h.mu.Unlock()
		return nil, closedError{h.name}
	}
	if kind.open() && (h.state != stateNew || h.family == unix.AF_INET6) {
		kind += Kind(map[int]string{unix.AF_INET: "4", unix.AF_INET6: "6"}[h.family])
	}
	h.mu.Unlock()
	return resolve(ctx, kind, address, passive)
}

// chooseFamily sets the address family of a new handle of kind tcp or udp: the socket is
// opened again in that family, with the options set so far. On any other handle it does
// nothing, and the system refuses an address of another family.
func (h *Handle) chooseFamily(family int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.kind.open() || h.state != stateNew || h.family == family {
		return nil
	}
	return h.reopen(family)
}

// reopen replaces the descriptor by a new one of the family, with the same options and,
// if the old one was bound, the same address. The caller holds h.mu.
func (h *Handle) reopen(family int) error {
	if h.closed {
		return closedError{h.name}
	}
	fd, err := newSocket(family, h.kind.spec().typ)
	if err != nil {
		return err
	}
	for _, set := range h.set {
		if err := set(fd, family); err != nil {
			unix.Close(fd)
			return err
		}
	}
	h.file.Close()
	if h.state == stateBound {
		if sa, serr := h.local.sockaddr(); serr == nil {
			err = unix.Bind(fd, sa)
		}
	}
	h.family = family
	h.adopt(fd)
	return err
}

// Listen makes the handle a listener, as listen(2). backlog is how many connections may
// wait to be accepted; a negative one is the kernel's limit (SOMAXCONN).
func (h *Handle) Listen(backlog int) error {
	if backlog < 0 {
		backlog = unix.SOMAXCONN
	}
	if h.parent != nil {
		return h.fail("listen", "", unix.EOPNOTSUPP)
	}
	if h.kind.secure() {
		// Load the certificate now, so that it is known before the first client comes.
		if _, err := h.tlsSetup(true); err != nil {
			return h.fail("listen", "", err)
		}
	}
	if err := h.control(func(fd int) error { return unix.Listen(fd, backlog) }); err != nil {
		return h.fail("listen", "", err)
	}
	h.mu.Lock()
	h.state = stateListening
	h.learnLocal()
	h.mu.Unlock()
	h.detail(Event{Type: EventListening})
	h.watchIfWanted()
	return nil
}
