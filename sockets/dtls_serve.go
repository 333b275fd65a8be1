package sockets

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"

	"sosh/sockets/dtlscookie"
	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// maxHandshakes is the maximum number of concurrent handshakes of a served DTLS socket. One
// more replaces another: the oldest of the host with the most handshakes.
const maxHandshakes = 256

// connectDTLS runs the client's handshake on a connected datagram handle. From now on, only
// its dtlsConn reads the socket.
func (h *Handle) connectDTLS(ctx context.Context, setup *tlsconf.Setup, peer Addr, began time.Time) error {
	if err := h.acquire(ctx, h.readSem); err != nil {
		return err
	}
	h.mu.Lock()
	h.peer = peer
	h.mu.Unlock()
	forget := func() {
		h.mu.Lock()
		h.peer = Addr{}
		h.mu.Unlock()
	}
	d, err := newDTLS(h, h, nil, setup, false, h.dialedHost())
	if err != nil {
		h.release(h.readSem)
		forget()
		return err
	}
	reading, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	if !h.table.start(func() {
		defer close(ended)
		defer cancel()
		defer h.release(h.readSem)
		d.readSocket(reading)
	}) {
		cancel()
		h.release(h.readSem)
		forget()
		return errTableClosed
	}
	if err := d.handshake(ctx, began); err != nil {
		d.tap.outcome(h, nil, err)
		d.finish(false)
		cancel()
		<-ended
		forget()
		return err
	}
	h.setReceiving(true)
	h.dtls.Store(d)
	h.table.start(d.receive)
	return nil
}

// readSocket reads the socket of a client, and passes the datagrams to the connection.
func (d *dtlsConn) readSocket(ctx context.Context) {
	defer d.close()
	for {
		m, err := d.h.readMessage(ctx, maxMessage)
		if err != nil && !passing(err) {
			return
		}
		if err == nil {
			d.tap.received(m.Data)
		}
		if !d.put(datagram{m.Data, err}, true) {
			return
		}
	}
}

// serveDTLS is Serve for kind dtls: each new sender that starts a handshake becomes a handle
// when the handshake is done.
func (h *Handle) serveDTLS(each func(*Handle)) error {
	setup, err := h.tlsSetup(true)
	if err != nil {
		return h.fail("serve", "", err)
	}
	s := &dtlsServer{h: h, setup: setup, each: each, peers: make(map[Addr]*dtlsConn), cookies: dtlscookie.NewMaker()}
	return h.serve(func(ctx context.Context) {
		if h.acquire(ctx, h.readSem) != nil {
			return
		}
		defer h.release(h.readSem)
		h.receiveEach(ctx, func(m Message) { s.dispatch(ctx, m) })
	})
}

// A dtlsServer distributes the datagrams of a socket among its clients.
type dtlsServer struct {
	h       *Handle
	setup   *tlsconf.Setup
	each    func(*Handle)
	one     sync.Mutex // held while the function each of Serve runs
	cookies dtlscookie.Maker

	mu          sync.Mutex
	peers       map[Addr]*dtlsConn
	handshaking []*dtlsConn // connections in their handshake, the oldest first
}

func (s *dtlsServer) dispatch(ctx context.Context, m Message) {
	s.mu.Lock()
	d := s.peers[m.From]
	s.mu.Unlock()
	hello, ok := dtlscookie.ParseHello(m.Data)
	if d != nil && (!ok || d.hello.Random == hello.Random) {
		d.tap.received(m.Data)
	} else if ok {
		s.h.tapDatagram(m.From, m.Data, false)
	}
	switch {
	case ok && d != nil && d.hello.Random == hello.Random:
		if hello.Message() > 0 { // of the first, pion knows all
			d.put(datagram{data: m.Data}, false)
		}
	case ok:
		s.greet(ctx, m, hello, d)
	case d != nil:
		d.put(datagram{data: m.Data}, false)
	}
	// A datagram that belongs to no connection and starts none gets no answer.
}

// greet answers a ClientHello that belongs to no connection, or of a client that starts again
// at the address of an old connection.
func (s *dtlsServer) greet(ctx context.Context, m Message, hello dtlscookie.Hello, old *dtlsConn) {
	now := time.Now()
	if !s.h.admits(m.From) {
		return
	}
	to, err := m.From.sockaddr()
	if err != nil {
		return
	}
	if hello.Message() != 1 || !s.cookies.Valid(m.From.Raw(), hello, now) {
		p := dtlscookie.VerifyRequest(hello, s.cookies.Cookie(m.From.Raw(), hello, dtlscookie.Slot(now)))
		s.h.tapDatagram(m.From, p, true)
		s.h.control(func(fd int) error { return unix.Sendto(fd, p, 0, to) }) // if it is lost, the client asks again
		return
	}
	if old != nil {
		s.replace(old)
	}
	s.mu.Lock()
	full := len(s.peers) >= s.h.mostPeers()
	s.mu.Unlock()
	if full {
		s.h.refusePeer(m.From)
		return
	}
	s.h.peerage.told.Store(false)
	s.begin(ctx, m.From, to, hello)
}

