package sockets

import (
	"context"
	"errors"
	"time"

	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// StartTLS starts TLS on a connected TCP or unix stream, as its server or its client,
// for example after STARTTLS or a proxy's CONNECT. A client verifies ServerName or, if
// that is empty, the host that connect was given.
//
// Unread bytes that came before it are plaintext. An attacker could have inserted them,
// and they would be read as if they had come encrypted. So StartTLS fails with
// [ErrPlaintext] and changes nothing. With KeepPlain the bytes stay readable as what
// they are, up to what looks like the beginning of a handshake. A failed handshake ends
// the stream: no plaintext follows it.
func (h *Handle) StartTLS(ctx context.Context, opts tlsconf.Options, server bool) error {
	setup, err := loadTLS(opts)
	if err == nil {
		err = h.startTLS(ctx, setup, server)
	}
	if err != nil {
		return h.fail("starttls", "", err)
	}
	return nil
}

// StartTLSAs is StartTLS as a server with the setup of like, a handle of kind tls: the
// files are not read again, and the certificate is the same.
func (h *Handle) StartTLSAs(ctx context.Context, like *Handle) error {
	setup, err := like.tlsSetup(true)
	if err == nil {
		err = h.startTLS(ctx, setup, true)
	}
	if err != nil {
		return h.fail("starttls", "", err)
	}
	return nil
}

var errTLSAlready = errors.New("the handle already uses TLS")

func (h *Handle) startTLS(ctx context.Context, setup *tlsconf.Setup, server bool) error {
	began := time.Now()
	switch {
	case h.in.messages || h.parent != nil:
		return unix.EOPNOTSUPP
	case h.tls.Load() != nil:
		return errTLSAlready
	case !h.Connected() && !h.Closed():
		return unix.ENOTCONN
	}
	if server {
		if err := setup.Serve(h.LocalAddr().IP.Addr()); err != nil {
			return err
		}
	}
	if err := h.acquire(ctx, h.writeSem); err != nil {
		return err
	}
	defer h.release(h.writeSem)
	resume, err := h.takeFromReceiver(ctx)
	if err != nil {
		return err
	}
	defer resume()
	if h.tls.Load() != nil {
		return errTLSAlready
	}
	host := h.dialedHost()
	if h.kind.unix() || h.kind == Vsock {
		host = ""
	}
	if !server && host == "" && setup.ServerName == "" && setup.Verifies() && !setup.AnyName {
		return &ParamError{"servername", errors.New("no host name to verify")}
	}
	early, err := h.in.takeHello(setup.KeepPlain)
	if err != nil {
		return err
	}
	s := newTLSStream(h, h, setup, server, host)
	s.early = early
	err = s.handshake(ctx, began)
	h.tls.Store(s)
	if err == nil {
		h.tapped()
	} else {
		s.tap.outcome(h, nil, err)
	}
	if err != nil && !h.Closed() {
		h.endStream(&tlsconf.Error{Reason: "the handshake failed: " + CauseText(err), Err: err})
		h.control(func(fd int) error { return unix.Shutdown(fd, unix.SHUT_WR) })
	}
	return err
}

// takeFromReceiver acquires the read semaphore, if necessary from the handle's receiver,
// which continues after resume.
func (h *Handle) takeFromReceiver(ctx context.Context) (resume func(), err error) {
	h.mu.Lock()
	running := h.running
	h.running = nil
	h.mu.Unlock()
	if running != nil {
		running.stop()
	}
	again := func() {
		if running != nil {
			h.Watch(true)
		}
	}
	if err := h.acquire(ctx, h.readSem); err != nil {
		again()
		return nil, err
	}
	return func() {
		h.release(h.readSem)
		again()
	}, nil
}
