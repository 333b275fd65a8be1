package netcat

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// drainPause is how long standard input may pause, once the network has ended,
// before what it still has to send counts as all.
const drainPause = 200 * time.Millisecond

// copySize is the buffer of a direction whose bytes pass through here.
const copySize = 128 << 10

// A session moves bytes between a connection and this side of it, both ways,
// until the network ends.
type session struct {
	n   *netcat
	h   *sockets.Handle
	in  input
	out output
	// child says that this side is a program that was started for the
	// connection: what it still has to say is sent whatever the network does.
	child bool

	began          time.Time
	sent, received atomic.Int64 // bytes
	active         atomic.Int64 // when something last moved, since began
	lastSent       atomic.Int64 // the same for what is sent
	holding        atomic.Bool  // there are bytes taken from in and not yet sent
}

// An outputError is a failure to write what was received: not the network's.
type outputError struct{ err error }

func (e *outputError) Error() string { return "write: " + e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }

// An inputError is a failure to read what is to be sent.
type inputError struct{ err error }

func (e *inputError) Error() string { return "read: " + e.err.Error() }
func (e *inputError) Unwrap() error { return e.err }

// run moves the bytes. It returns nil when the network or, as the flags have
// it, this side has ended, and what went wrong otherwise.
func (s *session) run(ctx context.Context) error {
	o := s.n.opt
	s.began = time.Now()
	ctx, cancel := context.WithCancel(ctx)
	sendDone, recvDone := make(chan error, 1), make(chan error, 1)
	sending, receiving := !o.recvOnly, true
	if sending {
		go func() { sendDone <- s.send(ctx) }()
	}
	go func() { recvDone <- s.receive(ctx) }()
	defer func() {
		cancel()
		s.in.stop()
		if sending {
			<-sendDone
		}
		if receiving {
			<-recvDone
		}
	}()

	tick := make(<-chan time.Time)
	idle, quit := tick, tick
	if o.idleTimeout > 0 {
		idle = time.After(o.idleTimeout)
	}
	var failed error
	for {
		select {
		case err := <-sendDone:
			sending = false
			switch {
			case err != nil && !receiving:
				return err
			case err != nil:
				// What has come before the failure is still to be read.
				failed = err
				continue
			case o.sendOnly || !receiving:
				return s.shutdown()
			}
			if o.halfClose {
				s.shutdown()
			}
			if o.quit >= 0 {
				quit = time.After(o.quit)
			}
		case err := <-recvDone:
			receiving = false
			switch {
			case err != nil:
				return err
			case failed != nil || !sending:
				return failed
			case s.child || o.stayHalfOpen || o.sendOnly:
				continue
			}
			tick = time.After(0)
		case <-tick:
			if s.drained() {
				return failed
			}
			tick = time.After(drainPause / 20)
		case <-idle:
			left := o.idleTimeout - (time.Since(s.began) - time.Duration(s.active.Load()))
			if left <= 0 {
				return errIdle
			}
			idle = time.After(left)
		case <-quit:
			return errQuit
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

var (
	errIdle = errors.New("nothing has moved for as long as the flags allow")
	errQuit = errors.New("the time after the end of input is over")
)

// drained reports whether, now that the network has ended, standard input has
// nothing more to send. It can't be known: a peer that has only said that it
// will send no more looks like one that is gone until something is sent to it.
func (s *session) drained() bool {
	in, ok := s.in.(*stdin)
	if !ok {
		return true
	}
	return !s.holding.Load() && !ready(in.fd, unix.POLLIN) &&
		time.Since(s.began)-time.Duration(s.lastSent.Load()) > drainPause
}

func (s *session) shutdown() error {
	if s.h.Kind().Datagram() {
		return nil
	}
	err := s.h.Shutdown(unix.SHUT_WR)
	if errors.Is(err, unix.ENOTCONN) {
		return nil // the peer is gone: what it sent tells how
	}
	return err
}

// moved notes that n bytes went out.
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
	buf := make([]byte, s.chunk())
	for {
		n, err := s.in.Read(buf)
		if n > 0 {
			s.holding.Store(true)
			if _, err := s.h.Send(ctx, buf[:n]); err != nil {
				return err
			}
			s.moved(&s.sent, n)
			s.holding.Store(false)
		}
		switch {
		case err == io.EOF || err == errStopped:
			return nil
		case err != nil:
			return &inputError{err}
		}
	}
}

// chunk is how much is sent at once: of datagrams, as much as either dialect
// has in one.
func (s *session) chunk() int {
	if s.h.Kind().Datagram() {
		return s.n.voice.datagram()
	}
	return copySize
}

// direct reports whether the kernel may move the bytes, unseen by us.
func (s *session) direct() bool {
	k := s.h.Kind()
	return s.n.opt.plain() && (k.Network() == "tcp" || k == sockets.Unix)
}

// receive moves what the network has to out, until it ends.
func (s *session) receive(ctx context.Context) error {
	if out, ok := s.out.(*stdout); ok && s.direct() && !s.n.opt.sendOnly {
		if err := s.receiveUnread(ctx, out); err != nil {
			return err
		}
		if done, err := s.receiveDirect(out); done {
			return err
		}
	}
	for {
		m, err := s.h.Recv(ctx, 65536)
		if err == nil {
			err = s.deliver(m.Data)
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return s.out.end()
		case errors.Is(err, context.Canceled):
			return nil
		default:
			return err
		}
	}
}

// receiveUnread delivers what the handle has read already, as with the answer
// of a proxy.
func (s *session) receiveUnread(ctx context.Context, out output) error {
	for s.h.Unread() > 0 {
		m, err := s.h.Recv(ctx, copySize)
		if err != nil {
			return err
		}
		if err := s.deliver(m.Data); err != nil {
			return err
		}
	}
	return nil
}

// deliver writes what was received.
func (s *session) deliver(p []byte) error {
	s.moved(&s.received, len(p))
	if s.n.opt.sendOnly {
		return nil
	}
	if _, err := s.out.Write(p); err != nil && err != errStopped {
		return &outputError{err}
	}
	return nil
}
