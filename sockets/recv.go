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

// DefaultLimit is how many bytes one receive takes unless told.
const DefaultLimit = 65536

// maxMessage is longer than any datagram that IP carries.
const maxMessage = 65536

// maxPiece is the most that one receive reads from a stream's socket: what the
// kernel holds for one is of this order.
const maxPiece = 1 << 20

var errBadLimit = errors.New("the limit is less than 1 byte")

// scratch holds buffers of maxMessage bytes for reads whose size is not known
// beforehand.
var scratch = sync.Pool{New: func() any { return new([maxMessage]byte) }}

// Recv gives what is there, 1 to limit bytes of a stream or one datagram, as
// recv(2): from the inbox first, else it waits until something comes. The end
// of a stream is io.EOF itself. What had come when ctx ends stays in the inbox.
// A limit below 1 is an error.
func (h *Handle) Recv(ctx context.Context, limit int) (Message, error) {
	return h.recv(ctx, "recv", limit)
}

// RecvFrom is [Handle.Recv] for datagrams, as recvfrom(2); a stream's pieces
// are from its peer.
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

// RecvInto receives 1 to len(p) bytes of a stream into p, and nothing at once
// if p is empty. Its errors are those of [Handle.Recv].
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

// recvStream gives a piece of a stream, in p or, if that is nil, in bytes of
// its own.
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

// recvDirect is recvStream from the socket itself. The caller holds the semaphore,
// which this gives back.
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
			// A stream gives what is there, so there is no need for as many
			// bytes as somebody may have typed.
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

// errPeersReceive is the cause of a receive on a datagram socket that is served.
var errPeersReceive = errors.New("serve is active: each sender has its own handle to receive from")

// endOrAcquire is called with the inbox locked and empty, and unlocks it. It fails
// if nothing more will come; else it is acquireToRead.
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
// changed past position seen: it reads into it in the place of a receiver that has
// yielded. The caller releases the semaphore.
func (h *Handle) acquireToRead(ctx context.Context, seen uint64) (acquired bool, err error) {
	in := &h.in
	var began time.Time
	if h.inState(stateConnecting) {
		// To read now would take the outcome of connect away from it.
		if err := h.acquire(ctx, h.writeSem); err != nil {
			return false, err
		}
		h.release(h.writeSem)
	}
	have := false // the semaphore
	for {
		in.mu.Lock()
		news := in.total > seen || in.end != nil || in.served
		// A receiver holds the semaphore, or waits for it, and fills the inbox.
		aside := in.aside != nil
		receiving := in.receiving && !aside
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
		case have && !news && aside:
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
			// It is kept: to give it back and ask again would hand it round for
			// ever among those that wait.
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

// readPiece reads up to limit bytes of a stream, at most maxMessage, into a
// buffer of scratch, which is the caller's if there is no error. The caller has
// the read semaphore.
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

// noteEnd notes the end of the stream if that is what a read of n bytes came
// to, which is io.EOF then.
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

// lasting reports whether err ends a stream for good, unlike the end of a call
// or a state that can change.
func lasting(err error) bool {
	var secure *tlsconf.Error
	return errors.As(err, &secure) ||
		errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.ETIMEDOUT) || errors.Is(err, unix.EPIPE) ||
		errors.Is(err, unix.ECONNABORTED) || errors.Is(err, unix.EHOSTUNREACH) || errors.Is(err, unix.ENETUNREACH) || errors.Is(err, unix.ECONNREFUSED)
}

// endStream notes how the stream ended, once, and publishes it.
func (h *Handle) endStream(err error) {
	h.mu.Lock()
	h.in.mu.Lock()
	first := h.in.end == nil
	if first {
		// The state first: whoever sees the end in the inbox sees that as well.
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
}

// endOf gives io.EOF as it is, and any other cause as an *Error.
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

// recvMessage gives one message.
func (h *Handle) recvMessage(ctx context.Context, op string, limit int) (Message, error) {
	in := &h.in
	if h.kind.secure() && h.dtls.Load() == nil {
		return Message{}, h.fail(op, "", unix.ENOTCONN) // what comes is not decrypted
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
		// As in readPiece, no buffer is held while it waits.
		buf = scratch.Get().(*[maxMessage]byte)
		switch h.kind {
		case UnixPacket:
			n, flags, ended, err = recvPacket(fd, buf[:limit])
		case UnixGram:
			// No room for control messages: a peer could send descriptors.
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

// received counts and publishes what a call read from the socket itself.
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
