package sockets

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"sosh/sockets/dtlscookie"
	"sosh/sockets/tlsconf"

	"github.com/pion/dtls/v3"
	"github.com/pion/logging"
	"golang.org/x/sys/unix"
)

// maxRecord is how many bytes of a datagram pion reads, and maxDTLS how many bytes of
// data that holds: the header of the record, its nonce, its MAC and its padding take up
// to 77 bytes.
const (
	maxRecord = 8192
	maxDTLS   = maxRecord - 77
)

// A dtlsConn is DTLS on a datagram handle. pion/dtls has goroutines of its own, which
// answer a peer that has lost something. So unlike a TLS stream it has to be fed: a
// goroutine reads the handle's socket, and another puts decrypted data into the inbox,
// as for a peer of a served datagram socket. Neither waits for the inbox: what comes
// while it is full is dropped.
type dtlsConn struct {
	h      *Handle       // whose inbox it fills
	socket *Handle       // whose descriptor it writes to
	to     unix.Sockaddr // the peer's address, or nil for the socket's own peer
	conn   *dtls.Conn
	setup  *tlsconf.Setup
	server bool
	tap    *tap
	name   string // the name of the server that the client asked for

	in    chan datagram
	done  chan struct{} // closed by close
	close func()
	mute  atomic.Bool // nothing more is sent
	ended atomic.Bool // this side has ended it

	hello  dtlscookie.Hello   // of a served client: the one with the cookie
	cancel context.CancelFunc // of a served client: ends the handshake

	mu         sync.Mutex
	expired    chan struct{} // closed when the reading deadline has passed
	handshaken bool          // the handshake is done
	early      []datagram    // data that came before that; see put
	fed        int           // bytes that came during the handshake
	clear      int           // unencrypted bytes that came after it
	queued     int           // bytes in the channel
}

// Limits of what a served client may send without effect. A handshake is seldom longer
// than a few kilobytes, and pion keeps fragments of messages.
const (
	maxHandshakeBytes = 128 << 10 // during its handshake
	maxEarly          = 64 << 10  // of data before this side has finished the handshake
	maxClear          = 64 << 10  // unencrypted after it, if a flight was lost
	maxQueued         = 256 << 10 // not yet decrypted
)

// A datagram is a received datagram, or the error that came instead.
type datagram struct {
	data []byte
	err  error
}

func newDTLS(h, socket *Handle, to unix.Sockaddr, setup *tlsconf.Setup, server bool, host string) (*dtlsConn, error) {
	d := &dtlsConn{
		h: h, socket: socket, to: to, setup: setup, server: server,
		in: make(chan datagram, 128), done: make(chan struct{}), expired: make(chan struct{}),
	}
	d.tap = newTap(h, socket, h.PeerAddr(), server)
	d.close = sync.OnceFunc(func() { close(d.done) })
	var err error
	if server {
		d.conn, err = dtls.ServerWithOptions((*dtlsWire)(d), d.peerAddr(), d.serverOptions()...)
	} else {
		if d.name = setup.ServerName; d.name == "" {
			d.name = host
		}
		d.conn, err = dtls.ClientWithOptions((*dtlsWire)(d), d.peerAddr(), d.clientOptions()...)
	}
	if err != nil {
		return nil, dtlsCause(err)
	}
	return d, nil
}

func (d *dtlsConn) peerAddr() net.Addr { return netAddr{d.h.PeerAddr(), "udp"} }

// silent keeps pion/dtls from writing to the terminal: failures are errors of the
// handle.
var silent = &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}

// sharedOptions returns the options of both sides. We verify certificates ourselves, so
// that verification and its errors are those of TLS.
func (d *dtlsConn) sharedOptions() []dtls.Option {
	s := d.setup
	list := []dtls.Option{
		dtls.WithLoggerFactory(silent),
		dtls.WithVerifyPeerCertificate(func(raw [][]byte, _ [][]*x509.Certificate) error { return s.Verify(raw, d.server, d.name) }),
	}
	if s.Certificate() != nil {
		list = append(list, dtls.WithCertificates(*s.Certificate()))
	}
	if len(s.ALPN) > 0 {
		list = append(list, dtls.WithSupportedProtocols(s.ALPN...))
	}
	if suites := s.Suites(); len(suites) > 0 {
		ids := make([]dtls.CipherSuiteID, len(suites))
		for i, id := range suites {
			ids[i] = dtls.CipherSuiteID(id)
		}
		list = append(list, dtls.WithCipherSuites(ids...))
	}
	if w := d.tap.keyLog(s.KeyLogWriter()); w != nil {
		list = append(list, dtls.WithKeyLogWriter(w))
	}
	return list
}

