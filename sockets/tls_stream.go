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

// tlsChunk is how many bytes are encrypted at once, for one call of write(2).
const tlsChunk = 32 << 10

// tlsBulk: a record of at least this size is probably followed by others.
const tlsBulk = 4 << 10

// maxUnsent is how many bytes may wait to be written before reading stops: a chunk as
// records, and answers of TLS itself. A peer that keeps asking for new keys (RFC 8446,
// section 4.6.3) and reads none of the answers is thus stopped by TCP's flow control. The
// limit is above zero, so that two sides that both write before they read do not block
// each other because of an answer.
const maxUnsent = tlsChunk + tlsChunk/16 + 16<<10

// errUnsent is the error of a read that is refused while more than maxUnsent bytes wait
// to be written.
var errUnsent = errors.New("answers wait to be written")

// records holds buffers for a chunk as records, each with its header and tag.
var records = sync.Pool{New: func() any { return new([tlsChunk + tlsChunk/16]byte) }}

// A tlsStream is TLS on a handle's stream. It reads and writes the handle's descriptor
// with readable and writable, as a plain stream does. Except in the handshake, crypto/tls
// never blocks in it: EAGAIN from the descriptor passes through crypto/tls. Nothing is
// lost by that, since for crypto/tls a temporary error ends only that one read. Records
// that crypto/tls writes are stored here, and written to the descriptor afterwards.
type tlsStream struct {
	h    *Handle
	conn *tls.Conn

	setup  *tlsconf.Setup
	server bool
	tap    *tap

	readPiece, readInto, writeAll, flushAll func(fd int) error // the methods of these names

	// For the holder of the read semaphore.
	fd           int
	handshakeCtx context.Context // while the handshake runs
	early        []byte          // data received before TLS started
	ended        bool            // the TCP stream has
	readErr      error           // the last error of read(2)

	chunk  int         // for the holder of the write semaphore: how many of its bytes are in out
	closed atomic.Bool // close_notify was sent
	ending atomic.Bool // by close

	mu       sync.Mutex
	out      []byte                        // records to be written, in order
	buf      *[tlsChunk + tlsChunk/16]byte // of records, which they lie in, or nil
	flushing bool                          // a goroutine of flushLater runs
	room     chan struct{}                 // closed when out is below maxUnsent; nil while nobody waits
}

func newTLSStream(h, teller *Handle, setup *tlsconf.Setup, server bool, host string) *tlsStream {
	s := &tlsStream{h: h, setup: setup, server: server, tap: newTap(h, teller, h.PeerAddr(), server)}
	config := setup.Config(server, host)
	config.KeyLogWriter = s.tap.keyLog(config.KeyLogWriter)
	if server {
		s.conn = tls.Server((*tlsWire)(s), config)
	} else {
		s.conn = tls.Client((*tlsWire)(s), config)
	}
	s.readPiece, s.readInto, s.writeAll, s.flushAll = s.tryReadPiece, s.tryReadInto, s.tryWriteAll, s.flush
	return s
}

// handshake runs the handshake of a call that began at began. The caller holds both
// semaphores, and nobody else uses s until handshake returns. All its records have been
// written then, even after an error.
func (s *tlsStream) handshake(ctx context.Context, began time.Time) error {
	// The last flight of a handshake often gets no answer. Without TCP_NODELAY, the
	// first data after it would wait 40 ms for a delayed acknowledgement.
	s.h.control(func(fd int) error { return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) })
	s.handshakeCtx = ctx
	err := s.conn.Handshake() // not HandshakeContext, in which a goroutine closes the descriptor
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

// readable is the handle's method, for the two methods below. If unsent answers stop it
// from reading, it waits until they are written.
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

// read is like read(2), for decrypted data: 0 bytes mean the end of the stream.
func (s *tlsStream) read(fd int, p []byte) (int, error) {
	s.fd = fd
	if s.full() {
		s.flushLater()
		return 0, errUnsent
	}
	n, err := s.conn.Read(p)
	for m := n; err == nil && m > tlsBulk && n < len(p) && !s.full(); n += m {
		m, err = s.conn.Read(p[n:]) // returns at most one record
	}
	if s.unsent() && s.flush(fd) == unix.EAGAIN { // the answer to a key update, or an alert
		s.flushLater()
	}
	switch {
	case n > 0:
		return n, nil // the next read returns the error again
	case err == io.EOF && !s.ended, s.ended && s.h.shutRead.Load():
		return 0, nil
	}
	return 0, s.cause(err, false)
}

// tryWriteAll encrypts and writes the rest of the direction's p. Encrypted data counts as
// written: if the call ends before that, it is written later, before any other data.
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
				return unix.EPIPE // close_notify was sent, or the receiver has reported the cause
			}
			return s.cause(err, false)
		}
	}
}

// flush writes the waiting records. It returns EAGAIN if it can't write now.
func (s *tlsStream) flush(fd int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.out) > 0 {
		n, err := unix.Write(fd, s.out)
		s.out = s.out[max(n, 0):]
		s.signalRoom()
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

// drop frees the buffer of written records. The caller holds s.mu.
func (s *tlsStream) drop() {
	s.out = nil
	s.signalRoom()
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

// flushNow writes as much as possible at once, and the rest in the background.
func (s *tlsStream) flushNow() {
	if err := s.h.control(s.flushAll); err == unix.EAGAIN {
		s.flushLater()
	}
}

// flushLater writes the waiting records in the background, when the peer reads. However
// often it is called, at most one goroutine runs. It ignores errors: the next read or
// write has the same error.
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

// full reports whether so many bytes wait to be written that reading must stop.
func (s *tlsStream) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.out) >= maxUnsent
}

// awaitRoom waits until reading may continue.
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

// signalRoom wakes awaitRoom, if reading may continue. The caller holds s.mu.
func (s *tlsStream) signalRoom() {
	if s.room != nil && len(s.out) < maxUnsent {
		close(s.room)
		s.room = nil
	}
}

// closeWrite sends close_notify after all earlier data: a half-close (RFC 8446, section
// 6.1). The TCP stream stays open.
func (s *tlsStream) closeWrite() {
	s.closed.Store(true)
	s.conn.CloseWrite()
	s.flushNow()
}

// finish is closeWrite before a close. Closing with unread data would reset the
// connection, and the peer could lose data that it has not read yet. So finish first
// reads messages of TLS itself, such as session tickets.
func (s *tlsStream) finish() {
	s.ending.Store(true)
	s.conn.CloseWrite()
	s.h.control(s.flushAll)
	select {
	case s.h.readSem <- struct{}{}:
	default:
		return // the holder of the semaphore is reading
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
		// Write first: the peer waits for our records before it sends its own.
		if err = w.h.writable(w.handshakeCtx, s.flushAll); err == nil {
			err = w.h.readable(w.handshakeCtx, read)
		}
	case w.readErr != nil:
		return 0, w.readErr // the system reports it only once
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
	if err == nil {
		w.tap.received(p[:n])
	}
	return n, err
}

func (w *tlsWire) Write(p []byte) (int, error) {
	w.tap.sent(p)
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

// Deadlines do nothing: the contexts of the handle's calls limit the time.
func (w *tlsWire) SetDeadline(time.Time) error      { return nil }
func (w *tlsWire) SetReadDeadline(time.Time) error  { return nil }
func (w *tlsWire) SetWriteDeadline(time.Time) error { return nil }

// netAddr is an Addr for package net.
type netAddr struct {
	Addr
	network string
}

func (a netAddr) Network() string { return a.network }
