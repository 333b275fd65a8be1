package netcat

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

const (
	// drainPause is how long standard input may pause, once the network has
	// ended, before what it still has to send counts as all.
	drainPause = 200 * time.Millisecond
	// watchAfter is how long a session lasts before it is noticed that nobody
	// reads its output, while there is none.
	watchAfter = 100 * time.Millisecond
	// lingerTime is how long a connection may stay half open when the program
	// that was started for it has said all it had to say.
	lingerTime = 2 * time.Second
	// answerTime is how long an answer of datagrams is waited for after the end
	// of input, and answerPause how long for more once something has come.
	answerTime  = 2 * time.Second
	answerPause = 300 * time.Millisecond
	// copySize is the buffer of a direction whose bytes pass through here.
	copySize = 128 << 10
)

// A session moves bytes between a connection and this side of it, both ways,
// until the network ends.
type session struct {
	n      *netcat
	h      *sockets.Handle
	in     input
	out    output
	before []byte  // what the connection has sent already
	access *access // of a datagram socket without a peer: whom to listen to
	// child says that this side is a program that was started for the
	// connection: what it still has to say is sent whatever the network does.
	child bool
	// over is set by run when this side wants nothing more, from any connection.
	over bool

	began          time.Time
	sent, received atomic.Int64 // bytes
	active         atomic.Int64 // when something last moved, since began
	lastSent       atomic.Int64 // the same for what is sent
	inputEnded     atomic.Bool  // in has ended by itself
	holding        atomic.Bool  // there are bytes taken from in and not yet sent

	outgoing, incoming pace
	crlf               crlf
	telnet             telnet

	peerMu sync.Mutex
	peer   sockets.Addr  // whom a datagram socket without a peer has heard last
	first  chan struct{} // closed when it has heard somebody
}

// An outputError is a failure to write what was received: not the network's.
type outputError struct{ err error }

func (e *outputError) Error() string { return "write: " + e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }

// An inputError is a failure to read what is to be sent.
type inputError struct{ err error }

func (e *inputError) Error() string { return "read: " + e.err.Error() }
func (e *inputError) Unwrap() error { return e.err }

var (
	errIdle  = errors.New("nothing has moved for as long as the flags allow")
	errQuit  = errors.New("the time after the end of input is over")
	errCount = errors.New("as much has been received as the flags allow")
)

