package sockets

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// hint returns the hint for the cause err of the operation op, given the state of the
// handle, or "".
func (h *Handle) hint(op string, err error) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	is := func(errno syscall.Errno) bool { return errors.Is(err, errno) }
	var secure *tlsconf.Error
	switch {
	case h.closed:
		return ""
	case errors.As(err, &secure):
		return secure.Hint
	case errors.Is(err, os.ErrDeadlineExceeded):
		return h.timeoutHint(op, err)
	case errors.Is(err, errPeersReceive) && len(h.peers) == 0:
		return "the first sender will be " + h.name + ".1"
	case errors.Is(err, errPeersReceive):
		return op + " " + h.firstPeer()
	case is(unix.EADDRINUSE) && h.kind.unix():
		return "the path exists, and bind does not replace it; remove it if nothing listens there"
	case is(unix.EADDRINUSE) && h.kind == Vsock:
		return "another socket has this port"
	case is(unix.EADDRINUSE) && op == "bind" && (h.kind.Datagram() || h.tried != nil && h.tried.ReuseAddr):
		return "another socket has this address; port 0 means any free port"
	case is(unix.EADDRINUSE) && op == "bind":
		return "another socket has this address; setopt " + h.name + " reuseaddr 1 before bind ignores old connections in TIME_WAIT"
	case is(unix.EISCONN) && h.state == stateListening:
		return h.name + " is a listener: connect needs another socket"
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
		return "this machine does not have that CID; use any, or local if the module vsock_loopback is loaded"
	case is(unix.ENODEV) && h.kind == Vsock:
		return "no vsock transport reaches that CID; connections within this machine need the module vsock_loopback"
	case is(unix.ECONNRESET) && h.kind == Vsock && op == "connect":
		return "nothing listens there"
	case is(unix.ENOENT) && h.kind.unix() && op != "bind":
		return "nothing is bound to that path"
	case is(unix.ENOENT) && h.kind.unix():
		return "the directory does not exist"
	case is(unix.EACCES) && h.kind.unix():
		return "the permissions of the path do not allow it"
	case is(unix.EPROTOTYPE) && h.kind.unix():
		return "a socket of another kind is bound to that path"
	case is(unix.EOPNOTSUPP) && h.parent != nil:
		return h.name + " is a peer of " + h.parent.name + " and shares its socket"
	case is(unix.EOPNOTSUPP) && (op == "listen" || op == "accept") && h.kind.Datagram():
		return "datagram sockets have no connections: after bind, receive"
	case is(unix.ENOTCONN) && op == "shutdown" && h.kind.Datagram():
		return "datagrams have no end that a peer is told: close " + h.name
	case (is(unix.EDESTADDRREQ) || is(unix.ENOTCONN)) && h.kind.Datagram() && h.kind.secure():
		return h.name + " has no peer: connect it, or use serve, which makes a handle for each client"
	case is(unix.EDESTADDRREQ), is(unix.ENOTCONN) && h.kind.Datagram():
		return h.name + " has no peer: connect it, or use sendto"
	case (is(unix.ENOTCONN) || is(unix.EPIPE) || is(unix.EINVAL) && strings.HasPrefix(op, "recv")) && h.state == stateListening:
		return h.listenerHint()
	case is(unix.EPIPE) && h.reset:
		return "the peer has reset the connection: dial again"
	case is(unix.EPIPE) && h.writeEnd:
		return "the writing side of " + h.name + " was shut down"
	case (is(unix.ENOTCONN) || is(unix.EPIPE)) && h.state != stateConnected:
		return h.name + " is " + h.stateLocked() + ": connect it first"
	case is(unix.EPIPE):
		return "the peer has closed the connection: recv returns what it sent before; dial again to send more"
	case is(unix.ECONNREFUSED) && h.kind.Network() == "udp":
		return "an ICMP error came back: no socket is bound to that port"
	case is(unix.ECONNREFUSED):
		return "nothing listens there"
	case errors.Is(err, errNotSecure):
		return "TLS options apply only to kinds tls and dtls, and to starttls"
	case errors.Is(err, errTLSAlready), errors.Is(err, errNoHalves), errors.Is(err, errOnePeer):
		return ""
	case is(unix.ECONNRESET) && h.kind.secure() && h.state != stateConnected:
		return "the peer ended the connection during the TLS handshake"
	case is(unix.EOPNOTSUPP) && op == "starttls":
		return "TLS needs a stream: a connected tcp or unix handle"
	case is(unix.EACCES):
		return "ports below 1024 and some options need privileges"
	case is(unix.EAFNOSUPPORT):
		return h.name + " is " + string(h.kind) + ", and the address is of another family"
	}
	return ""
}

