package sockets

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// handshakeLimit is how long a client of a served listener may take for its
// handshake.
const handshakeLimit = 10 * time.Second

var (
	errNotSecure = errors.New("the handle does not use TLS")
	errNoHalves  = errors.New("DTLS has no half-close; close ends both directions")
	errOnePeer   = errors.New("a DTLS handle has one peer: connect sets it, and send needs no address")
)

// SetTLS sets how a handle of kind tls or dtls speaks it, before connect or
// listen; a listener's connections do as it does. The files are read now. The
// error has code "argument" where an option is wrong, as a *[ParamError].
func (h *Handle) SetTLS(opts tlsconf.Options) error {
	if !h.kind.secure() {
		return h.fail("settls", "", errNotSecure)
	}
	setup, err := loadTLS(opts)
	if err == nil && h.kind.Datagram() {
		err = paramError(setup.CheckDTLS())
	}
	if err != nil {
		return h.fail("settls", "", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		err = closedError{h.name}
	case h.state == stateConnected, h.state == stateConnecting:
		err = unix.EISCONN
	default:
		h.setup = setup
		return nil
	}
	h.mu.Unlock()
	defer h.mu.Lock()
	return h.fail("settls", "", err)
}

// ShareTLS has a handle of kind tls or dtls speak it as the server like does,
// which may be the handle itself, with the very same certificate: one that is
// made for want of another is made now.
func (h *Handle) ShareTLS(like *Handle) error {
	if !h.kind.secure() || !like.kind.secure() {
		return h.fail("settls", "", errNotSecure)
	}
	setup, err := like.tlsSetup(true)
	if err != nil {
		return h.fail("settls", "", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.setup = setup
	return nil
}

// loadTLS reads the files of opts; its error is a [*ParamError].
func loadTLS(opts tlsconf.Options) (*tlsconf.Setup, error) {
	setup, err := opts.Load()
	return setup, paramError(err)
}

// paramError makes a [*ParamError] of what package tlsconf says of an option.
func paramError(err error) error {
	var option *tlsconf.OptionError
	if errors.As(err, &option) {
		return &ParamError{option.Option, option.Err}
	}
	return err
}

// tlsSetup is what SetTLS set, or the default.
func (h *Handle) tlsSetup(server bool) (setup *tlsconf.Setup, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.setup == nil {
		if h.setup, err = loadTLS(tlsconf.Options{}); err != nil {
			return nil, err
		}
	}
	if server {
		err = h.setup.Serve(h.local.IP.Addr())
	}
	return h.setup, err
}

// A handshakeError says that it was the handshake that a cause has ended.
type handshakeError struct{ err error }

func (e *handshakeError) Error() string { return "TLS handshake: " + CauseText(e.err) }
func (e *handshakeError) Unwrap() error { return e.err }

// handshakeEnded is the cause of a handshake that its context has ended.
func handshakeEnded(ctx context.Context, began time.Time) error {
	return &handshakeError{ContextCause(ctx, began)}
}

// connectTLS runs a client's handshake on a handle that TCP or UDP has
// connected. The caller holds the write semaphore.
func (h *Handle) connectTLS(ctx context.Context, peer Addr, began time.Time) error {
	setup, err := h.tlsSetup(false)
	if err != nil {
		return err
	}
	if h.kind.Datagram() {
		return h.connectDTLS(ctx, setup, peer, began)
	}
	if err := h.acquire(ctx, h.readSem); err != nil {
		return err
	}
	defer h.release(h.readSem)
	s := newTLSStream(h, setup, false, h.dialedHost())
	if err := s.handshake(ctx, began); err != nil {
		return err
	}
	h.tls.Store(s)
	return nil
}

// dialedHost is the host that connect was given, or "".
func (h *Handle) dialedHost() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	host, _, _ := splitHostPort(h.dialed)
	switch {
	case h.dialed == "":
		return h.peer.Host() // it was accepted
	case host == "" || host == "*":
		return "localhost" // as connect takes it
	}
	return host
}

// acceptTLS runs a server's handshake on c, which nobody else knows yet.
func (h *Handle) acceptTLS(ctx context.Context, c *Handle) error {
	setup, err := h.tlsSetup(true)
	if err != nil {
		return err
	}
	s := newTLSStream(c, setup, true, "")
	if err := s.handshake(ctx, time.Now()); err != nil {
		return err
	}
	c.tls.Store(s)
	return nil
}

// TLS returns what the handshake of a handle has settled, and the certificates
// that its peer has shown, verified or not. ok is false where there is no TLS.
func (h *Handle) TLS() (state tls.ConnectionState, ok bool) {
	if s := h.tls.Load(); s != nil {
		return s.conn.ConnectionState(), true
	}
	if d := h.dtls.Load(); d != nil {
		return d.state(), true
	}
	return tls.ConnectionState{}, false
}

// endTLS tells the peer, or all of a served socket, of the end that is to come,
// unless it is to be abrupt.
func (h *Handle) endTLS(abort bool) {
	if s := h.tls.Load(); s != nil && !abort {
		s.finish()
	}
	if !h.kind.secure() || !h.kind.Datagram() {
		return
	}
	h.mu.Lock()
	all := slices.Collect(maps.Values(h.peers))
	h.mu.Unlock()
	for _, c := range append(all, h) {
		if d := c.dtls.Load(); d != nil {
			d.finish(abort)
		}
	}
}

// ErrTruncated is the cause when a connection ended without close_notify: its
// end may not be the peer's.
var ErrTruncated = errors.New("the connection ended without close_notify (truncated?)")

// cause makes of an error of crypto/tls what the handle gives: the system's own
// error where that is the cause, else a [*tlsconf.Error].
func (s *tlsStream) cause(err error, handshake bool) error {
	switch {
	case err == unix.EAGAIN:
		return err
	case s.readErr != nil && errors.Is(err, s.readErr):
		return s.readErr
	case s.ended && handshake && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return &tlsconf.Error{Reason: "the peer ended the connection during the handshake", Err: io.ErrUnexpectedEOF,
			Hint: "it may not support TLS, or none of the versions and suites offered"}
	case s.ended && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return &tlsconf.Error{Reason: ErrTruncated.Error(), Err: ErrTruncated}
	}
	return tlsconf.Explain(err)
}

// tlsInfo is the TLS of a handle, or nil.
func (h *Handle) tlsInfo() *tlsconf.Info {
	if s := h.tls.Load(); s != nil {
		return s.setup.NewInfo(s.conn.ConnectionState())
	}
	if d := h.dtls.Load(); d != nil {
		return d.info()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.setup == nil {
		return nil
	}
	return h.setup.ServerInfo()
}
