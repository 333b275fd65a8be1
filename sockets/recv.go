package sockets

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"sosh/sockets/sockstat"
	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// DefaultLimit is the default limit of one receive, in bytes.
const DefaultLimit = 65536

// maxMessage is longer than any datagram that IP carries.
const maxMessage = 65536

// maxPiece is the most that one receive reads from a stream's socket, in bytes. The
// kernel's receive buffers are of this order.
const maxPiece = 1 << 20

var errBadLimit = errors.New("the limit is less than 1 byte")

// scratch holds buffers of maxMessage bytes, for reads whose size is not known before.
var scratch = sync.Pool{New: func() any { return new([maxMessage]byte) }}

// Recv returns available data, 1 to limit bytes of a stream or one datagram, as
// recv(2). Data in the inbox comes first; if there is none, Recv waits for data. The end
// of a stream is io.EOF itself. When ctx ends, received data stays in the inbox. A limit
// below 1 is an error.
func (h *Handle) Recv(ctx context.Context, limit int) (Message, error) {
	return h.recv(ctx, "recv", limit)
}

// RecvFrom is [Handle.Recv] for datagrams, as recvfrom(2). For a stream, the sender is
// the peer.
func (h *Handle) RecvFrom(ctx context.Context, limit int) (Message, error) {
	return h.recv(ctx, "recvfrom", limit)
}

func (h *Handle) recv(ctx context.Context, op string, limit int) (Message, error) {
	switch {
	case limit < 1:
		return Message{}, h.fail(op, "", errBadLimit)
	case h.in.messages:
		return h.recvMessage(ctx, op, limit)
	}
	return h.recvStream(ctx, op, limit, nil)
}

// RecvInto receives 1 to len(p) bytes of a stream into p. If p is empty, it returns at
// once. Its errors are those of [Handle.Recv].
func (h *Handle) RecvInto(ctx context.Context, p []byte) (int, error) {
	switch {
	case h.in.messages:
		return 0, h.fail("recv", "", h.wholeMessages())
	case len(p) == 0:
		return 0, nil
	}
	m, err := h.recvStream(ctx, "recv", len(p), p)
	return len(m.Data), err
}

// recvStream receives a piece of a stream into p or, if p is nil, into a new slice.
func (h *Handle) recvStream(ctx context.Context, op string, limit int, p []byte) (Message, error) {
	in := &h.in
	for {
		in.mu.Lock()
		if in.size > 0 {
			if p == nil {
				p = make([]byte, min(limit, in.size))
			}
			n, head := in.takeBytes(p)
			in.mu.Unlock()
			return Message{Data: p[:n], From: h.PeerAddr(), Size: n, Shown: h.shownOf(head, n)}, nil
		}
		acquired, err := h.endOrAcquire(ctx, op)
		if err != nil {
			return Message{}, err
		}
		if acquired {
			m, err := h.recvDirect(ctx, limit, p)
			if err != nil {
				return Message{}, h.endOf(op, err)
			}
			return m, nil
		}
	}
}

// recvDirect is recvStream directly from the socket. The caller holds the read
// semaphore; recvDirect releases it.
func (h *Handle) recvDirect(ctx context.Context, limit int, p []byte) (m Message, err error) {
	defer h.release(h.readSem)
	m.From = h.PeerAddr()
	if p == nil && limit <= maxMessage {
		var buf *[maxMessage]byte
		if buf, m.Size, err = h.readPiece(ctx, limit); err != nil {
			return m, err
		}
		m.Data = bytes.Clone(buf[:m.Size])
		scratch.Put(buf)
	} else {
		if p == nil {
			// A stream returns available data, so a buffer for the whole limit, which
			// may be very large, is not needed.
			p = make([]byte, min(limit, maxPiece))
		}
		if m.Size, err = h.readInto(ctx, p); err != nil {
			return m, err
		}
		m.Data = p[:m.Size]
	}
	h.received(m)
	return m, nil
}

// errPeersReceive is the cause of a failed receive on a served datagram socket.
var errPeersReceive = errors.New("serve is active: each sender has its own handle to receive from")

// endOrAcquire is called with the inbox locked and empty, and unlocks it. If no more
// data can arrive, it returns the error for that; otherwise it calls acquireToRead.
func (h *Handle) endOrAcquire(ctx context.Context, op string) (acquired bool, err error) {
	seen, end, served := h.in.total, h.in.end, h.in.served
	h.in.mu.Unlock()
	if served && end == nil {
		return false, h.fail(op, "", errPeersReceive)
	}
	if end != nil {
		return false, h.endOf(op, end)
	}
	if acquired, err = h.acquireToRead(ctx, seen); err != nil {
		return false, h.fail(op, "", err)
	}
	return acquired, nil
}

