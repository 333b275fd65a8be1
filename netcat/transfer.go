package netcat

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"sosh/sockets"
)

// moved notes that n bytes were sent or received.
func (s *session) moved(counter *atomic.Int64, n int) {
	counter.Add(int64(n))
	at := int64(time.Since(s.began))
	s.active.Store(at)
	if counter == &s.sent {
		s.lastSent.Store(at)
	}
}

// send moves data from in to the network, until in ends.
func (s *session) send(ctx context.Context) error {
	if in, ok := s.in.(*stdin); ok && s.direct() {
		if done, err := s.sendDirect(in); done {
			return err
		}
	}
	if in, ok := s.in.(*stdin); ok && s.carriesDatagrams() {
		return s.sendDatagrams(in)
	}
	if s.access != nil {
		select {
		case <-s.first:
		case <-ctx.Done():
			return nil
		}
	}
	size := copySize
	if s.h.Kind().Datagram() {
		size = s.n.dialect.datagram
	}
	buf := make([]byte, size)
	for {
		n, err := s.in.Read(buf)
		if n > 0 {
			s.holding.Store(true)
			err := s.outgoing.each(ctx, buf[:n], func(p []byte) error {
				s.active.Store(int64(time.Since(s.began))) // waiting for the interval of -i or -d is not idling
				return s.sendPiece(ctx, p)
			})
			if err != nil {
				return err
			}
			s.holding.Store(false)
		}
		switch {
		case err == io.EOF:
			s.inputEnded.Store(true)
			return nil
		case err == errStopped:
			return nil
		case err != nil:
			return &inputError{err}
		}
	}
}

// sendPiece sends p, in the way that the flags ask for.
func (s *session) sendPiece(ctx context.Context, p []byte) error {
	if s.n.opt.crlf {
		p = s.crlf.translate(p)
	}
	s.n.tee.log(outward, p)
	var err error
	if to := s.heard(); to != "" {
		_, err = s.h.SendTo(ctx, to, p)
	} else {
		_, err = s.h.Send(ctx, p)
	}
	if err == nil {
		s.moved(&s.sent, len(p))
	}
	return err
}

// direct reports whether the kernel can move the bytes, since sosh need not see them.
func (s *session) direct() bool {
	_, err := s.h.SyscallConn()
	k := s.h.Kind()
	return err == nil && s.n.opt.plain() && (k.Network() == "tcp" || k == sockets.Unix)
}

// withSocket runs f with the descriptor of the connection, which stays open
// meanwhile.
func (s *session) withSocket(f func(fd int) (bool, error)) (done bool, err error) {
	raw, err := s.h.SyscallConn()
	if err != nil {
		return false, nil
	}
	if cerr := raw.Control(func(fd uintptr) { done, err = f(int(fd)) }); cerr != nil {
		return true, cerr
	}
	return done, err
}

// receive moves data from the network to out, until the network ends.
func (s *session) receive(ctx context.Context) error {
	if len(s.before) > 0 {
		if err := s.deliver(ctx, s.before); err != nil {
			return err
		}
	}
	out, ok := s.out.(*stdout)
	if ok && s.carriesDatagrams() && !s.n.opt.sendOnly && s.h.Unread() == 0 {
		return s.receiveDatagrams(out)
	}
	direct := ok && s.direct() && !s.n.opt.sendOnly
	for {
		if direct && s.h.Unread() == 0 { // with a proxy, there may be unread data
			if done, err := s.receiveDirect(out); done {
				return err
			}
			direct = false
		}
		m, err := s.h.RecvFrom(ctx, 65536)
		if err == nil {
			if s.access != nil {
				if !s.access.admitsAddr(m.From) {
					continue
				}
				s.hear(m.From)
			}
			err = s.deliver(ctx, m.Data)
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return s.out.end()
		case errors.Is(err, sockets.ErrTruncated):
			// The data before the end is written, but may be incomplete.
			s.out.end()
			return err
		case errors.Is(err, context.Canceled):
			return nil
		default:
			return err
		}
	}
}

// deliver writes received data.
func (s *session) deliver(ctx context.Context, p []byte) error {
	if s.n.opt.sendOnly {
		s.unasked.Store(true)
		return ctx.Err() // the data is not counted either
	}
	s.moved(&s.received, len(p))
	s.n.tee.log(inward, p)
	if s.n.opt.telnet {
		data, reply := s.telnet.parse(p)
		if len(reply) > 0 {
			if _, err := s.h.Send(ctx, reply); err != nil {
				return err
			}
		}
		if s.n.dialect.stripsTelnet {
			p = data
		}
	}
	_, err := s.out.Write(p)
	if ctx.Err() != nil {
		return ctx.Err() // without this check, a socket with more data would continue
	}
	if err != nil && err != errStopped {
		return &outputError{err}
	}
	if limit := s.n.opt.receiveLimit; limit > 0 {
		if s.pieces++; s.pieces >= limit {
			return errCount
		}
	}
	return nil
}

// hear notes the sender of a datagram to a socket without a peer. A sender without an
// address, such as logger(1), can't be answered.
func (s *session) hear(a sockets.Addr) {
	if a.IsZero() {
		return
	}
	s.peerMu.Lock()
	defer s.peerMu.Unlock()
	if s.peer.IsZero() {
		close(s.first)
	}
	s.peer = a
}

// heard returns the last sender, or "" for a socket with a peer.
func (s *session) heard() string {
	s.peerMu.Lock()
	defer s.peerMu.Unlock()
	if s.peer.IsZero() {
		return ""
	}
	return s.peer.Raw()
}
