package netcat

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"

	"sosh/sockets"
)

// listen is the server.
func (n *netcat) listen(ctx context.Context) error {
	access, err := newAccess(n)
	if err != nil {
		return err
	}
	listeners, err := n.listeners(ctx)
	if err != nil {
		return err
	}
	for _, h := range listeners {
		n.voice.listening(h)
	}
	if err := n.writePort(listeners[0]); err != nil {
		return err
	}
	if n.opt.test {
		n.say("NCAT TEST: LISTEN")
	}
	s := newServer(n, access, listeners)
	defer s.close()
	return s.run(ctx)
}

// listeners makes the sockets that are listened on: of ncat one for each family
// where no address is given.
func (n *netcat) listeners(ctx context.Context) ([]*sockets.Handle, error) {
	o := n.opt
	if o.unix {
		n.voice.unlinkStale(o.host)
		h, err := n.listener(ctx, target{kind: o.kindOf(netip.Addr{}), host: o.host})
		if err != nil {
			return nil, err
		}
		return []*sockets.Handle{h}, nil
	}
	if o.vsock {
		h, err := n.listener(ctx, vsockTarget(o.host, o.ports[0]))
		if err != nil {
			return nil, err
		}
		return []*sockets.Handle{h}, nil
	}
	num, err := o.portNumber(o.ports[0])
	if o.ports[0] != "0" && err != nil {
		return nil, n.badLocalPort(o.ports[0], err)
	}
	hosts := []string{o.host}
	if o.host == "" {
		hosts = n.voice.anyHosts()
	}
	var list []*sockets.Handle
	for i, host := range hosts {
		ips, err := n.resolve(ctx, host)
		if err != nil {
			return nil, n.voice.unresolved(host, "", err)
		}
		h, err := n.listener(ctx, target{kind: o.kindOf(ips[0]), host: o.host, ip: ips[0].String(), num: num})
		if err != nil && i == 0 && len(hosts) > 1 && errors.Is(err, errNoFamily) {
			continue // a machine without IPv6
		}
		if err != nil {
			return nil, err
		}
		if num == 0 && len(hosts) > 1 {
			num = int(h.LocalAddr().Port()) // the same for the other family
		}
		list = append(list, h)
	}
	return list, nil
}

// errNoFamily is the cause where the system has no sockets of a family.
var errNoFamily = errors.New("address family not supported")

func (n *netcat) listener(ctx context.Context, a target) (*sockets.Handle, error) {
	h, err := n.socket(ctx, a.kind)
	var f *failure
	if errors.As(err, &f) {
		return nil, err
	}
	if err != nil {
		return nil, errors.Join(errNoFamily, err)
	}
	h.SetOption("reuseaddr", "1") // for what it is worth: bind tells
	if isSix(a.kind) {
		h.SetOption("v6only", "1")
	}
	n.voice.shareAddress(h)
	if err := n.bind(ctx, h, a.address()); err != nil {
		h.Close()
		return nil, n.voice.bindFailed(a.shown(), err)
	}
	if !h.Kind().Datagram() {
		backlog := 1
		if n.opt.keepOpen || n.opt.broker || n.opt.proxyType != "" {
			backlog = -1
		}
		if err := h.Listen(backlog); err != nil {
			h.Close()
			return nil, n.voice.bindFailed(a.shown(), err)
		}
	}
	return h, nil
}

// shown is the address as messages have it.
func (a target) shown() string {
	if a.ip == "" {
		return a.host
	}
	return fmt.Sprintf("%s:%d", a.ip, a.num)
}

// A server accepts clients and has a session for each.
type server struct {
	n         *netcat
	access    *access
	listeners []*sockets.Handle
	clients   chan *sockets.Handle
	failed    chan error
	closing   sync.Once
	ended     chan struct{} // closed by close
	accepting sync.WaitGroup
}

func newServer(n *netcat, a *access, listeners []*sockets.Handle) *server {
	return &server{n: n, access: a, listeners: listeners,
		clients: make(chan *sockets.Handle), failed: make(chan error, len(listeners)), ended: make(chan struct{})}
}

// close closes the listeners, and waits until nobody accepts any more.
func (s *server) close() {
	s.closing.Do(func() {
		close(s.ended)
		for _, h := range s.listeners {
			h.Close()
		}
		s.accepting.Wait()
	})
}

// accept has a goroutine for each listener hand over its clients.
func (s *server) accept(ctx context.Context) {
	for _, h := range s.listeners {
		s.accepting.Go(func() {
			for {
				c, err := h.Accept(ctx, "")
				switch {
				case errors.Is(err, net.ErrClosed):
					return
				case err != nil && s.n.opt.keepOpen && transient(err):
					s.n.voice.status(s.n.voice.sessionEnded(nil, err))
					continue
				case err != nil:
					s.failed <- err
					return
				}
				select {
				case s.clients <- c:
				case <-s.ended:
					c.Close()
					return
				}
			}
		})
	}
}

// acceptSecure is accept where each client has a handshake first, which one that
// says nothing must not hold up for the others.
func (s *server) acceptSecure() error {
	s.n.table.Subscribe(func(ev sockets.Event) {
		if t := tlsFailure(ev.Err); t != nil && slices.Contains(s.listeners, ev.Handle) {
			s.n.voice.handshakeFailed(ev.Peer, t)
		}
	}, sockets.EventError)
	return s.serveListeners()
}

// serveListeners has the handles themselves accept every client.
func (s *server) serveListeners() error {
	for _, h := range s.listeners {
		err := h.Serve(func(c *sockets.Handle) {
			select {
			case s.clients <- c:
			case <-s.ended:
				c.Close()
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// next returns the next client that may be served.
func (s *server) next(ctx context.Context) (*sockets.Handle, error) {
	for {
		select {
		case c := <-s.clients:
			s.n.voice.accepted(c)
			if !s.access.admits(c) {
				s.n.voice.refused(c)
				c.Close()
				continue
			}
			if s.n.opt.tls && s.n.opt.unix {
				if err := s.n.startTLS(ctx, c); err != nil {
					s.n.voice.handshakeFailed(c.PeerAddr(), tlsFailure(err))
					c.Close()
					continue
				}
			}
			return c, nil
		case err := <-s.failed:
			return nil, err
		}
	}
}

// run serves clients: one, or with -k one after the other, or all at once,
// as the dialect has it.
func (s *server) run(ctx context.Context) error {
	o := s.n.opt
	switch {
	case o.tls && !o.unix:
		if err := s.acceptSecure(); err != nil {
			return err
		}
	case s.listeners[0].Kind().Datagram():
		return s.runDatagrams(ctx)
	default:
		s.accept(ctx)
	}
	if o.broker || o.proxyType != "" || o.keepOpen && s.n.voice.concurrent() {
		return s.runAll(ctx)
	}
	for {
		c, err := s.next(ctx)
		if err != nil {
			return err
		}
		if !o.keepOpen && s.n.voice.concurrent() && !c.Kind().Datagram() {
			s.close()
		}
		err = s.n.serve(ctx, c)
		c.Close()
		if !o.keepOpen {
			return err
		}
		s.n.voice.status(err)
	}
}