// acquireToRead waits until the caller holds the read semaphore, or the inbox has
// changed past position seen. If a receiver has yielded, acquireToRead itself reads into
// the inbox in its place. The caller releases the semaphore.
func (h *Handle) acquireToRead(ctx context.Context, seen uint64) (acquired bool, err error) {
	in := &h.in
	var began time.Time
	if !h.kind.Datagram() && h.Listening() {
		// An acceptor may hold the semaphore until the handle is closed. The call takes
		// nothing from a listener; its error depends on the kind of socket.
		return false, h.control(func(fd int) error {
			_, _, err := unix.Recvfrom(fd, make([]byte, 1), unix.MSG_DONTWAIT)
			return err
		})
	}
	if h.inState(stateConnecting) {
		// Reading now would take the outcome of connect (SO_ERROR) away from it.
		if err := h.acquire(ctx, h.writeSem); err != nil {
			return false, err
		}
		h.release(h.writeSem)
	}
	have := false // the semaphore
	for {
		in.mu.Lock()
		news := in.total > seen || in.end != nil || in.served
		// A receiver holds the semaphore or waits for it; it fills the inbox.
		yielding := in.yielding != nil
		receiving := in.receiving && !yielding
		if !have && !news && !receiving {
			select {
			case h.readSem <- struct{}{}:
				have = true
			default:
			}
		}
		var changed <-chan struct{}
		if !have && !news {
			changed = in.waiter()
			in.called = in.called || receiving
		}
		in.mu.Unlock()
		switch {
		case have && h.Closed():
			h.release(h.readSem)
			return false, closedError{h.name}
		case have && !news && yielding:
			err := h.receiveOne(ctx)
			h.release(h.readSem)
			if h.ended() {
				err = nil // the caller finds it in the inbox
			}
			return false, err
		case have && !news:
			return true, nil
		case have:
			h.release(h.readSem)
		}
		if news {
			return false, nil
		}
		if began.IsZero() {
			began = time.Now()
		}
		next := h.readSem
		if receiving {
			next = nil
		}
		select {
		case next <- struct{}{}:
			// Keep the semaphore: releasing and acquiring it again would pass it round
			// among the waiting calls for ever.
			have = true
		case <-changed:
		case <-h.done:
			err = closedError{h.name}
		case <-ctx.Done():
			err = ContextCause(ctx, began)
		}
		if err != nil {
			return false, err
		}
	}
}

// readPiece reads up to limit bytes of a stream, at most maxMessage, into a buffer of
// scratch. Without an error, the caller owns the buffer. The caller holds the read
// semaphore.
func (h *Handle) readPiece(ctx context.Context, limit int) (buf *[maxMessage]byte, n int, err error) {
	d := &h.reads
	d.ready()
	d.limit, d.limits, d.n, d.buf = limit, &h.table.limits, 0, nil
	if s := h.tls.Load(); s != nil {
		err = s.readable(ctx, s.readPiece)
	} else {
		err = h.readable(ctx, d.readPiece)
	}
	buf, d.buf = d.buf, nil
	if err = h.noteEnd(d.n, err); err != nil && buf != nil {
		scratch.Put(buf)
	}
	return buf, d.n, err
}

// readInto reads a piece of a stream into p. The caller holds the read semaphore.
func (h *Handle) readInto(ctx context.Context, p []byte) (n int, err error) {
	d := &h.reads
	d.ready()
	d.p, d.n = p, 0
	if s := h.tls.Load(); s != nil {
		err = s.readable(ctx, s.readInto)
	} else {
		err = h.readable(ctx, d.readInto)
	}
	d.p = nil
	return d.n, h.noteEnd(d.n, err)
}

// noteEnd notes the end of the stream: a lasting error, or a read of no bytes without an
// error, for which it returns io.EOF.
func (h *Handle) noteEnd(n int, err error) error {
	switch {
	case err == nil && n == 0:
		err = io.EOF
		h.endStream(err)
	case err != nil && lasting(err):
		h.endStream(err)
	}
	return err
}

// lasting reports whether err ends the stream for ever, unlike a cancelled call or a
// state that can change.
func lasting(err error) bool {
	var secure *tlsconf.Error
	return errors.As(err, &secure) ||
		errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.ETIMEDOUT) || errors.Is(err, unix.EPIPE) ||
		errors.Is(err, unix.ECONNABORTED) || errors.Is(err, unix.EHOSTUNREACH) || errors.Is(err, unix.ENETUNREACH) || errors.Is(err, unix.ECONNREFUSED)
}

