package sockets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Admit sets a function that decides which new senders to a served datagram handle
// become peers, before their handshake if there is one. Call it before Serve.
func (h *Handle) Admit(admit func(from Addr) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.admit = admit
}

// admits reports whether a sender may become a peer, or is one already.
func (h *Handle) admits(from Addr) bool {
	h.mu.Lock()
	admit, known := h.admit, h.peers[from] != nil
	h.mu.Unlock()
	return admit == nil || known || admit(from)
}

// serveDatagrams is Serve for a datagram socket.
func (h *Handle) serveDatagrams(each func(*Handle)) error {
	// Calls that receive from this handle have to fail. Tell them before the receiver
	// ends: otherwise one of them would go on reading in its place.
	was := h.setServed(true)
	err := h.serve(func(ctx context.Context) {
		defer h.setServed(false)
		if h.acquire(ctx, h.readSem) != nil {
			return
		}
		defer h.release(h.readSem)
		h.setReceiving(true)
		defer h.setReceiving(false)
		if h.peerage.idle > 0 {
			h.table.start(func() { h.endIdle(ctx) })
		}
		for _, m := range h.in.takeMessages() {
			h.dispatch(m, each) // what a receiver had received before
		}
		h.receiveEach(ctx, func(m Message) {
			m.Time = time.Now()
			h.dispatch(m, each)
		})
	})
	if err != nil && !was {
		h.setServed(false)
	}
	return err
}

// receiveEach calls f with each message to a served socket until ctx ends or the handle
// is closed. The caller holds the read semaphore.
func (h *Handle) receiveEach(ctx context.Context, f func(Message)) {
	for {
		m, err := h.readMessage(ctx, maxMessage)
		switch {
		case err == nil:
			f(m)
		case ctx.Err() != nil || h.Closed() || err == io.EOF:
			return
		case passing(err):
			h.publishPassing(h.PeerAddr(), err)
		default:
			h.publish(Event{Type: EventError, Err: err})
			return
		}
	}
}

// setServed sets whether the handle is served, and returns whether it was.
func (h *Handle) setServed(on bool) (was bool) {
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	was, h.in.served = h.in.served, on
	h.in.changed()
	return was
}

// dispatch delivers a datagram to the handle of its sender, which it makes if there is
// none.
func (h *Handle) dispatch(m Message, each func(*Handle)) {
	if !h.admits(m.From) {
		return
	}
	for {
		c, news, err := h.peerHandle(m.From)
		if err != nil {
			if !errors.Is(err, errTableClosed) && !h.Closed() {
				h.publish(Event{Type: EventError, Peer: m.From, Err: err})
			}
			return
		}
		if news {
			h.publishAccepted(c)
			each(c)
		}
		if news || !c.Closed() {
			c.deliver(m)
			return
		}
		// The handle is closed but not forgotten yet. Make a new one, as a moment later.
		h.forget(c)
	}
}

// peerHandle returns the handle of one sender to a served datagram socket; news is true
// if it is new. The handle has no descriptor of its own: the socket dispatches datagrams
// to it, and it sends through the socket.
func (h *Handle) peerHandle(from Addr) (c *Handle, news bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, false, closedError{h.name}
	}
	if c := h.peers[from]; c != nil {
		h.heard(c)
		return c, false, nil
	}
	c = newHandle(h.kind, h.family)
	c.parent, c.state, c.local, c.peer = h, stateConnected, h.local, from
	c.in.receiving, c.in.limit = true, h.inboxLimit()
	c.watched = h.table.Watched
	c.recording.Store(c.watched)
	if err := h.table.add(c, "", h); err != nil {
		return nil, false, err
	}
	if h.peers == nil {
		h.peers = make(map[Addr]*Handle)
	}
	h.peers[from] = c
	if end := h.heard(c); len(end) > 0 {
		h.mu.Unlock()
		defer h.mu.Lock()
		h.endPeers(end, fmt.Errorf("%w: %d peers; each new one replaces the one that has been silent longest", ErrLimit, h.mostPeers()))
	}
	return c, true, nil
}