// run moves the bytes. It returns nil when the network or, as the flags have
// it, this side has ended, and what went wrong otherwise.
func (s *session) run(ctx context.Context) error {
	o := s.n.opt
	s.began = time.Now()
	s.outgoing.every, s.incoming.every = o.interval, o.interval
	ctx, cancel := context.WithCancel(ctx)
	sendDone, recvDone := make(chan error, 1), make(chan error, 1)
	sending, receiving := !o.recvOnly || s.child, true
	if sending {
		go func() { sendDone <- s.send(ctx) }()
	}
	go func() { recvDone <- s.receive(ctx) }()
	defer func() {
		cancel()
		s.in.stop()
		s.out.stop()
		if sending {
			<-sendDone
		}
		if receiving {
			<-recvDone
		}
	}()

	unread, unwatch := s.watchReader()
	defer unwatch()

	var tick, idle, quit, linger <-chan time.Time
	if o.idleTimeout > 0 && (!o.listen || s.n.voice.idlesListening()) {
		idle = time.After(o.idleTimeout)
	}
	var failed error
	var asked time.Time // when the end of input came, of datagrams
	abandoned := false  // nobody will read what is received
	for {
		select {
		case <-unread:
			s.over = true
			if !sending {
				return failed
			}
			abandoned, unread = true, nil
		case err := <-sendDone:
			sending = false
			if err != nil {
				failed = err
			}
			// To the network a failure to read is an end of input like any other.
			lost := err != nil && !errors.As(err, new(*inputError))
			switch {
			case lost && !receiving:
				return err
			case lost:
				// What has come before the failure is still to be read.
				linger = time.After(lingerTime)
				continue
			case o.sendOnly || !receiving:
				if err := s.shutdown(); err != nil {
					return err
				}
				return failed
			case s.child:
				s.shutdown()
				linger = time.After(lingerTime)
				continue
			}
			if o.halfClose {
				s.shutdown()
			}
			if abandoned {
				return failed
			}
			if o.quit >= 0 {
				quit = time.After(o.quit)
			} else if s.h.Kind().Datagram() && !o.listen && s.n.voice.leavesDatagrams() {
				asked = time.Now()
				quit = time.After(0)
			}
		case err := <-recvDone:
			receiving = false
			switch {
			case err == errCount:
				s.over = true
				return nil
			case errors.Is(err, sockets.ErrTruncated) && s.child:
				// Its answer is still sent: ncat before 7.96 half-closes so.
				failed = err
				continue
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
		case <-linger:
			return failed
		case <-quit:
			if o.quit >= 0 {
				return errQuit
			}
			if s.answered(asked) {
				return nil
			}
			quit = time.After(answerPause / 20)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// watchReader has a channel closed when standard output is a pipe that nobody
// reads any more, which else only a write would tell. The caller calls the
// other result when it no longer wants to know.
func (s *session) watchReader() (unread <-chan struct{}, stop func()) {
	out, ok := s.out.(*stdout)
	if !ok || s.n.opt.sendOnly {
		return nil, func() {}
	}
	gone, ended := make(chan struct{}), make(chan struct{})
	// It takes a thread, so the many sessions that are short go without.
	timer := time.AfterFunc(watchAfter, func() {
		defer close(ended)
		if out.readerGone() {
			close(gone)
		}
	})
	return gone, func() {
		if !timer.Stop() {
			out.stop()
			<-ended
		}
	}
}

// answered reports whether, since the end of input, the answer to a one-shot
// query of datagrams has come, or has had its time.
func (s *session) answered(asked time.Time) bool {
	switch {
	case s.sent.Load() == 0:
		return true // nothing was asked
	case s.received.Load() == 0:
		return time.Since(asked) > answerTime
	}
	return time.Since(s.began)-time.Duration(s.active.Load()) > answerPause
}

// drained reports whether, now that the network has ended, standard input has
// nothing more to send. It can't be known: a peer that has only said that it
// will send no more looks like one that is gone until something is sent to it.
// So it has to have paused, since the beginning or since it last had something.
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
		size = s.n.voice.datagram()
	}
	buf := make([]byte, size)
	for {
		n, err := s.in.Read(buf)
		if n > 0 {
			s.holding.Store(true)
			err := s.outgoing.each(ctx, buf[:n], func(p []byte) error { return s.sendPiece(ctx, p) })
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
	s.n.tap.see(outward, p)
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
			// Anybody on the way can end TCP, and so cut off what TLS protects.
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
		return ctx.Err() // what came is not even counted
	}
	s.moved(&s.received, len(p))
	s.n.tap.see(inward, p)
	if s.n.opt.telnet {
		data, reply := s.telnet.parse(p)
		if len(reply) > 0 {
			if _, err := s.h.Send(ctx, reply); err != nil {
				return err
			}
		}
		if s.n.voice.stripsTelnet() {
			p = data
		}
	}
	err := s.incoming.each(ctx, p, func(p []byte) error {
		_, err := s.out.Write(p)
		return err
	})
	if ctx.Err() != nil {
		return ctx.Err() // a socket with more to read would not look
	}
	if err != nil && err != errStopped {
		return &outputError{err}
	}
	if limit := s.n.opt.receiveLimit; limit > 0 {
		if s.incoming.pieces++; s.incoming.pieces >= limit {
			return errCount
		}
	}
	return nil
}

// hear notes who has sent, to a socket without a peer.
func (s *session) hear(a sockets.Addr) {
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
