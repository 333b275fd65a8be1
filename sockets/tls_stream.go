package sockets

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// tlsChunk is how much is encrypted at once: what one call of write takes.
const tlsChunk = 32 << 10

// tlsBulk is from what size on a record is taken for one of many.
const tlsBulk = 4 << 10

// maxUnsent is how much may wait to be written before nothing more is read: a
// chunk as records, and what TLS itself answers. A peer that asks for new keys
// again and again (RFC 8446, section 4.6.3) and reads none of the answers is so
// held by TCP's flow control. It is more than nothing, so that two sides that
// both write before they read do not wait for each other over an answer.
const maxUnsent = tlsChunk + tlsChunk/16 + 16<<10

// errUnsent is what a read says in place of reading while too much waits to be
// written.
var errUnsent = errors.New("answers wait to be written")

// records holds buffers for a chunk as records, each with its header and tag.
var records = sync.Pool{New: func() any { return new([tlsChunk + tlsChunk/16]byte) }}

// A tlsStream is TLS on a handle's stream. It reads and writes the handle's own
// descriptor, and as a plain stream does: it is what readable and writable
// try. crypto/tls never waits in it, but for the handshake: an EAGAIN from the
// descriptor passes through it, and nothing is lost, since it takes an error
// that is temporary as the end of that read alone. What it writes is kept here
// and goes out after.
type tlsStream struct {
	h    *Handle
	conn *tls.Conn

	setup  *tlsconf.Setup
	server bool

	readPiece, readInto, writeAll, flushAll func(fd int) error // the methods of these names

	// Of the holder of the read semaphore.
	fd           int
	handshakeCtx context.Context // while the handshake runs
	early        []byte          // what had been received before TLS began
	ended        bool            // the TCP stream has
	readErr      error           // what read(2) said last

	chunk  int         // of the holder of the write semaphore: how much of its bytes is in out
	closed atomic.Bool // close_notify was sent
	ending atomic.Bool // by close

	mu       sync.Mutex
	out      []byte                        // records to be written, in order
	buf      *[tlsChunk + tlsChunk/16]byte // of records, which they lie in, or nil
	flushing bool                          // a goroutine of flushLater runs
	room     chan struct{}                 // closed when out is below maxUnsent; nil while nobody waits
}

func newTLSStream(h *Handle, setup *tlsconf.Setup, server bool, host string) *tlsStream {
	s := &tlsStream{h: h, setup: setup, server: server}
	config := setup.Config(server, host)
	if server {
		s.conn = tls.Server((*tlsWire)(s), config)
	} else {
		s.conn = tls.Client((*tlsWire)(s), config)
	}
	s.readPiece, s.readInto, s.writeAll, s.flushAll = s.tryReadPiece, s.tryReadInto, s.tryWriteAll, s.flush
	return s
}

// handshake runs the handshake of a call that began before it. The caller holds both
// semaphores, and nobody else uses s until it has come back. Whatever came of it, what
// it wrote has gone out.
func (s *tlsStream) handshake(ctx context.Context, began time.Time) error {
	// The last flight of a handshake is often left without an answer, so that
	// the first bytes after it would wait for a delayed acknowledgement, 40 ms.
	s.h.control(func(fd int) error { return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) })
	s.handshakeCtx = ctx
	err := s.conn.Handshake() // not with ctx, which would have a goroutine close the descriptor
	s.handshakeCtx = nil
	if ferr := s.h.writable(ctx, s.flushAll); err == nil {
		err = ferr
	}
	switch {
	case err == nil:
		return nil
	case s.h.Closed():
		return closedError{s.h.name}
	case ctx.Err() != nil:
		return handshakeEnded(ctx, began)
	}
	return s.cause(err, true)
}

// tryReadPiece reads into a buffer of scratch, as a direction's does.
func (s *tlsStream) tryReadPiece(fd int) (err error) {
	d := &s.h.reads
	d.buf = scratch.Get().(*[maxMessage]byte)
	if d.n, err = s.read(fd, d.buf[:d.most()]); err != nil {
		scratch.Put(d.buf)
		d.buf = nil
	}
	return err
}