// listenerHint says which handles to use in place of a listener. The caller holds h.mu.
func (h *Handle) listenerHint() string {
	if h.running == nil || !h.running.serving {
		return h.name + " is a listener: accept returns the connection to use"
	}
	for _, c := range h.table.Handles() {
		if c.from == h.name {
			return h.name + " is a listener: use a client of it, such as " + c.name
		}
	}
	return h.name + " is a listener: its first client will be " + h.name + ".1"
}

// timeoutHint returns the hint for an operation that has timed out, or "". The caller
// holds h.mu.
func (h *Handle) timeoutHint(op string, err error) string {
	var handshake *handshakeError
	var timeout timeoutError
	switch {
	case errors.As(err, &timeout) && timeout.of != "": // of the whole test
		return ""
	case op == "connect" && h.kind.unix():
		return "the listener's queue is full"
	case errors.As(err, &handshake):
		return "there was no answer to the TLS handshake; does the peer speak TLS?"
	case op == "connect":
		return "no answer: the host is down, a firewall drops the packets, or the listener's queue is full"
	case op == "accept":
		return "no client has connected in that time"
	case strings.HasPrefix(op, "send"):
		return "the peer does not read, and the buffers are full"
	case op == "wait" || !strings.HasPrefix(op, "recv") && op != "expect":
		return ""
	case h.state == stateListening:
		return h.listenerHint()
	}
	h.in.mu.Lock()
	unread := h.in.unread()
	h.in.mu.Unlock()
	if unread > 0 && op != "recv" {
		return "recv " + h.name + " gives what has arrived"
	}
	if h.counters.in.Load() > 0 {
		return "nothing more has arrived; the peer may be waiting for data"
	}
	return "nothing has arrived; the peer may be waiting for data"
}

// attempt returns what the call of op has tried.
func (h *Handle) attempt(op string) *Attempt {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := Attempt{Target: h.peer}
	switch {
	case h.tried != nil:
		a, h.tried = *h.tried, nil
	case op == "listen":
		a.Target = h.local
	}
	a.Kind = h.kind
	return &a
}

// tooLong adds to the error of a message that was too long how long it may be.
func (e *Error) tooLong(kind Kind, family int) {
	e.Hint = sizeHint(kind, family)
	if kind.Network() == "udp" {
		e.MaxDatagram = maxDatagram(kind, family)
	}
}

func sizeHint(kind Kind, family int) string {
	n := maxDatagram(kind, family)
	switch {
	case n == 0:
		return ""
	case kind.secure():
		return fmt.Sprintf("a datagram carries at most %d bytes here under DTLS", n)
	case kind.unix():
		return "a message must fit the send buffer: setopt sndbuf"
	case family == unix.AF_INET6:
		return fmt.Sprintf("a datagram carries at most %d bytes over IPv6", n)
	}
	return fmt.Sprintf("a datagram carries at most %d bytes over IPv4", n)
}

// firstPeer returns the name of the first live peer of a served socket, which has at
// least one. The caller holds h.mu.
func (h *Handle) firstPeer() string {
	var first string
	for _, c := range h.peers {
		if n := c.name; first == "" || len(n) < len(first) || len(n) == len(first) && n < first {
			first = n
		}
	}
	return first
}
