package netcat

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"sosh/sockets"
)

// moved notes that n bytes went out or came in.
func (s *session) moved(counter *atomic.Int64, n int) {
	counter.Add(int64(n))
	at := int64(time.Since(s.began))
	s.active.Store(at)
	if counter == &s.sent {
		s.lastSent.Store(at)
	}
}

// send moves what in has to the network, until in ends.
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
				s.active.Store(int64(time.Since(s.began))) // to wait for a line's time is not to be idle
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

// sendPiece sends p, as the flags would have it.
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

// direct reports whether the kernel may move the bytes, unseen by us.
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

// receive moves what the network has to out, until it ends.
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
		if direct && s.h.Unread() == 0 { // with a proxy, there may be something
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
			// What came before the end is written; whether it is all, nobody knows.
			s.out.end()
			return err
		case errors.Is(err, context.Canceled):
			return nil
		default:
			return err
		}
	}
}

// deliver writes what was received.
func (s *session) deliver(ctx context.Context, p []byte) error {
	if s.n.opt.sendOnly {
		s.unasked.Store(true)
		return ctx.Err() // what came is not even counted
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
		return ctx.Err() // a socket with more to read would not look
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

// hear notes who has sent, to a socket without a peer. A sender without an
// address, as logger(1) is one, can't be answered.
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

// heard is who has sent last, "" for a socket that has a peer.
func (s *session) heard() string {
	s.peerMu.Lock()
	defer s.peerMu.Unlock()
	if s.peer.IsZero() {
		return ""
	}
	return s.peer.Raw()
}
