package sockets

import (
	"context"
	"errors"
	"sync"
	"time"
)

// maxHandshakes is how many handshakes a served DTLS socket has under way at
// once. Whoever begins another then is not answered, and tries again.
const maxHandshakes = 256

// connectDTLS runs a client's handshake on a datagram handle that has been
// connected. From here on the socket is read for it alone.
func (h *Handle) connectDTLS(ctx context.Context, setup *tlsSetup, peer Addr, began time.Time) error {
	if err := h.take(ctx, h.readTurn); err != nil {
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
		h.give(h.readTurn)
		forget()
		return err
	}
	reading, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	if !h.table.start(func() {
		defer close(ended)
		defer cancel()
		defer h.give(h.readTurn)
		d.readSocket(reading)
	}) {
		cancel()
		h.give(h.readTurn)
		forget()
		return errTableClosed
	}
	if err := d.shake(ctx, began); err != nil {
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

// readSocket hands over what comes to the socket of a client.
func (d *dtlsConn) readSocket(ctx context.Context) {
	defer d.close()
	for {
		m, err := d.h.readMessage(ctx, maxMessage)
		if err != nil && !passing(err) {
			return
		}
		if !d.put(datagram{m.Data, err}, true) {
			return
		}
	}
}

// serveDTLS is Serve for a socket of kind dtls: each new sender that begins a
// handshake becomes a handle once that is done.
func (h *Handle) serveDTLS(each func(*Handle)) error {
	setup, err := h.tlsSetup(true)
	if err != nil {
		return h.fail("serve", "", err)
	}
	s := &dtlsServer{h: h, setup: setup, each: each, peers: make(map[Addr]*dtlsConn), room: make(chan struct{}, maxHandshakes)}
	return h.serve(func(ctx context.Context) {
		if h.take(ctx, h.readTurn) != nil {
			return
		}
		defer h.give(h.readTurn)
		h.receiveEach(ctx, func(m Message) { s.handOut(ctx, m) })
	})
}

// A dtlsServer shares a socket out among its clients.
type dtlsServer struct {
	h     *Handle
	setup *tlsSetup
	room  chan struct{} // holds one token for each handshake
	each  func(*Handle)
	one   sync.Mutex // held while each runs

	mu    sync.Mutex
	peers map[Addr]*dtlsConn
}

func (s *dtlsServer) handOut(ctx context.Context, m Message) {
	s.mu.Lock()
	d := s.peers[m.From]
	s.mu.Unlock()
	if d == nil {
		if d = s.begin(ctx, m); d == nil {
			return
		}
	}
	d.put(datagram{data: m.Data}, false)
}

// begin starts the handshake of a new sender. What is no ClientHello (RFC 6347,
// section 4.2.2) is of no connection, and gets no answer.
func (s *dtlsServer) begin(ctx context.Context, m Message) *dtlsConn {
	if p := m.Data; len(p) < 14 || p[0] != 22 || p[1] != 0xfe || p[13] != 1 {
		return nil
	}
	to, err := m.From.sockaddr()
	if err != nil || !s.h.admits(m.From) {
		return nil
	}
	select {
	case s.room <- struct{}{}:
	default:
		return nil
	}
	h := s.h
	h.mu.Lock()
	c := newHandle(h.kind, h.family)
	c.table, c.parent, c.state, c.local, c.peer = h.table, h, stateConnected, h.local, m.From
	h.mu.Unlock()
	c.in.receiving, c.in.limit = true, h.inboxLimit()
	d, err := newDTLS(c, h, to, s.setup, true, "")
	if err == nil && !h.table.start(func() { s.run(ctx, d) }) {
		err = errTableClosed
	}
	if err != nil {
		<-s.room
		h.publish(Event{Type: EventError, Peer: m.From, Err: h.fail("accept", m.From.Raw(), err)})
		return nil
	}
	s.mu.Lock()
	s.peers[m.From] = d
	s.mu.Unlock()
	return d
}

// run is the goroutine of one client.
func (s *dtlsServer) run(ctx context.Context, d *dtlsConn) {
	h, c := s.h, d.h
	defer s.forget(d)
	limited, cancel := context.WithTimeout(ctx, h.table.handshakeLimit)
	err := d.shake(limited, time.Now())
	cancel()
	<-s.room
	if err == nil {
		err = s.welcome(c, d)
	}
	if err != nil {
		d.finish(true)
		if ctx.Err() == nil && !h.Closed() && !errors.Is(err, errTableClosed) {
			h.publish(Event{Type: EventError, Peer: c.peer, Err: h.fail("accept", c.peer.Raw(), err)})
		}
		return
	}
	h.tellAccepted(c)
	s.one.Lock()
	s.each(c)
	s.one.Unlock()
	d.receive()
}

// welcome makes a client a handle of the table.
func (s *dtlsServer) welcome(c *Handle, d *dtlsConn) error {
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
	h.peers[c.peer] = c // an older one has ended, and lives on for what is in its inbox
	return nil
}

// forget lets the next handshake from the address begin anew.
func (s *dtlsServer) forget(d *dtlsConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.peers[d.h.peer] == d {
		delete(s.peers, d.h.peer)
	}
}
