package netcat

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"sosh/sockets"
	"sosh/sockets/tlsconf"
)

// handshakeTime is how long a client may take for its TLS handshake.
const handshakeTime = 10 * time.Second

// A server accepts clients, and hands over those that may be served, one by one
// as they are ready. It has a goroutine for each listener and one for each
// handshake, which end when close returns.
type server struct {
	n              *netcat
	access         *access
	listeners      []*sockets.Handle
	clients        chan *sockets.Handle
	failed         chan error     // what ends the run; nil is its good end
	single         bool           // the first client that is admitted is the only one
	slots          *slots         // nil: any number of clients
	peerMessages   messageLimiter // of messages about peers
	acceptMessages messageLimiter // of failures to accept

	closing sync.Once
	ended   chan struct{}      // closed by close
	stop    context.CancelFunc // of the handshakes
	working sync.WaitGroup

	mu    sync.Mutex
	taken bool // the single client has come
}

func newServer(n *netcat, a *access, listeners []*sockets.Handle) *server {
	s := &server{
		n: n, access: a, listeners: listeners,
		clients: make(chan *sockets.Handle), failed: make(chan error, len(listeners)+1), ended: make(chan struct{}),
		stop: func() {},
	}
	s.peerMessages = messageLimiter{burst: 100, every: 100 * time.Millisecond, say: func(left int) {
		n.say("%s: %d more lines about connections were left out.", n.dialect.prefix, left)
	}}
	s.acceptMessages = messageLimiter{burst: 1, every: time.Second}
	all := n.opt.broker || n.opt.proxyType != "" || n.opt.keepOpen && n.dialect.concurrent
	s.single = !n.opt.keepOpen && !all
	if all || n.opt.keepOpen && n.opt.runsCommand() {
		s.slots = newSlots(n.opt.most())
	}
	return s
}

// most is how many clients there may be at once.
func (o *options) most() int {
	if o.maxConns < 0 {
		return 100
	}
	return o.maxConns
}

// close closes the listeners, and waits until nobody accepts any more.
func (s *server) close() {
	s.closing.Do(func() {
		close(s.ended)
		s.stop()
		s.closeListeners()
		s.working.Wait()
	})
}

func (s *server) closeListeners() {
	for _, h := range s.listeners {
		h.Close()
	}
}

// keepAlive has the system find out when a client of many has vanished: without a
// FIN it would keep its slot for ever. It takes two minutes.
func (s *server) keepAlive(c *sockets.Handle) {
	if s.slots == nil || c.Network() != "tcp" {
		return
	}
	for _, o := range [][2]string{{"keepidle", "60"}, {"keepintvl", "15"}, {"keepcnt", "4"}, {"keepalive", "1"}} {
		c.SetOption(o[0], o[1]) // what a system does not have it does without
	}
}

// fail ends the run, for good if err is nil.
func (s *server) fail(err error) {
	select {
	case s.failed <- err:
	default: // it has ended already
	}
}

// hand hands over a client, or closes it when the server is.
func (s *server) hand(c *sockets.Handle) {
	s.keepAlive(c)
	select {
	case s.clients <- c:
	case <-s.ended:
		c.Close()
	}
}

// accept has a goroutine for each listener hand over its clients.
func (s *server) accept(ctx context.Context) {
	ctx, s.stop = context.WithCancel(ctx)
	for _, h := range s.listeners {
		s.working.Go(func() { s.acceptFrom(ctx, h) })
	}
}

// starvedPause is how often those who wait for descriptors look again.
const starvedPause = 20 * time.Millisecond