func (d *dtlsConn) clientOptions() (list []dtls.ClientOption) {
	for _, o := range d.sharedOptions() {
		list = append(list, o)
	}
	list = append(list, dtls.WithInsecureSkipVerify(true))
	if _, err := netip.ParseAddr(d.name); err != nil && d.name != "" {
		list = append(list, dtls.WithServerName(d.name)) // only names can be asked for (RFC 6066, section 3)
	}
	return list
}

func (d *dtlsConn) serverOptions() (list []dtls.ServerOption) {
	for _, o := range d.sharedOptions() {
		list = append(list, o)
	}
	auth := dtls.NoClientCert
	switch d.setup.ClientAuth() {
	case tls.RequireAndVerifyClientCert, tls.RequireAnyClientCert:
		auth = dtls.RequireAnyClientCert
	case tls.VerifyClientCertIfGiven, tls.RequestClientCert:
		auth = dtls.RequestClientCert
	}
	return append(list, dtls.WithClientAuth(auth),
		dtls.WithGetCertificate(func(hello *dtls.ClientHelloInfo) (*tls.Certificate, error) {
			d.name = hello.ServerName
			return d.setup.Certificate(), nil
		}))
}

// handshake runs the handshake of a call that began at began.
func (d *dtlsConn) handshake(ctx context.Context, began time.Time) error {
	err := d.conn.HandshakeContext(ctx)
	switch {
	case err == nil:
		d.mu.Lock()
		defer d.mu.Unlock()
		d.handshaken = true
		for _, m := range d.early {
			select {
			case d.in <- m:
				d.queued += len(m.data)
			default:
			}
		}
		d.early = nil
		return nil
	case d.h.Closed() || d.socket.Closed():
		return closedError{d.socket.name}
	case ctx.Err() != nil:
		return handshakeEnded(ctx, began)
	}
	return dtlsCause(err)
}

// put passes a datagram of this peer to pion. If there is no room, it waits if wait is
// true; otherwise the datagram is dropped, as by the kernel's queue.
//
// The peer may finish the handshake before this side. pion would lose all but one
// datagram of what the peer sends then, so data is kept until pion has finished too.
func (d *dtlsConn) put(m datagram, wait bool) bool {
	const applicationData = 23 // RFC 5246, section 6.2.1
	d.mu.Lock()
	early := !d.handshaken && len(m.data) > 0 && m.data[0] == applicationData
	switch {
	case len(m.data) > maxRecord || d.server && d.tooMuch(m.data, early):
		d.mu.Unlock()
		return true
	case early && len(d.early) < cap(d.in):
		d.early = append(d.early, m)
	case !early:
		d.queued += len(m.data)
	}
	d.mu.Unlock()
	if early {
		return true
	}
	select {
	case d.in <- m:
		return true
	default:
	}
	if wait {
		select {
		case d.in <- m:
			return true
		case <-d.done:
		}
	}
	d.taken(m)
	return false
}

// tooMuch counts a datagram, and reports whether the client has sent more than it may.
// The caller holds d.mu.
func (d *dtlsConn) tooMuch(p []byte, early bool) bool {
	plain := len(p) > 4 && p[3] == 0 && p[4] == 0
	switch {
	case d.queued+len(p) > maxQueued:
		return true
	case early:
		n := len(p)
		for _, m := range d.early {
			n += len(m.data)
		}
		return n > maxEarly
	case !d.handshaken:
		d.fed += len(p)
		return d.fed > maxHandshakeBytes
	case plain:
		d.clear += len(p)
		return d.clear > maxClear
	}
	return false
}

// taken counts a datagram that has left the channel or was not put into it.
func (d *dtlsConn) taken(m datagram) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queued -= len(m.data)
}

// receive puts received data into the inbox until the connection ends.
func (d *dtlsConn) receive() {
	h := d.h
	buf := make([]byte, maxRecord)
	for {
		n, err := d.read(buf)
		switch {
		case err == nil:
			h.deliver(Message{Data: append([]byte{}, buf[:n]...), Size: n, From: h.PeerAddr(), Time: time.Now()})
		case h.Closed(), d.ended.Load():
			return
		case passing(err):
			errno := error(errnoOf(err))
			h.publishPassing(h.PeerAddr(), errno)
			h.in.mu.Lock()
			h.in.addMessage(Message{From: h.PeerAddr(), err: errno})
			h.in.mu.Unlock()
		default:
			// close_notify or an alert: pion does not say which.
			h.endStream(io.EOF)
			d.mute.Store(true)
			d.conn.Close()
			return
		}
	}
}

