package sockets

import (
	"context"
	"errors"
	"strings"
	"syscall"

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

// hint is the sentence that goes with a cause, in the state the handle is in,
// or "".
func (h *Handle) hint(op string, err error) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	is := func(errno syscall.Errno) bool { return errors.Is(err, errno) }
	var secure *TLSError
	switch {
	case h.closed:
		return ""
	case errors.As(err, &secure):
		return secure.Hint
	case errors.Is(err, ErrPlaintext):
		return "recv gives it; keep=true takes it for what came before TLS"
	case errors.Is(err, errPeersReceive) && len(h.peers) == 0:
		return "the first sender will be " + h.name + ".1"
	case errors.Is(err, errPeersReceive):
		return op + " " + h.firstPeer()
	case is(unix.EADDRINUSE) && h.kind.unix():
		return "the path exists; if nothing listens on it, remove it: bind never does"
	case is(unix.EADDRINUSE) && h.kind == Vsock:
		return "another socket has this port"
	case is(unix.EADDRINUSE) && op == "bind":
		return "another socket has this address; setopt " + h.name + " reuseaddr 1 before bind passes over connections that have only lingered on"
	case is(unix.EISCONN) && h.state == stateListening:
		return h.name + " is a listener: a connection needs a socket of its own"
	case is(unix.EISCONN) && op == "sendto":
		return h.name + " is connected: send needs no address"
	case is(unix.EISCONN), is(unix.EINVAL) && (op == "listen" || op == "bind") && h.state == stateConnected:
		if h.peer.IsZero() {
			return ""
		}
		return h.name + " is connected to " + h.peer.String()
	case is(unix.EINVAL) && op == "bind" && h.state != stateNew:
		return h.name + " is bound to " + h.local.String() + " already"
	case is(unix.EINVAL) && (op == "accept" || op == "serve"):
		return h.name + " is " + h.stateLocked() + "; " + op + " needs a listener: bind, then listen"
	case is(unix.EINVAL) && op == "listen" && h.state == stateNew:
		return h.name + " has no address: bind it first"
	case is(unix.EADDRNOTAVAIL) && h.kind == Vsock && op == "bind":
		return "that CID is not this machine's; any always is, and local with the module vsock_loopback"
	case is(unix.ENODEV) && h.kind == Vsock:
		return "no vsock transport goes there; to this machine itself it takes the module vsock_loopback"
	case is(unix.ECONNRESET) && h.kind == Vsock && op == "connect":
		return "nothing listens there"
	case is(unix.EADDRNOTAVAIL) && op == "bind":
		return "that is not an address of this machine"
	case is(unix.EADDRNOTAVAIL) && op == "connect":
		return "no local port is free for that address"
	case is(unix.ENOENT) && h.kind.unix() && op != "bind":
		return "nothing is bound to that path"
	case is(unix.ENOENT) && h.kind.unix():
		return "the directory does not exist"
	case is(unix.EACCES) && h.kind.unix():
		return "the path's permissions refuse it"
	case is(unix.EPROTOTYPE) && h.kind.unix():
		return "a socket of another kind is bound to that path"
	case is(unix.EOPNOTSUPP) && h.parent != nil:
		return h.name + " is one peer of " + h.parent.name + ", whose socket it shares"
	case is(unix.EOPNOTSUPP) && (op == "listen" || op == "accept") && h.kind.Datagram():
		return "datagram sockets take no connections: bind is enough to receive"
	case (is(unix.EDESTADDRREQ) || is(unix.ENOTCONN)) && h.kind.Datagram() && h.kind.secure():
		return h.name + " has no peer: connect it first, or serve it, and its clients are handles"
	case is(unix.EDESTADDRREQ), is(unix.ENOTCONN) && h.kind.Datagram():
		return h.name + " has no peer: sendto names one for each datagram, connect one for all"
	case (is(unix.ENOTCONN) || is(unix.EPIPE)) && h.state == stateListening:
		return h.name + " is a listener: accept gives the connection to talk to"
	case is(unix.EPIPE) && h.reset:
		return "the peer has reset the connection"
	case is(unix.EPIPE) && h.writeEnd:
		return "the writing side of " + h.name + " was shut down"
	case (is(unix.ENOTCONN) || is(unix.EPIPE)) && h.state != stateConnected:
		return h.name + " is " + h.stateLocked() + ": connect it first"
	case is(unix.EPIPE):
		return "the peer has closed the connection"
	case is(unix.ECONNREFUSED) && h.kind.Network() == "udp":
		return "an ICMP error came back: no socket is bound to that port"
	case is(unix.ECONNREFUSED):
		return "nothing listens there"
	case errors.Is(err, errNotSecure):
		return "the options of TLS are for kinds tls and dtls, and for starttls"
	case errors.Is(err, errTLSAlready), errors.Is(err, errNoHalves), errors.Is(err, errOnePeer):
		return ""
	case is(unix.ECONNRESET) && h.kind.secure() && h.state != stateConnected:
		return "it broke the connection off in the TLS handshake"
	case is(unix.EOPNOTSUPP) && op == "starttls":
		return "TLS needs a stream: a connected tcp or unix handle"
	case is(unix.EAFNOSUPPORT):
		return h.name + " is " + string(h.kind) + ", and the address is of another family"
	case is(unix.EMSGSIZE):
		return sizeHint(h.kind, h.family)
	}
	return errnoHint(err)
}

// errnoHint is the hint that needs no handle.
func errnoHint(err error) string {
	switch {
	case errors.Is(err, unix.EMFILE):
		return "the process has as many descriptors as ulimit -n allows"
	case errors.Is(err, unix.EACCES):
		return "ports below 1024 and some options need privileges"
	}
	return ""
}