// readable is the handle's, for the two methods below; in between it waits until
// the answers have gone out that keep it from reading.
func (s *tlsStream) readable(ctx context.Context, try func(fd int) error) error {
	for {
		err := s.h.readable(ctx, try)
		if err == errUnsent {
			err = s.awaitRoom(ctx)
			if err == nil {
				continue
			}
		}
		return err
	}
}

// tryReadInto reads into the p of the direction.
func (s *tlsStream) tryReadInto(fd int) (err error) {
	d := &s.h.reads
	d.n, err = s.read(fd, d.p)
	return err
}

// read is read(2) of what was decrypted: 0 bytes are the end of the stream.
func (s *tlsStream) read(fd int, p []byte) (int, error) {
	s.fd = fd
	if s.full() {
		s.flushLater()
		return 0, errUnsent
	}
	n, err := s.conn.Read(p)
	for m := n; err == nil && m > tlsBulk && n < len(p) && !s.full(); n += m {
		m, err = s.conn.Read(p[n:]) // which gives a record at most
	}
	if s.unsent() && s.flush(fd) == unix.EAGAIN { // the answer to a change of keys, or an alert
		s.flushLater()
	}
	switch {
	case n > 0:
		return n, nil // an error that came with it comes again
	case err == io.EOF && !s.ended, s.ended && s.h.shutRead.Load():
		return 0, nil
	}
	return 0, s.cause(err, false)
}

// tryWriteAll encrypts and writes what is left of the p of the direction. What
// is encrypted counts as written: if the call ends before it is, it goes out
// later, and before all else.
func (s *tlsStream) tryWriteAll(fd int) error {
	d := &s.h.writes
	d.order.enter()
	if d.n == 0 {
		s.chunk = 0
	}
	for {
		switch err := s.flush(fd); {
		case err == unix.EAGAIN:
			d.order.leave() // it may be long
			return err
		case err != nil:
			d.n -= s.chunk
			return err
		case d.n == len(d.p):
			return nil
		}
		var err error
		s.chunk, err = s.conn.Write(d.p[d.n:min(d.n+tlsChunk, len(d.p))])
		d.n += s.chunk
		if err != nil {
			if s.ending.Load() {
				return closedError{s.h.name}
			}
			if s.closed.Load() || s.h.ended() {
				return unix.EPIPE // close_notify was sent, or the receiver has told why
			}
			return s.cause(err, false)
		}
	}
}

// flush writes the records that wait, and says EAGAIN if it can't now.
func (s *tlsStream) flush(fd int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.out) > 0 {
		n, err := unix.Write(fd, s.out)
		s.out = s.out[max(n, 0):]
		s.tellRoom()
		if err != nil && err != unix.EINTR {
			if err != unix.EAGAIN {
				s.drop()
			}
			return err
		}
	}
	s.drop()
	return nil
}

// drop lets go of what is written. The caller holds s.mu.
func (s *tlsStream) drop() {
	s.out = nil
	s.tellRoom()
	if s.buf != nil {
		records.Put(s.buf)
		s.buf = nil
	}
}

func (s *tlsStream) unsent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.out) > 0
}

// flushNow writes what can be written at once, and has the rest go out in the
// background.
func (s *tlsStream) flushNow() {
	if err := s.h.control(s.flushAll); err == unix.EAGAIN {
		s.flushLater()
	}
}

// flushLater has the records that wait go out once the peer takes them, by one
// goroutine however often it is called. An error is of no use here: whoever
// reads or writes next has it too.
func (s *tlsStream) flushLater() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flushing || len(s.out) == 0 {
		return
	}
	s.flushing = s.h.table.start(func() {
		ctx := context.Background() // it ends with the handle
		for {
			err := s.h.acquire(ctx, s.h.writeSem)
			if err == nil {
				err = s.h.writable(ctx, s.flushAll)
				s.h.release(s.h.writeSem)
			}
			s.mu.Lock()
			if err != nil || len(s.out) == 0 {
				s.flushing = false
				s.mu.Unlock()
				return
			}
			s.mu.Unlock()
		}
	})
}

