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

// handshakeLimit is the time limit for the handshake of a client of Serve.
const handshakeLimit = 10 * time.Second

var (
	errNotSecure = errors.New("the handle does not use TLS")
	errNoHalves  = errors.New("DTLS has no half-close; close ends both directions")
	errOnePeer   = errors.New("a DTLS handle has one peer: connect sets it, and send needs no address")
)

// SetTLS sets the TLS options of a handle of kind tls or dtls, before connect or listen;
// connections of a listener inherit them. The files are read at once. For a wrong option,
// the error is a *[ParamError], with code "argument".
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

// ShareTLS gives a handle of kind tls or dtls the TLS options and the certificate of the
// server like, which may be the handle itself. If the server has no certificate yet, a
// temporary one is created now.
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

// paramError converts an error of package tlsconf about an option to a [*ParamError].
func paramError(err error) error {
	var option *tlsconf.OptionError
	if errors.As(err, &option) {
		return &ParamError{option.Option, option.Err}
	}
	return err
}

// tlsSetup returns the TLS settings of SetTLS, or the default.
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

// A handshakeError says that the error occurred during the handshake.
type handshakeError struct{ err error }

func (e *handshakeError) Error() string { return "TLS handshake: " + CauseText(e.err) }
func (e *handshakeError) Unwrap() error { return e.err }

// handshakeEnded returns the cause for a handshake that ended with its context.
func handshakeEnded(ctx context.Context, began time.Time) error {
	return &handshakeError{ContextCause(ctx, began)}
}

// connectTLS runs the client's handshake on a connected handle. The caller holds the
// write semaphore.
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
	s := newTLSStream(h, h, setup, false, h.dialedHost())
	if err := s.handshake(ctx, began); err != nil {
		s.tap.outcome(h, nil, err)
		return err
	}
	h.tls.Store(s)
	return nil
}

// dialedHost returns the host in the argument of connect, or "".
func (h *Handle) dialedHost() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	host, _, _ := splitHostPort(h.dialed)
	switch {
	case h.dialed == "":
		return h.peer.Host() // the handle was accepted
	case host == "" || host == "*":
		return "localhost" // connect treats an empty host so
	}
	return host
}

// acceptTLS runs the server's handshake on c, which is not in the table yet.
func (h *Handle) acceptTLS(ctx context.Context, c *Handle) error {
	setup, err := h.tlsSetup(true)
	if err != nil {
		return err
	}
	s := newTLSStream(c, h, setup, true, "")
	if err := s.handshake(ctx, time.Now()); err != nil {
		s.tap.outcome(h, nil, err)
		return err
	}
	c.tls.Store(s)
	return nil
}

// TLS returns the result of the handshake, with the peer's certificates, verified or not.
// ok is false if the handle does not use TLS.
func (h *Handle) TLS() (state tls.ConnectionState, ok bool) {
	if s := h.tls.Load(); s != nil {
		return s.conn.ConnectionState(), true
	}
	if d := h.dtls.Load(); d != nil {
		return d.state(), true
	}
	return tls.ConnectionState{}, false
}

// endTLS sends close_notify before a close to the peer, or to all peers of a served
// socket. With abort it sends nothing.
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

// ErrTruncated is the cause when a connection ended without close_notify: an attacker may
// have ended it, and data may be missing.
var ErrTruncated = errors.New("the connection ended without close_notify (truncated?)")

// cause converts an error of crypto/tls to the handle's error: the system's error if that
// is the cause, else a [*tlsconf.Error].
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

// tlsInfo returns the state of a handle's TLS, or nil.
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
