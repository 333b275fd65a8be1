package sockets

import (
	"bytes"
	"context"
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Send writes all of p, as send(2). It waits for space in the send buffer as often as
// needed, until ctx ends. It returns the number of bytes sent, which is len(p) if the
// error is nil. On a handle that preserves message boundaries, p is one message.
func (h *Handle) Send(ctx context.Context, p []byte) (int, error) {
	if h.in.messages {
		return h.sendMessage(ctx, "send", p, Addr{})
	}
	if err := h.acquire(ctx, h.writeSem); err != nil {
		return 0, h.fail("send", "", err)
	}
	defer h.release(h.writeSem)
	d := &h.writes
	d.ready()
	d.order.table = h.table
	defer d.order.leave()
	d.p, d.n = p, 0
	try, secure := d.writeAll, h.tls.Load()
	if secure != nil {
		try = secure.writeAll
	}
	err := h.writable(ctx, try)
	sent := d.n
	d.p = nil
	h.counters.out.Add(int64(sent))
	if sent > 0 || len(p) == 0 {
		h.counters.outMsgs.Add(1)
		h.sent(p[:sent], h.peer, "")
	}
	if err != nil {
		if secure != nil && secure.unsent() {
			secure.flushLater()
		}
		e := h.fail("send", "", err)
		if e, ok := e.(*Error); ok {
			if e.Handle != "" && !errors.Is(err, unix.ENOTCONN) {
				e.Addr = h.PeerAddr().Raw()
			}
			e.Sent, e.Size = sent, len(p)
		}
		return sent, e
	}
	return sent, nil
}

// SendTo sends p as one datagram to an address, as sendto(2). An empty p is an
// empty datagram.
func (h *Handle) SendTo(ctx context.Context, address string, p []byte) (int, error) {
	to, err := h.destination(ctx, address)
	if err != nil {
		return 0, err
	}
	return h.sendMessage(ctx, "sendto", p, to)
}

// destination resolves the address of a datagram, and chooses the family of a handle that
// has none yet. Its error is an *Error of sendto.
func (h *Handle) destination(ctx context.Context, address string) (Addr, error) {
	if h.kind.secure() && h.kind.Datagram() && !h.Closed() {
		return Addr{}, h.fail("sendto", address, errOnePeer)
	}
	if !h.kind.Datagram() && !h.Closed() {
		// Some systems ignore the address, others refuse it (sendto(2)).
		err := unix.EISCONN
		if !h.Connected() {
			err = unix.ENOTCONN
		}
		return Addr{}, h.fail("sendto", address, err)
	}
	addrs, err := h.resolve(ctx, address, false)
	if err != nil {
		return Addr{}, h.fail("sendto", "", err)
	}
	if err := h.chooseFamily(addrs[0].family()); err != nil {
		return Addr{}, h.fail("sendto", address, err)
	}
	return addrs[0], nil
}

// sendMessage sends one message, through the handle's injected faults if it has any.
func (h *Handle) sendMessage(ctx context.Context, op string, p []byte, to Addr) (int, error) {
	if f := h.faults.Load(); f != nil {
		return f.send(ctx, h, op, p, to)
	}
	return h.transmit(ctx, op, p, to, "")
}

func (h *Handle) transmit(ctx context.Context, op string, p []byte, to Addr, fault string) (int, error) {
	if d := h.dtls.Load(); d != nil {
		return d.send(ctx, op, p)
	}
	s := h
	if h.parent != nil {
		if h.Closed() {
			return 0, h.fail(op, "", closedError{h.name})
		}
		h.moved.Store(time.Now().UnixNano())
		if s = h.parent; to.IsZero() {
			to = h.peer
		}
	}
	var sa unix.Sockaddr
	if !to.IsZero() {
		var err error
		if sa, err = to.sockaddr(); err != nil {
			return 0, h.fail(op, to.Raw(), err)
		}
	}
	if err := s.acquire(ctx, s.writeSem); err != nil {
		return 0, h.fail(op, to.Raw(), err)
	}
	defer s.release(s.writeSem)
	order := &s.writes.order
	order.table = h.table
	defer order.leave()
	err := s.writable(ctx, func(fd int) (err error) {
		order.enter()
		if sa == nil {
			err = unix.Send(fd, p, 0)
		} else {
			err = unix.Sendto(fd, p, 0, sa)
		}
		if err == unix.EAGAIN {
			order.leave() // it may be long
		}
		return err
	})
	if err != nil {
		addr := to
		if addr.IsZero() {
			addr = h.PeerAddr()
		}
		if icmp(err) && h.kind.Network() == "udp" {
			h.publish(Event{Type: EventICMP, Peer: addr, Err: err})
		}
		failed := h.fail(op, addr.Raw(), err)
		if e, ok := failed.(*Error); ok && errors.Is(err, unix.EMSGSIZE) {
			e.tooLong(h.kind, s.datagramFamily(addr))
		}
		return 0, failed
	}
	switch {
	case to.IsZero():
		to = h.PeerAddr()
	case h.parent == nil:
		h.boundBySend()
	}
	h.counters.out.Add(int64(len(p)))
	h.counters.outMsgs.Add(1)
	h.sent(p, to, fault)
	return len(p), nil
}

// boundBySend notes that the system has bound a datagram socket when it sent its first
// datagram.
func (h *Handle) boundBySend() {
	h.mu.Lock()
	first := h.state == stateNew && !h.kind.unix()
	if first {
		h.state = stateBound
		h.learnLocal()
	}
	h.mu.Unlock()
	if first {
		h.detail(Event{Type: EventBound})
		h.watchIfWanted()
	}
}

// SendSplit sends p as several datagrams of the maximum size, to an address or, if that
// is empty, to the peer. It returns the number of datagrams and of bytes sent, also with
// an error.
func (h *Handle) SendSplit(ctx context.Context, address string, p []byte) (datagrams, n int, err error) {
	op := "send"
	var to Addr
	if address != "" {
		op = "sendto"
		if to, err = h.destination(ctx, address); err != nil {
			return 0, 0, err
		}
	}
	peer := to
	if peer.IsZero() {
		peer = h.PeerAddr()
	}
	size := maxDatagram(h.kind, h.datagramFamily(peer))
	if size == 0 {
		return 0, 0, h.fail(op, "", errors.New("only datagrams can be split"))
	}
	for first := true; first || n < len(p); first = false {
		m, err := h.sendMessage(ctx, op, p[n:n+min(size, len(p)-n)], to)
		n += m
		if err != nil {
			if e, ok := err.(*Error); ok && n > 0 {
				e.Sent, e.Size = n, len(p)
			}
			return datagrams, n, err
		}
		datagrams++
	}
	return datagrams, n, nil
}

// datagramFamily returns the IP version that carries a datagram to an address: an IPv6
// socket reaches an IPv4 address by IPv4 (RFC 3493, 3.7).
func (h *Handle) datagramFamily(to Addr) int {
	if to.IP.Addr().Unmap().Is4() {
		return unix.AF_INET
	}
	if h.parent != nil {
		h = h.parent
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.family
}

// maxDatagram returns the maximum payload of one datagram in bytes: 65,535 less the
// headers of IPv4 and UDP, or of UDP only over IPv6 (RFC 768, RFC 791, RFC 8200); for
// unixgram, what the default send buffer takes. For streams it returns 0.
func maxDatagram(kind Kind, family int) int {
	switch {
	case kind.secure() && kind.Datagram():
		return maxDTLS
	case kind.Network() == "udp" && family == unix.AF_INET6:
		return 65535 - 8
	case kind.Network() == "udp":
		return 65535 - 20 - 8
	case kind.Messages():
		return 65536
	}
	return 0
}

// icmp reports whether err can be caused by an ICMP message on a datagram socket
// (ip(7)).
func icmp(err error) bool {
	for _, errno := range []syscall.Errno{unix.ECONNREFUSED, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.EHOSTDOWN, unix.EPROTO} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// passing reports whether a receive on a datagram socket returns err once, in place of a
// datagram: an ICMP error, or ECONNRESET because a unixgram peer has connected to another
// socket.
func passing(err error) bool { return icmp(err) || errors.Is(err, unix.ECONNRESET) }

// publishPassing publishes such an error.
func (h *Handle) publishPassing(peer Addr, err error) {
	typ := EventICMP
	switch {
	case !icmp(err):
		typ = EventReset
	case h.kind.unix():
		typ = EventError // a unix path has no ICMP
	}
	h.publish(Event{Type: typ, Peer: peer, Err: err})
}

// sent publishes sent data. Its bytes are copied only for subscribers, and for Wait once
// it has asked for such an event.
func (h *Handle) sent(p []byte, to Addr, fault string) {
	if !h.wants() {
		return
	}
	ev := Event{Type: EventSent, Peer: to, N: len(p), Fault: fault}
	if h.table.listening.Load() || h.keepSent.Load() {
		ev.Data = bytes.Clone(p)
	}
	h.publish(ev)
}