// full reports whether too much waits to be written for more to be read.
func (s *tlsStream) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.out) >= maxUnsent
}

// awaitRoom waits until that is no longer so.
func (s *tlsStream) awaitRoom(ctx context.Context) error {
	began := time.Now()
	s.mu.Lock()
	if len(s.out) < maxUnsent {
		s.mu.Unlock()
		return nil
	}
	if s.room == nil {
		s.room = make(chan struct{})
	}
	room := s.room
	s.mu.Unlock()
	select {
	case <-room:
		return nil
	case <-s.h.done:
		return closedError{s.h.name}
	case <-ctx.Done():
		return ContextCause(ctx, began)
	}
}

// tellRoom wakes who waits for room, if there is any. The caller holds s.mu.
func (s *tlsStream) tellRoom() {
	if s.room != nil && len(s.out) < maxUnsent {
		close(s.room)
		s.room = nil
	}
}

// closeWrite sends close_notify, after all that was sent before: the end of
// this side of the stream (RFC 8446, section 6.1). The TCP stream goes on.
func (s *tlsStream) closeWrite() {
	s.closed.Store(true)
	s.conn.CloseWrite()
	s.flushNow()
}

// finish is closeWrite before a close. A close with something unread would be
// a reset, which can take away what the peer has not read yet; so what TLS
// alone has to say, such as tickets, is read first.
func (s *tlsStream) finish() {
	s.ending.Store(true)
	s.conn.CloseWrite()
	s.h.control(s.flushAll)
	select {
	case s.h.readSem <- struct{}{}:
	default:
		return // who has it reads
	}
	defer s.h.release(s.h.readSem)
	s.h.control(func(fd int) error {
		s.fd = fd
		_, err := s.conn.Read(make([]byte, 1))
		return err
	})
}

// tlsWire is the net.Conn below crypto/tls: the descriptor of the handle.
type tlsWire tlsStream

func (w *tlsWire) Read(p []byte) (n int, err error) {
	if len(w.early) > 0 {
		n = copy(p, w.early)
		w.early = w.early[n:]
		return n, nil
	}
	read := func(fd int) error {
		n, err = unix.Read(fd, p)
		n = max(n, 0)
		return err
	}
	s := (*tlsStream)(w)
	switch {
	case w.handshakeCtx != nil:
		// Both sides wait for each other's records, so first what is written.
		if err = w.h.writable(w.handshakeCtx, s.flushAll); err == nil {
			err = w.h.readable(w.handshakeCtx, read)
		}
	case w.readErr != nil:
		return 0, w.readErr // the system tells it once
	default:
		for read(w.fd) == unix.EINTR {
		}
	}
	switch {
	case err == nil && n == 0:
		w.ended = true
		return 0, io.EOF
	case err != unix.EAGAIN:
		w.readErr = err
	}
	return n, err
}

func (w *tlsWire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.out == nil {
		w.buf = records.Get().(*[tlsChunk + tlsChunk/16]byte)
		w.out = w.buf[:0]
	}
	w.out = append(w.out, p...)
	return len(p), nil
}

// Close is not called: the handle closes its descriptor.
func (w *tlsWire) Close() error { return nil }

func (w *tlsWire) LocalAddr() net.Addr  { return netAddr{w.h.LocalAddr(), w.h.Network()} }
func (w *tlsWire) RemoteAddr() net.Addr { return netAddr{w.h.PeerAddr(), w.h.Network()} }

// Deadlines are the handle's contexts'.
func (w *tlsWire) SetDeadline(time.Time) error      { return nil }
func (w *tlsWire) SetReadDeadline(time.Time) error  { return nil }
func (w *tlsWire) SetWriteDeadline(time.Time) error { return nil }

// netAddr is an Addr for package net.
type netAddr struct {
	Addr
	network string
}

func (a netAddr) Network() string { return a.network }
