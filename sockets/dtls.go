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

	"sosh/sockets/tlsconf"

	"github.com/pion/dtls/v3"
	"github.com/pion/logging"
	"golang.org/x/sys/unix"
)

// maxRecord is how much of a datagram pion reads, and maxDTLS what that carries:
// the record's header, its nonce, its MAC and padding take up to 77 bytes.
const (
	maxRecord = 8192
	maxDTLS   = maxRecord - 77
)

// A dtlsConn is DTLS on a datagram handle. pion/dtls has goroutines of its own,
// which answer a peer that lost something, so unlike a TLS stream it is fed:
// the handle's socket is read in the background, and a goroutine puts what was
// decrypted into the inbox, as for a peer of a served datagram socket. The
// inbox is never the reader's to wait for: what finds it full is lost.
type dtlsConn struct {
	h      *Handle       // whose inbox it fills
	socket *Handle       // whose descriptor it writes to
	to     unix.Sockaddr // whom, or nil for the socket's own peer
	conn   *dtls.Conn
	setup  *tlsconf.Setup
	server bool
	name   string // the name of the server that the client asked for

	in    chan datagram
	done  chan struct{} // closed by close
	close func()
	mute  atomic.Bool // nothing is sent any more
	ended atomic.Bool // this side has ended it

	hello  dtlsHello          // of a served client: the one with the cookie
	cancel context.CancelFunc // of a served client: ends the handshake

	mu         sync.Mutex
	expired    chan struct{} // closed when the reading deadline has passed
	handshaken bool          // the handshake is done
	early      []datagram    // what came before that was; see put
	fed        int           // bytes that came in the handshake
	clear      int           // bytes in the clear that came after it
	queued     int           // bytes in the channel
}

// What a served client may have waiting, and send in vain: a handshake is
// seldom longer than a few kilobytes, and pion keeps pieces of messages.
const (
	maxHandshakeBytes = 128 << 10 // in its handshake
	maxEarly          = 64 << 10  // of data before this side is done with it
	maxClear          = 64 << 10  // in the clear after it, where a flight was lost
	maxQueued         = 256 << 10 // not yet decrypted
)

// A datagram as it came, or the error that came in its place.
type datagram struct {
	data []byte
	err  error
}

func newDTLS(h, socket *Handle, to unix.Sockaddr, setup *tlsconf.Setup, server bool, host string) (*dtlsConn, error) {
	d := &dtlsConn{
		h: h, socket: socket, to: to, setup: setup, server: server,
		in: make(chan datagram, 128), done: make(chan struct{}), expired: make(chan struct{}),
	}
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

// silent has pion/dtls write nothing to the terminal: what goes wrong is an
// error of the handle.
var silent = &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}

// sharedOptions are those of both sides. Verification is ours, so that it and
// its errors are those of TLS.
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
	if w := s.KeyLogWriter(); w != nil {
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
		list = append(list, dtls.WithServerName(d.name)) // names alone are asked for (RFC 6066, section 3)
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

// handshake runs the handshake of a call that began before it.
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

// put hands over a datagram that came for this peer. wait is to hold up who
// reads the socket while there is no room; else it is lost, as it would be in
// the kernel's queue.
//
// The peer may be done with the handshake before this side is. pion loses what
// it sends then, but for one datagram, so that is kept until pion is done too.
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

// tooMuch counts a datagram, and reports whether it is one more than a client
// may send. The caller holds d.mu.
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

// taken counts a datagram that has left the channel, or did not come to it.
func (d *dtlsConn) taken(m datagram) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queued -= len(m.data)
}

// receive puts into the inbox what comes, until the connection ends.
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
			// close_notify, or an alert, which pion keeps to itself.
			h.endStream(io.EOF)
			d.mute.Store(true)
			d.conn.Close()
			return
		}
	}
}

// read is pion's Read, which tells of the end of a connection as often as not
// before the message that stood before it: one at most, so it is asked again
// until it would have told.
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

// finish ends the connection, by close_notify unless it is to be broken off.
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

// WriteTo writes to the socket without its semaphore: each write is one datagram. One that the socket has no room for within a second is lost.
func (w *dtlsWire) WriteTo(p []byte, _ net.Addr) (int, error) {
	n := len(p)
	switch d := (*dtlsConn)(w); {
	case w.mute.Load():
		return n, nil
	case w.server && isVerifyRequest(p):
		// Ours was answered already.
		if err := d.adoptCookie(); err != nil {
			return 0, err
		}
		d.put(datagram{data: d.hello.datagram}, false)
		return n, nil
	case w.server && w.hello.datagram != nil:
		p = shifted(p, w.hello.sequence())
	}
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

// SetReadDeadline ends the read that waits if t has passed: all that pion asks
// for.
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

// Close ends the reads; the descriptor is the handle's.
func (w *dtlsWire) Close() error {
	w.close()
	return nil
}

// dtlsCause says what an error of pion/dtls means.
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
