package sockets

import (
	"bytes"
	"io"
	"sync"
	"time"

	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// The events of TLS and DTLS below a handle. Only a subscriber that names them gets them,
// and only those of connections whose handshake began after it subscribed: without the
// beginning, nobody can decrypt the rest.
//
// Until accept has made a handle of a connection, they are events of the listener, and the
// addresses say of which connection.
const (
	EventWire   EventType = "wire"   // ciphertext was sent or received
	EventSecret EventType = "secret" // Data is a line for a key log
	EventTLS    EventType = "tls"    // the handshake ended
)

// A TLSEvent is what only events of TLS have.
type TLSEvent struct {
	Local  Addr          // the local address
	Out    bool          // of wire: sent
	Server bool          // this side is the server
	Info   *tlsconf.Info // of tls: the outcome, unless Err is set
}

// wired reports whether a subscription names events of TLS.
func (s *sink) wired() bool { return has(s.types, EventWire) }

// A tap publishes these events of one connection. A nil tap, for which there is no
// subscriber, does nothing.
type tap struct {
	table       *Table
	local, peer Addr
	server      bool
	epoch       uint64 // subscriptions after this one do not get its events

	mu   sync.Mutex
	h    *Handle // whose events they are
	held []Event // received in the handshake; see received
	size int     // of their data
	done bool    // the handshake is
}

// maxHeld is how many bytes a tap holds back.
const maxHeld = 64 << 10

// newTap returns the tap for a connection that begins its handshake, or nil if no
// subscriber wants it. Its events are those of teller.
func newTap(h, teller *Handle, peer Addr, server bool) *tap {
	t := h.table
	if t.wired.Load() == 0 {
		return nil
	}
	p := &tap{table: t, h: teller, local: h.LocalAddr(), peer: peer, server: server, epoch: t.epoch.Load()}
	if h.parent == nil && !h.kind.unix() {
		h.control(func(fd int) error { // connect has not noted them yet
			if sa, err := unix.Getsockname(fd); err == nil {
				p.local = fromSockaddr(sa)
			}
			if sa, err := unix.Getpeername(fd); err == nil {
				p.peer = fromSockaddr(sa)
			}
			return nil
		})
	}
	return p
}

// tapDatagram publishes a datagram of a served socket that belongs to no connection yet.
func (h *Handle) tapDatagram(peer Addr, b []byte, out bool) {
	p := newTap(h, h, peer, true)
	switch {
	case p == nil:
	case out:
		p.sent(b)
	default:
		p.done = true
		p.received(b)
	}
}

// sent publishes ciphertext that is about to be sent.
func (p *tap) sent(b []byte) {
	if p == nil || p.idle() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.release()
	p.publish(Event{Type: EventWire, Time: time.Now(), Data: bytes.Clone(b), N: len(b)}, TLSEvent{Out: true})
}

// received publishes ciphertext that was received. In the handshake it is held back until
// there is an answer: a reader needs the secrets that it leads to first.
func (p *tap) received(b []byte) {
	if p == nil || p.idle() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	ev := Event{Type: EventWire, Time: time.Now(), Data: bytes.Clone(b), N: len(b)}
	if p.size += len(b); p.done || p.size > maxHeld {
		p.release()
		p.publish(ev, TLSEvent{})
		return
	}
	p.held = append(p.held, ev)
}

func (p *tap) idle() bool { return p.table.wired.Load() == 0 }

// release publishes what was held back. The caller holds p.mu.
func (p *tap) release() {
	for _, ev := range p.held {
		p.publish(ev, TLSEvent{})
	}
	p.held, p.size = nil, 0
}

// keyLog returns a writer for secrets that publishes them, and writes them to w unless
// that is nil.
func (p *tap) keyLog(w io.Writer) io.Writer {
	switch {
	case p == nil:
		return w
	case w == nil:
		return keyLog{p}
	}
	return io.MultiWriter(keyLog{p}, w)
}

type keyLog struct{ p *tap }

func (k keyLog) Write(b []byte) (int, error) {
	k.p.mu.Lock()
	defer k.p.mu.Unlock()
	k.p.publish(Event{Type: EventSecret, Time: time.Now(), Data: bytes.Clone(bytes.TrimSpace(b))}, TLSEvent{})
	return len(b), nil
}

// outcome publishes the end of the handshake as an event of h, as all events from now on.
func (p *tap) outcome(h *Handle, info *tlsconf.Info, err error) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.h, p.done = h, true
	p.release()
	p.publish(Event{Type: EventTLS, Time: time.Now(), Err: err}, TLSEvent{Info: info})
}

// tapped publishes the outcome of the handshake that a handle has just done.
func (h *Handle) tapped() {
	var p *tap
	if s := h.tls.Load(); s != nil {
		p = s.tap
	} else if d := h.dtls.Load(); d != nil {
		p = d.tap
	}
	if p != nil {
		p.outcome(h, h.tlsInfo(), nil)
	}
}

// publish sends an event to those who subscribed before the handshake. The caller holds
// p.mu.
func (p *tap) publish(ev Event, about TLSEvent) {
	about.Local, about.Server = p.local, p.server
	ev.Handle, ev.Peer, ev.Quiet, ev.TLS = p.h, p.peer, p.h.quiet.Load(), &about
	t := p.table
	t.evMu.Lock()
	defer t.evMu.Unlock()
	for _, s := range t.sinks {
		if s.wired() && s.epoch <= p.epoch {
			s.fn(ev)
		}
	}
}