// replace ends a connection whose client has started another.
func (s *dtlsServer) replace(old *dtlsConn) {
	s.forget(old)
	old.cancel()
	old.mu.Lock()
	done := old.handshaken
	old.mu.Unlock()
	if done {
		old.h.endStream(io.EOF)
		s.h.table.start(func() { old.finish(true) })
	}
}

// begin starts the handshake of a client that has returned its cookie.
func (s *dtlsServer) begin(ctx context.Context, from Addr, to unix.Sockaddr, hello dtlscookie.Hello) {
	h := s.h
	h.mu.Lock()
	c := newHandle(h.kind, h.family)
	c.table, c.parent, c.state, c.local, c.peer = h.table, h, stateConnected, h.local, from
	h.mu.Unlock()
	c.in.receiving, c.in.limit = true, h.inboxLimit()
	d, err := newDTLS(c, h, to, s.setup, true, "")
	if err == nil {
		if _, err = dtlscookie.OfConn(d.conn); err == nil {
			d.hello = hello
			d.put(datagram{data: hello.First()}, false)
			limited, cancel := context.WithTimeout(ctx, h.table.handshakeLimit)
			d.cancel = cancel
			s.add(d)
			if !h.table.start(func() { s.run(ctx, limited, d) }) {
				cancel()
				err = errTableClosed
			}
		}
	}
	if err != nil && !errors.Is(err, errTableClosed) {
		h.publish(Event{Type: EventError, Peer: from, Err: h.wrap("accept", from.Raw(), err)})
	}
}

// add notes a connection in its handshake. If there are too many, the oldest handshake of
// the host with the most handshakes is ended.
func (s *dtlsServer) add(d *dtlsConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.handshaking) >= maxHandshakes {
		count := make(map[netip.Addr]int)
		var most netip.Addr
		for _, o := range s.handshaking {
			ip := o.h.peer.IP.Addr()
			if count[ip]++; count[ip] > count[most] {
				most = ip
			}
		}
		i := slices.IndexFunc(s.handshaking, func(o *dtlsConn) bool { return o.h.peer.IP.Addr() == most })
		s.handshaking[i].cancel()
		s.handshaking = slices.Delete(s.handshaking, i, i+1)
	}
	s.handshaking = append(s.handshaking, d)
	s.peers[d.h.peer] = d
}

// handshakeOver notes that a handshake has ended.
func (s *dtlsServer) handshakeOver(d *dtlsConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.handshaking, d); i >= 0 {
		s.handshaking = slices.Delete(s.handshaking, i, i+1)
	}
}

// run is the goroutine of one client.
func (s *dtlsServer) run(ctx, limited context.Context, d *dtlsConn) {
	h, c := s.h, d.h
	defer s.forget(d)
	defer d.cancel()
	err := d.handshake(limited, time.Now())
	s.handshakeOver(d)
	if err == nil {
		err = s.register(c, d)
	}
	if err != nil {
		d.finish(true)
		d.tap.outcome(h, nil, err)
		given := errors.Is(err, context.Canceled) // it was replaced
		if ctx.Err() == nil && !h.Closed() && !given && !errors.Is(err, errTableClosed) {
			h.publish(Event{Type: EventError, Peer: c.peer, Err: h.wrap("accept", c.peer.Raw(), err)})
		}
		return
	}
	h.publishAccepted(c)
	c.tapped()
	s.one.Lock()
	s.each(c)
	s.one.Unlock()
	d.receive()
}

// register adds a client to the table as a handle.
func (s *dtlsServer) register(c *Handle, d *dtlsConn) error {
	h := s.h
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return closedError{h.name}
	}
	c.dtls.Store(d)
	c.watched = h.table.Watched
	c.recording.Store(c.watched)
	if err := h.table.add(c, "", h); err != nil {
		return err
	}
	if h.peers == nil {
		h.peers = make(map[Addr]*Handle)
	}
	h.peers[c.peer] = c // an older handle has ended, but stays until its inbox is read
	return nil
}

// forget removes the connection, so that the next handshake from its address starts anew.
func (s *dtlsServer) forget(d *dtlsConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.peers[d.h.peer] == d {
		delete(s.peers, d.h.peer)
	}
}