// endStream stores how the stream has ended and publishes it. Only the first call has an
// effect. The caller holds no lock and no ordering.
func (h *Handle) endStream(err error) {
	o := ordering{table: h.table} // publish it after the data that caused it
	o.enter()
	defer o.leave()
	h.mu.Lock()
	h.in.mu.Lock()
	first := h.in.end == nil
	if first {
		// Set the state first, so that whoever sees the end in the inbox sees the state
		// too.
		h.readEnd = true
		h.writeEnd = h.writeEnd || err != io.EOF && !errors.Is(err, ErrTruncated)
		h.reset = errors.Is(err, unix.ECONNRESET)
		h.in.end = err
		h.in.changed()
	}
	h.in.mu.Unlock()
	peer := h.peer
	h.mu.Unlock()
	if !first {
		return
	}
	switch {
	case err == io.EOF:
		h.publish(Event{Type: EventEOF, Peer: peer})
	case errors.Is(err, unix.ECONNRESET):
		h.publish(Event{Type: EventReset, Peer: peer, Err: err})
	default:
		h.publish(Event{Type: EventError, Peer: peer, Err: err})
	}
	if l := h.peerage.listener; l != nil {
		l.letGo(h)
	}
}

// endOf returns io.EOF unchanged, and any other cause as an *Error.
func (h *Handle) endOf(op string, err error) error {
	if err == io.EOF {
		return err
	}
	e := h.fail(op, "", err)
	if e, ok := e.(*Error); ok && lasting(e.Err) {
		e.Addr = h.PeerAddr().Raw()
	}
	return e
}

// recvMessage receives one message.
func (h *Handle) recvMessage(ctx context.Context, op string, limit int) (Message, error) {
	in := &h.in
	if h.kind.secure() && h.dtls.Load() == nil {
		return Message{}, h.fail(op, "", unix.ENOTCONN) // received data is not decrypted
	}
	for {
		in.mu.Lock()
		if len(in.msgs) > 0 {
			m, head := in.takeMessage(limit)
			in.mu.Unlock()
			m.Shown = h.shownOf(head, 1)
			if m.err != nil {
				return Message{}, h.fail(op, m.From.Raw(), m.err)
			}
			return m, nil
		}
		acquired, err := h.endOrAcquire(ctx, op)
		if err != nil {
			return Message{}, err
		}
		if acquired {
			m, err := h.readMessage(ctx, min(limit, maxMessage))
			if err == nil {
				h.received(m)
			}
			h.release(h.readSem)
			if err != nil {
				if h.kind.Datagram() && passing(err) {
					h.publishPassing(h.PeerAddr(), err)
					return Message{}, h.fail(op, h.PeerAddr().Raw(), err)
				}
				return Message{}, h.endOf(op, err)
			}
			return m, nil
		}
	}
}

// readMessage reads one message from the socket. The caller holds the read semaphore.
func (h *Handle) readMessage(ctx context.Context, limit int) (Message, error) {
	var buf *[maxMessage]byte
	var oob [64]byte
	var n, oobn, flags int
	var sa unix.Sockaddr
	var ended bool
	err := h.readable(ctx, func(fd int) (err error) {
		// As in readPiece, a waiting read holds no buffer.
		buf = scratch.Get().(*[maxMessage]byte)
		switch h.kind {
		case UnixPacket:
			n, flags, ended, err = recvPacket(fd, buf[:limit])
		case UnixGram:
			// No buffer for control messages, since a peer could send descriptors.
			n, _, flags, sa, err = unix.Recvmsg(fd, buf[:limit], nil, truncFlag)
		default:
			n, oobn, flags, sa, err = unix.Recvmsg(fd, buf[:limit], oob[:], truncFlag)
		}
		if h.kind != UnixPacket && h.shutRead.Load() && datagramEnd(n, err) {
			ended, err = true, nil
		}
		if err != nil {
			scratch.Put(buf)
		}
		return err
	})
	if err != nil {
		if !h.kind.Datagram() && lasting(err) {
			h.endStream(err)
		}
		return Message{}, err
	}
	defer scratch.Put(buf)
	if ended {
		h.endStream(io.EOF)
		return Message{}, io.EOF
	}
	if drops, ok := sockstat.DropCount(oob[:oobn]); ok {
		h.counters.kernelDrops.Store(int64(drops))
	}
	m := Message{Data: bytes.Clone(buf[:min(n, limit)]), Size: n, Cut: flags&unix.MSG_TRUNC != 0, From: fromSockaddr(sa)}
	if m.Data == nil {
		m.Data = []byte{}
	}
	if m.From.IsZero() {
		m.From = h.PeerAddr()
	}
	return m, nil
}

// received counts and publishes data that a call read directly from the socket.
func (h *Handle) received(m Message) {
	h.count(len(m.Data))
	if !h.wants() {
		return
	}
	ev := Event{Type: EventData, Peer: m.From, N: len(m.Data), Cut: m.Cut, Direct: true}
	if h.table.listening.Load() || h.keepData.Load() {
		ev.Data = append([]byte{}, m.Data...)
	}
	o := ordering{table: h.table}
	o.enter()
	defer o.leave()
	h.publish(ev)
}
