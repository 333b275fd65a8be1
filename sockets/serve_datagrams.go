package sockets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Admit has a datagram handle that is served ask of each new sender whether it
// may become a peer: before its handshake, where there is one. It is for before
// Serve.
func (h *Handle) Admit(admit func(from Addr) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.admit = admit
}

// admits asks whether a sender may become a peer; one that is may stay.
func (h *Handle) admits(from Addr) bool {
	h.mu.Lock()
	admit, known := h.admit, h.peers[from] != nil
	h.mu.Unlock()
	return admit == nil || known || admit(from)
}

// serveDatagrams is Serve for a datagram socket.
func (h *Handle) serveDatagrams(each func(*Handle)) error {
	// Who waits here waits for what will not come. It is told before its
	// receiver ends: a call would read on in its place.
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
			h.dispatch(m, each) // what a receiver had got before
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

// receiveEach calls f with each message that comes to a served socket, until ctx
// or the handle ends. The caller holds the read semaphore.
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

// setServed notes whether the handle is served, and returns whether it was.
func (h *Handle) setServed(on bool) (was bool) {
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	was, h.in.served = h.in.served, on
	h.in.changed()
	return was
}

// dispatch gives a datagram to the handle of its sender, which it makes if need
// be.
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
			h.tellAccepted(c)
			each(c)
		}
		if news || !c.Closed() {
			c.deliver(m)
			return
		}
		// Closed, and this came before the handle was forgotten: it opens
		// another, as it would have a moment later.
		h.forget(c)
	}
}

// peerHandle returns the handle of one sender to a served datagram socket. It
// has no descriptor of its own: it receives what its socket hands it, and
// sends through its socket.
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
