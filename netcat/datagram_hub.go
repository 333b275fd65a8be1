package netcat

import (
	"container/list"
	"context"
	"errors"
	"net"
	"sync"

	"sosh/sockets"
)

// A datagramHub is a hub whose clients are addresses: who sends to one of its
// sockets is in. Nothing is kept for a client but its address, so the datagrams
// of all are received one after the other.
type datagramHub struct {
	*hub
	s *server

	one   sync.Mutex // held while a sender is admitted
	known map[datagramPeer]*list.Element
	order list.List // of members, the one that was heard longest ago first
}

// A datagramPeer is a sender as one of the sockets knows it.
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

// receiveFrom takes what comes to one of the sockets, until it is closed.
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

// ofSent reports whether an error of a datagram socket is one about what was
// sent from it, to any peer.
func ofSent(err error) bool {
	switch sockets.Code(err) {
	case "ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "EPROTO":
		return true
	}
	return false
}

// admit returns the member that a sender is, or nil if its datagram is not to be
// had. Where all that counts is what comes, it need not be one of the hub. The
// caller holds d.one.
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
			return nil // nobody could tell who it is, nor answer it
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
		// Who is only there to hear standard input gives way at once, since
		// everybody may be heard; else a place is lost by silence.
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

// forget has a member leave.
func (d *datagramHub) forget(e *list.Element) {
	m := d.order.Remove(e).(*member)
	delete(d.known, datagramPeer{m.h, m.peer})
	m.leave()
	d.part(m)
}
