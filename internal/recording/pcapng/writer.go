package pcapng

import (
	"io"
	"strings"

	"sosh/internal/recording"
)

// Options are the choices of a capture.
type Options struct {
	// Plaintext writes what TLS and DTLS carried as if there were no TLS, and no
	// ciphertext.
	Plaintext bool
}

// NewWriter returns a Writer of a capture to w, and writes its header. Nothing but write
// errors of w can fail.
func NewWriter(w io.Writer, h recording.Header, o Options) (recording.Writer, error) {
	f, err := newFile(w, h)
	if err != nil {
		return nil, err
	}
	return &writer{
		file: f, plaintext: o.Plaintext, names: newNames(f),
		handles: newLRU[handleKey, *handle](maxHandles),
		conns:   newLRU[pair, *conn](maxConns), closed: newLRU[pair, *conn](maxClosed),
		secure: newLRU[pair, struct{}](maxConns), pairing: newPairing(), flight: newFlight(),
	}, nil
}

// Limits of what the writer remembers. Beyond them it forgets what was used least
// recently: a connection that goes on after that begins anew in the capture.
const (
	maxHandles = 1 << 16
	maxConns   = 1 << 16
	maxClosed  = 1 << 10 // connections of which one end was closed, and no other is known
)

// A writer turns events into packets. Its methods are called by one goroutine.
type writer struct {
	*file
	plaintext bool
	names     *names
	handles   *lru[handleKey, *handle]
	conns     *lru[pair, *conn]    // connections by their addresses
	closed    *lru[pair, *conn]    // the same, closed by the only end that is known
	secure    *lru[pair, struct{}] // conversations of DTLS of which there is ciphertext
	pairing   *pairing
	flight    *flight
	isn       uint32 // the first sequence number of each direction, 0 except in tests
}

// handleKey identifies a handle.
type handleKey struct {
	number int
	name   string
}

// A handle is what is known of a handle.
type handle struct {
	name        string // escaped
	kind        string
	local, peer string
	accepted    bool

	stream, wire endpoint // of a stream: its connection, and that of its last ciphertext

	noLocal, noPeer address // of datagrams: made up, if there is no address
	lastSent        int     // the size of the last datagram
}

// maxText is the greatest length of a name or an address that is kept, in bytes.
const maxText = 256

// handle returns what is known of the event's handle, with what the event adds.
func (w *writer) handle(ev *recording.Event) *handle {
	key := handleKey{ev.Number, short(ev.Handle)}
	h, ok := w.handles.get(key)
	if !ok {
		h = &handle{name: label(ev.Handle)}
		key.name = clip(key.name)
		w.handles.put(key, h)
	}
	if ev.Kind != "" && ev.Kind != h.kind {
		h.kind = clip(ev.Kind)
	}
	if ev.Local != "" && ev.Local != h.local {
		h.local = clip(ev.Local)
	}
	if ev.Parent != "" || ev.Type == recording.Accepted {
		h.accepted = true
	}
	return h
}

// datagrams reports whether the handle's messages go as datagrams.
func (h *handle) datagrams() bool {
	k := strings.TrimRight(h.kind, "0123456789")
	return k == "udp" || k == "dtls" || k == "unixgram"
}

// Write writes the packets of an event.
func (w *writer) Write(ev recording.Event) error {
	w.at(ev.Time)
	switch ev.Type {
	case recording.Lost:
		w.lost += ev.N
		return w.Err()
	case recording.Secret:
		w.secret(ev.Text)
		return w.Err()
	case recording.Connected, recording.Accepted, recording.Data, recording.Sent, recording.HalfClose,
		recording.EOF, recording.Reset, recording.ICMP, recording.Closed, recording.Wire, recording.Failed, recording.TLS,
		recording.Gap:
	default:
		return w.Err()
	}
	h := w.handle(&ev)
	if h.datagrams() {
		w.datagramEvent(h, &ev)
	} else {
		w.streamEvent(h, &ev)
	}
	if ev.Type == recording.Closed {
		w.handles.remove(handleKey{ev.Number, short(ev.Handle)})
	}
	return w.Err()
}

// Close flushes; a capture has no end of its own.
func (w *writer) Close() error { return w.Flush() }
