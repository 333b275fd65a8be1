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

// handshakeTime is the time limit of a client's TLS handshake.
const handshakeTime = 10 * time.Second

// A server accepts clients, and passes on those that may be served, one by one, when they
// are ready. It has a goroutine for each listener and one for each handshake; all have ended
// when close returns.
type server struct {
	n              *netcat
	access         *access
	listeners      []*sockets.Handle
	clients        chan *sockets.Handle
	failed         chan error     // ends the run; nil means success
	single         bool           // only the first admitted client is served
	slots          *slots         // nil: any number of clients
	peerMessages   messageLimiter // limits messages about peers
	acceptMessages messageLimiter // limits messages about failed accepts

	closing sync.Once
	ended   chan struct{}      // closed by close
	stop    context.CancelFunc // cancels the handshakes
	working sync.WaitGroup

	mu    sync.Mutex
	taken bool // the single client was admitted
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

// most returns the maximum number of concurrent clients.
func (o *options) most() int {
	if o.maxConns < 0 {
		return 100
	}
	return o.maxConns
}

// close closes the listeners, and waits until all goroutines have ended.
func (s *server) close() {
	s.closing.Do(func() {
		close(s.ended)
		s.stop()
		s.closeListeners()
		s.working.Wait()
		s.n.reserve.close()
	})
}

func (s *server) closeListeners() {
	for _, h := range s.listeners {
		h.Close()
	}
}

// keepAlive turns on TCP keepalive, so that a client that vanished without a FIN does not
// keep its slot for ever. The system notices it after two minutes.
func (s *server) keepAlive(c *sockets.Handle) {
	if s.slots == nil || c.Network() != "tcp" {
		return
	}
	for _, o := range [][2]string{{"keepidle", "60"}, {"keepintvl", "15"}, {"keepcnt", "4"}, {"keepalive", "1"}} {
		c.SetOption(o[0], o[1]) // a system may lack an option
	}
}

// fail ends the run; with success if err is nil.
func (s *server) fail(err error) {
	select {
	case s.failed <- err:
	default: // it has ended already
	}
}

// hand passes a client on, or closes it if the server is closed.
func (s *server) hand(c *sockets.Handle) {
	s.keepAlive(c)
	select {
	case s.clients <- c:
	case <-s.ended:
		c.Close()
	}
}

// accept starts a goroutine for each listener, which passes its clients on.
func (s *server) accept(ctx context.Context) {
	ctx, s.stop = context.WithCancel(ctx)
	if s.n.opt.runsCommand() {
		s.n.reserve.open()
	}
	for _, h := range s.listeners {
		s.working.Go(func() { s.acceptFrom(ctx, h) })
	}
}

// starvedPause is the interval between retries of a call that waits for free descriptors.
const starvedPause = 20 * time.Millisecond

func (s *server) acceptFrom(ctx context.Context, h *sockets.Handle) {
	const firstPause, lastPause = 5 * time.Millisecond, time.Second
	pause := firstPause
	for {
		for !s.n.reserve.full() && ctx.Err() == nil {
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
			// The connection stays on the queue, so trying again at once would spin.
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
			// A client that sends nothing must not delay the others.
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

// admit reports whether a new peer may be served. It is called before the handshake, whose
// cost must not be open to everybody. An admitted peer has a slot.
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

// tell prints a message about a peer with -v, but limits the rate, since an attacker can
// cause any number of them.
func (s *server) tell(line func()) {
	if s.n.opt.verbose > 0 && s.peerMessages.admits() {
		line()
	}
}

// release releases the slot of a client that has ended; c is nil if the client was admitted
// but never made.
func (s *server) release(c *sockets.Handle) { s.slots.release(c) }

// handshake runs the TLS handshake of an arrival, which then becomes a client.
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
		s.fail(&failure{status: 1}) // the only connection has failed
	}
}

// next returns the next client to serve; nil without an error means the end of the run.
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

// run serves clients: a single one, or with -k, depending on the dialect, one after the other
// or all at once.
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

// transient reports whether an error of accept does not concern the listener itself.
func transient(err error) bool {
	switch sockets.Code(err) {
	case "ECONNABORTED", "EPROTO", "EPERM":
		return true
	}
	return errors.Is(err, context.DeadlineExceeded)
}