// read is the Read of pion. That often reports the end of a connection before the last
// message, of which there is one at most. So read asks again, until it would have got
// the message.
func (d *dtlsConn) read(buf []byte) (n int, err error) {
	for range 64 {
		if n, err = d.conn.Read(buf); err != io.EOF || d.h.Closed() || d.ended.Load() {
			break
		}
	}
	return n, err
}

func errnoOf(err error) (errno unix.Errno) {
	errors.As(err, &errno)
	return errno
}

// send sends p as one datagram.
func (d *dtlsConn) send(ctx context.Context, op string, p []byte) (int, error) {
	h := d.h
	peer := h.PeerAddr()
	if err := h.acquire(ctx, h.writeSem); err != nil {
		return 0, h.fail(op, peer.String(), err)
	}
	defer h.release(h.writeSem)
	order := ordering{table: h.table}
	defer order.leave()
	var err error
	switch {
	case ctx.Err() != nil:
		err = ContextCause(ctx, time.Now())
	case len(p) > maxDTLS:
		err = unix.EMSGSIZE
	case h.ended():
		err = unix.EPIPE
	default:
		order.enter()
		_, err = d.conn.Write(p)
	}
	if err != nil {
		order.leave()
		switch errno := errnoOf(err); {
		case errors.Is(err, dtls.ErrConnClosed):
			err = unix.EPIPE
		case errno != 0:
			if err = errno; icmp(err) {
				h.publish(Event{Type: EventICMP, Peer: peer, Err: err})
			}
		}
		return 0, h.fail(op, peer.String(), err)
	}
	h.counters.out.Add(int64(len(p)))
	h.counters.outMsgs.Add(1)
	h.sent(p, peer, "")
	return len(p), nil
}

// finish ends the connection, with close_notify unless abort is set.
func (d *dtlsConn) finish(abort bool) {
	d.ended.Store(true)
	d.mute.Store(d.mute.Load() || abort)
	d.conn.Close()
}

// dtlsWire is the net.PacketConn below pion/dtls.
type dtlsWire dtlsConn

func (w *dtlsWire) ReadFrom(p []byte) (int, net.Addr, error) {
	w.mu.Lock()
	expired := w.expired
	w.mu.Unlock()
	select {
	case m := <-w.in:
		(*dtlsConn)(w).taken(m)
		return copy(p, m.data), (*dtlsConn)(w).peerAddr(), m.err
	case <-expired:
		return 0, nil, os.ErrDeadlineExceeded
	case <-w.done:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo writes to the socket without its semaphore, since each write is one datagram.
// A datagram for which the socket has no room within a second is lost.
func (w *dtlsWire) WriteTo(p []byte, _ net.Addr) (int, error) {
	n := len(p)
	switch d := (*dtlsConn)(w); {
	case w.mute.Load():
		return n, nil
	case w.server && dtlscookie.IsVerifyRequest(p):
		// The client has answered ours already.
		if err := dtlscookie.Adopt(d.conn, d.hello); err != nil {
			return 0, err
		}
		d.put(datagram{data: d.hello.Datagram}, false)
		return n, nil
	case w.server && w.hello.Datagram != nil:
		p = dtlscookie.Shifted(p, w.hello.Sequence())
	}
	w.tap.sent(p)
	err := w.socket.control(func(fd int) (err error) {
		for range 50 {
			if w.to == nil {
				err = unix.Send(fd, p, 0)
			} else {
				err = unix.Sendto(fd, p, 0, w.to)
			}
			if err != unix.EAGAIN && err != unix.EINTR || w.socket.Closed() {
				return err
			}
			unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, 20)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// SetReadDeadline ends a waiting read if t has passed. pion needs no more.
func (w *dtlsWire) SetReadDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.expired:
		if t.IsZero() {
			w.expired = make(chan struct{})
		}
	default:
		if !t.IsZero() && t.Before(time.Now()) {
			close(w.expired)
		}
	}
	return nil
}

func (w *dtlsWire) SetDeadline(t time.Time) error    { return w.SetReadDeadline(t) }
func (w *dtlsWire) SetWriteDeadline(time.Time) error { return nil }
func (w *dtlsWire) LocalAddr() net.Addr              { return netAddr{w.socket.LocalAddr(), "udp"} }

// Close ends the reads. The handle closes the descriptor.
func (w *dtlsWire) Close() error {
	w.close()
	return nil
}

// dtlsCause returns the cause to report for an error of pion/dtls.
func dtlsCause(err error) error {
	if errno := errnoOf(err); errno != 0 {
		return errno
	}
	var closed closedError
	if errors.As(err, &closed) {
		return err
	}
	var failed *dtls.HandshakeError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return tlsconf.ExplainDTLS(err)
}
