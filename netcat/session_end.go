package netcat

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// drainPause is how long standard input may pause, once the network has
	// ended, before what it still has to send counts as all, where its end is not
	// waited for. clientPause is the same for a client of nc, which there waits
	// for ever.
	drainPause  = 200 * time.Millisecond
	clientPause = 3 * time.Second
	// watchAfter is how long a session lasts before it is noticed that nobody
	// reads its output, while there is none.
	watchAfter = 100 * time.Millisecond
	// lingerTime is how long a connection may stay when this side has said all
	// it had to say.
	lingerTime = 2 * time.Second
	// quietPause is how long a peer that gets the last of a program may say
	// nothing more before the connection is closed.
	quietPause = 100 * time.Millisecond
	// atOncePause is how long nothing has to move for -w 0 to leave while its
	// input is open: who writes to a pipe needs a moment to start.
	atOncePause = 250 * time.Millisecond
	// answerTime is how long an answer of datagrams is waited for after the last
	// that was sent before the end of input, and secureAnswerTime the same for
	// DTLS, whose close_notify the peer waits for.
	answerTime       = 2 * time.Second
	secureAnswerTime = 1500 * time.Millisecond
	// answerPause is how long for more once something has come, or for -q 0 for an
	// answer to begin; moreTime is how long such an answer may pause then, and
	// answerMost how long the peer may take to acknowledge what was sent.
	answerPause = 300 * time.Millisecond
	moreTime    = time.Second
	answerMost  = 5 * time.Second
	// settleTick is how often a session that is leaving looks whether it may.
	settleTick = 10 * time.Millisecond
	// probeIdle is when a peer that has said that it sends no more is first asked
	// whether it is still there, and how often from then on.
	probeIdle = "10"
)

// staysForInput reports whether the end of the network's side is not the end of
// the session: a peer that has only said that it sends no more gets the rest of
// the input. nc does this for -N, unless somebody types at a terminal, and ncat
// for a client's -k.
func (s *session) staysForInput() bool {
	o := s.n.opt
	if in, ok := s.in.(*stdin); ok && o.finAtOnce && isTerminal(in.fd) {
		return false
	}
	return o.stayHalfOpen || o.sendOnly && !o.listen
}

func isTerminal(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, termiosRequest)
	return err == nil
}

// A settlement is how a session leaves that has nothing more to send while the
// network still may: to close a socket that has unread bytes resets the
// connection, and what the peer has not acknowledged is lost to it.
type settlement struct {
	pause time.Duration // how long nothing must have come, beside two round trips
	most  time.Duration // how long it may take
	// patient says that a peer which talks may take longer to read, since what it
	// says would turn our end into a reset.
	patient bool
	// answers says that a peer which has begun to answer may take as long as it
	// likes, with pauses of moreTime at most.
	answers  bool
	err      error // what run returns then
	since    time.Time
	received int64 // bytes, until then
}

// settled reports whether the session may leave: the peer has all that was sent,
// and has been quiet, or its time is over.
func (s *session) settled(how *settlement) bool {
	info, err := s.h.Info()
	if err != nil {
		return true
	}
	took, pause := time.Since(how.since), how.pause
	acknowledged := info.TCP == nil || info.SendQueue <= 0
	talks := s.unasked.Load() || s.received.Load() > 0
	quiet := time.Since(s.began) - time.Duration(s.active.Load())
	if how.answers {
		took = min(took, quiet)
		if s.received.Load() > how.received {
			pause = moreTime
		}
	}
	switch {
	case took >= how.most && (acknowledged || !how.patient || !talks):
		return true
	case !acknowledged:
		return false
	case info.TCP != nil && pause > 0:
		pause += 2 * info.TCP.RTT
	}
	return min(took, quiet) >= pause
}

// saysGoodbye reports whether the end of input ends a listener of DTLS, whose
// client learns so by close_notify and in no other way. One whose input was
// empty from the start only receives.
func (s *session) saysGoodbye() bool {
	o := s.n.opt
	return o.tls && o.listen && !o.keepOpen && !o.stayAtEnd && s.h.Kind().Datagram() && s.sent.Load() > 0
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

// watchPeer has a channel closed when a peer that sends no more can't receive
// either. TCP tells only if it is asked: by probes (tcp(7)), which a system
// refuses once it has forgotten the connection, within a minute or two. The
// caller calls the other result when it no longer wants to know.
func (s *session) watchPeer() (gone <-chan struct{}, stop func()) {
	s.h.SetOption("keepidle", probeIdle)
	s.h.SetOption("keepintvl", probeIdle)
	s.h.SetOption("keepalive", "1")
	w, err := newSelfPipe()
	if err != nil {
		return nil, func() {}
	}
	closed, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		s.withSocket(func(socket int) (bool, error) {
			if w.wait(socket, 0) == nil {
				close(closed)
			}
			return true, nil
		})
	}()
	return closed, func() { w.fire(); <-ended; w.close() }
}

// peerError is why the peer can't receive; nil if it has closed as it should.
func (s *session) peerError() (err error) {
	s.withSocket(func(socket int) (bool, error) {
		if errno, serr := unix.GetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_ERROR); serr == nil && errno != 0 {
			err = unix.Errno(errno)
		}
		return true, nil
	})
	return err
}

// unsent reports whether there is input that was not sent.
func (s *session) unsent() bool {
	in, ok := s.in.(*stdin)
	return ok && !s.inputEnded.Load() && (s.holding.Load() || ready(in.fd, unix.POLLIN) && !ended(in.fd))
}

// answered reports whether, since the last of the input, the answer to a
// one-shot query of datagrams has come, or has had its time.
func (s *session) answered() bool {
	most := answerTime
	if s.n.opt.tls {
		most = secureAnswerTime
	}
	switch {
	case s.sent.Load() == 0:
		return true // nothing was asked
	case s.received.Load() == 0:
		return time.Since(s.began)-time.Duration(s.lastSent.Load()) > most
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
	if s.holding.Load() || ready(in.fd, unix.POLLIN) {
		return false
	}
	if isTerminal(in.fd) {
		return true // nobody has typed a line
	}
	pause := drainPause
	if s.n.opt.patient {
		pause = clientPause
	}
	return time.Since(s.began)-time.Duration(s.lastSent.Load()) > pause
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
