package sockets

import (
	"context"
	"strings"

	"golang.org/x/sys/unix"
)

// Bind binds the handle to a local address, as bind(2). Port 0 takes a free
// port, which [Handle.LocalAddr] shows afterwards. A handle of kind tcp or udp
// takes the family of the address. A unix path is never unlinked first; it is
// removed when this handle is closed.
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
	if err := h.control(func(fd int) error { return unix.Bind(fd, sa) }); err != nil {
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

// resolve is resolve for this handle: once its family is settled, a host name
// means its addresses of that family.
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

// chooseFamily settles the address family of a handle of kind tcp or udp that is
// still new: the socket is made anew in that family, with the options set so
// far. On any other handle it does nothing; the system refuses the address.
func (h *Handle) chooseFamily(family int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.kind.open() || h.state != stateNew || h.family == family {
		return nil
	}
	return h.reopen(family)
}

// reopen replaces the descriptor by a new one of the family with the same
// options, bound as the old one was. The caller holds h.mu.
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

// Listen makes the handle take connections, as listen(2); backlog is how many
// may wait to be accepted, and the kernel's limit (SOMAXCONN) if negative.
func (h *Handle) Listen(backlog int) error {
	if backlog < 0 {
		backlog = unix.SOMAXCONN
	}
	if h.parent != nil {
		return h.fail("listen", "", unix.EOPNOTSUPP)
	}
	if h.kind.secure() {
		// Now, so that its certificate is known before the first client comes.
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
	h.watchIfWanted()
	return nil
}