func (s *server) acceptFrom(ctx context.Context, h *sockets.Handle) {
	const firstPause, lastPause = 5 * time.Millisecond, time.Second
	pause := firstPause
	for {
		for s.n.starved.Load() > 0 && ctx.Err() == nil {
			time.Sleep(starvedPause)
		}
		a, err := h.AcceptArrival(ctx)
		switch {
		case errors.Is(err, net.ErrClosed), ctx.Err() != nil:
			if err == nil {
				a.Refuse()
			}
			return
		case exhausted(err):
			// The connection stays in the queue, so to ask at once would spin.
			if s.acceptMessages.admits() {
				s.n.dialect.status(s.n.dialect.sessionEnded(nil, err))
			}
			select {
			case <-time.After(pause):
			case <-s.ended:
			}
			pause = min(2*pause, lastPause)
			continue
		case err != nil && transient(err):
			continue
		case err != nil:
			s.fail(err)
			return
		}
		pause = firstPause
		if !s.admit(a.Peer()) {
			a.Refuse()
			continue
		}
		if s.n.opt.tls {
			// One that says nothing must not hold up the others.
			s.working.Go(func() { s.handshake(ctx, a) })
		} else if c, err := a.Register(ctx); err == nil {
			s.hand(c)
		} else {
			s.release(nil)
		}
		if s.single {
			return
		}
	}
}

// admit reports whether a peer that has just come may be served: before its
// handshake, which is work that not everybody may have us do. Whoever is
// admitted has a slot.
func (s *server) admit(peer sockets.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken {
		return false
	}
	s.tell(func() { s.n.dialect.accepted(peer) })
	if !s.access.admitsAddr(peer) {
		s.tell(s.n.dialect.refused)
		return false
	}
	if s.single && s.n.opt.maxConns == 0 {
		s.taken = true
		s.fail(nil)
		return false
	}
	if !s.slots.take() {
		s.tell(func() { s.n.dialect.full(s.n.opt.most()) })
		return false
	}
	if s.single {
		s.taken = true
		if s.n.dialect.concurrent {
			s.closeListeners()
		}
	}
	return true
}

// tell says a line about a peer, if -v wants any, but no more of them than
// somebody could read: a peer costs nothing.
func (s *server) tell(line func()) {
	if s.n.opt.verbose > 0 && s.peerMessages.admits() {
		line()
	}
}

// release gives back the slot of a client that is gone; nil is one that was
// admitted and did not come to be.
func (s *server) release(c *sockets.Handle) { s.slots.release(c) }

// handshake makes a client of an arrival that speaks TLS.
func (s *server) handshake(ctx context.Context, a *sockets.Arrival) {
	limited, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	c, err := a.Register(limited)
	if err == nil && s.n.opt.unix {
		if err = c.StartTLSAs(limited, s.n.identity); err != nil {
			c.Close()
		}
	}
	if err == nil {
		s.hand(c)
		return
	}
	s.release(nil)
	if ctx.Err() != nil {
		return
	}
	why := tlsFailure(err)
	if why == nil {
		why = &tlsconf.Error{Reason: sockets.CauseText(err), Err: err}
	}
	s.tell(func() { s.n.dialect.handshakeFailed(a.Peer(), why) })
	if s.single {
		s.fail(&failure{status: 1}) // one connection, and that was it
	}
}

// next returns the next client that may be served; nil without an error is the
// end of the run.
func (s *server) next(ctx context.Context) (*sockets.Handle, error) {
	select {
	case c := <-s.clients:
		return c, nil
	case err := <-s.failed:
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// run serves clients: one, or with -k one after the other, or all at once,
// as the dialect has it.
func (s *server) run(ctx context.Context) error {
	if s.listeners[0].Kind().Datagram() {
		return s.runDatagrams(ctx)
	}
	s.accept(ctx)
	if s.slots != nil && s.n.dialect.concurrent {
		return s.runAll(ctx)
	}
	return s.runInTurn(ctx)
}

// runInTurn serves one client after the other, or a single one.
func (s *server) runInTurn(ctx context.Context) error {
	for {
		c, err := s.next(ctx)
		if c == nil {
			return err
		}
		err = s.n.serve(ctx, c)
		c.Close()
		if s.single {
			return err
		}
		s.release(c)
		s.n.dialect.status(err)
	}
}

// transient reports whether an error of accept says nothing of the listener.
func transient(err error) bool {
	switch sockets.Code(err) {
	case "ECONNABORTED", "EPROTO", "EPERM":
		return true
	}
	return errors.Is(err, context.DeadlineExceeded)
}
