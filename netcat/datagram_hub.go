package netcat

import (
	"container/list"
	"context"
	"errors"
	"net"
	"sync"

	"sosh/sockets"
)

// A datagramHub is a hub whose clients are addresses: whoever sends to one of its
// sockets becomes a client. The clients of a socket share it, so one goroutine per
// socket receives the datagrams of all of them.
type datagramHub struct {
	*hub
	s *server

	one   sync.Mutex // held while a sender is admitted
	known map[datagramPeer]*list.Element
	order list.List // of members, the longest silent one first
}

// A datagramPeer identifies a sender: a socket and the sender's address.
type datagramPeer struct {
	h    *sockets.Handle
	from sockets.Addr
}

// runDatagramHub serves every sender, on every socket.
func (s *server) runDatagramHub(ctx context.Context) error {
	b, ctx, err := s.n.newHub(ctx)
	if err != nil {
		return err
	}
	d := &datagramHub{hub: b, s: s, known: make(map[datagramPeer]*list.Element)}
	defer b.close()
	defer s.close()
	for _, h := range s.listeners {
		b.running.Go(func() { d.receiveFrom(ctx, h) })
	}
	return <-b.ended
}

// receiveFrom receives from one of the sockets, until it is closed.
func (d *datagramHub) receiveFrom(ctx context.Context, h *sockets.Handle) {
	for {
		a, err := h.RecvFrom(ctx, 65536)
		switch {
		case err == nil:
		case ctx.Err() != nil, errors.Is(err, net.ErrClosed):
			return
		case ofSent(err):
			continue
		default:
			d.end(err)
			return
		}
		d.one.Lock()
		m := d.admit(h, a.From)
		d.one.Unlock()
		if m != nil {
			d.came(ctx, m, a.Data)
		}
	}
}

// ofSent reports whether an error of a datagram socket concerns a datagram that was sent
// from it, to any peer.
func ofSent(err error) bool {
	switch sockets.Code(err) {
	case "ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "EPROTO":
		return true
	}
	return false
}

// admit returns the member for a sender, or nil if its datagram must be ignored. If
// nothing is ever sent to clients, the member need not join the hub. The caller holds
// d.one.
func (d *datagramHub) admit(h *sockets.Handle, from sockets.Addr) *member {
	o := d.n.opt
	key := datagramPeer{h, from}
	if e := d.known[key]; e != nil {
		m := e.Value.(*member)
		if o.idleTimeout == 0 || m.idle() < o.idleTimeout {
			d.order.MoveToBack(e)
			return m
		}
		d.forget(e)
	}
	if !d.s.access.admitsAddr(from) {
		d.s.tell(func() { d.n.dialect.accepted(from) })
		d.s.tell(d.n.dialect.refused)
		return nil
	}
	m := newMember(h, from)
	m.shared = true
	if o.unix && from.Path == "" {
		if o.broker {
			return nil // it can't be identified, and can't be answered
		}
		return m
	}
	d.mu.Lock()
	sink := !o.broker && (o.recvOnly || d.noInput)
	d.mu.Unlock()
	limit := o.most()
	if limit > 0 && sink && o.maxConns < 0 {
		d.s.tell(func() { d.n.dialect.accepted(from) })
		return m // nothing will ever be sent to it
	}
	if d.order.Len() >= limit {
		oldest := d.order.Front()
		// If clients only receive standard input, the longest silent one is replaced at
		// once; otherwise only one that has been silent for silentTime.
		if oldest == nil || (o.broker || o.maxConns >= 0) && oldest.Value.(*member).silent() < silentTime {
			d.s.tell(func() { d.n.dialect.accepted(from) })
			d.s.tell(func() { d.n.dialect.full(limit) })
			return nil
		}
		d.forget(oldest)
	}
	d.s.tell(func() { d.n.dialect.accepted(from) })
	d.known[key] = d.order.PushBack(m)
	d.announce(m, d.join(m))
	return m
}

// forget disconnects a member.
func (d *datagramHub) forget(e *list.Element) {
	m := d.order.Remove(e).(*member)
	delete(d.known, datagramPeer{m.h, m.peer})
	m.leave()
	d.part(m)
}
