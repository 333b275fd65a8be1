package netcat

import (
	"context"
	"slices"
	"sync"

	"sosh/sockets"
)

// runDatagrams serves a datagram socket: only its first sender, to which the socket is
// connected; with -k, every sender.
func (s *server) runDatagrams(ctx context.Context) error {
	o := s.n.opt
	switch secure := o.tls && !o.unix; {
	case secure || s.slots != nil && o.runsCommand():
		if err := s.servePeers(); err != nil {
			return err
		}
		if s.single {
			return s.runInTurn(ctx)
		}
		return s.runAll(ctx)
	case s.slots != nil:
		return s.runDatagramHub(ctx)
	case o.keepOpen:
		return s.runAnyone(ctx)
	}
	h, m, err := s.firstDatagram(ctx)
	if err != nil || o.maxConns == 0 {
		return err
	}
	if o.unix && m.From.Path == "" {
		o.recvOnly = true // the client has no path, so it can't be answered
	} else if err := h.Connect(ctx, m.From.Raw()); err != nil {
		return err
	}
	s.n.dialect.accepted(m.From)
	if !o.runsCommand() {
		return s.n.serveFrom(ctx, h, m.Data)
	}
	return s.n.serveCommand(ctx, h, m.Data)
}

// firstDatagram waits for the first datagram from an allowed sender, on any of the
// listeners, and closes the other listeners.
func (s *server) firstDatagram(ctx context.Context) (*sockets.Handle, sockets.Message, error) {
	type arrival struct {
		h   *sockets.Handle
		m   sockets.Message
		err error
	}
	ctx, cancel := context.WithCancel(ctx)
	arrivals := make(chan arrival)
	var waiting sync.WaitGroup
	for _, h := range s.listeners {
		waiting.Go(func() {
			for {
				m, err := h.RecvFrom(ctx, 65536)
				if err == nil && !s.access.admitsAddr(m.From) {
					continue
				}
				select {
				case arrivals <- arrival{h, m, err}:
				case <-ctx.Done():
				}
				return
			}
		})
	}
	a := <-arrivals
	cancel()
	waiting.Wait()
	for _, h := range s.listeners {
		if h != a.h {
			h.Close()
		}
	}
	return a.h, a.m, a.err
}

// runAnyone receives from every sender, and sends standard input to the latest sender.
func (s *server) runAnyone(ctx context.Context) error {
	in, err := standardInput()
	if err != nil {
		return err
	}
	defer in.close()
	out, err := standardOutput()
	if err != nil {
		return err
	}
	defer out.close()
	ses := &session{n: s.n, h: s.listeners[0], in: in, out: out, access: s.access, first: make(chan struct{})}
	return s.n.dialect.sessionEnded(ses, ses.run(ctx))
}

// peerInbox is the maximum size of one sender's inbox, in bytes.
const peerInbox = 256 << 10

// servePeers makes each sender to the sockets a client.
func (s *server) servePeers() error {
	if s.slots != nil {
		s.working.Go(func() { s.slots.watch(s.ended) })
	}
	if s.n.opt.tls && s.n.opt.verbose > 0 {
		s.n.table.Subscribe(func(ev sockets.Event) {
			if t := tlsFailure(ev.Err); t != nil && slices.Contains(s.listeners, ev.Handle) {
				s.tell(func() { s.n.dialect.handshakeFailed(ev.Peer, t) })
			}
		}, sockets.EventError)
	}
	for _, h := range s.listeners {
		h.SetInbox(peerInbox)
		h.Admit(s.admitSender)
		if err := h.Serve(s.servePeer); err != nil {
			return err
		}
	}
	return nil
}

// admitSender reports whether a sender of datagrams may become a client.
func (s *server) admitSender(from sockets.Addr) bool {
	s.mu.Lock()
	taken := s.taken
	s.mu.Unlock()
	switch {
	case taken:
		return false
	case !s.access.admitsAddr(from):
		s.tell(func() { s.n.dialect.accepted(from) })
		s.tell(s.n.dialect.refused)
		return false
	case s.single && s.n.opt.maxConns == 0:
		s.fail(nil)
		return false
	case !s.slots.open():
		s.tell(func() { s.n.dialect.accepted(from) })
		s.tell(func() { s.n.dialect.full(s.n.opt.most()) })
		return false
	}
	return true
}

// servePeer starts serving a datagram client, if there is a free slot.
func (s *server) servePeer(c *sockets.Handle) {
	s.mu.Lock()
	ok := !s.taken && s.slots.takeFor(c, s.n.opt.tls)
	s.taken = s.taken || s.single
	s.mu.Unlock()
	if !ok {
		c.Close()
		return
	}
	s.tell(func() { s.n.dialect.accepted(c.PeerAddr()) })
	s.hand(c)
}
