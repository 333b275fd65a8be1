package netcat

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// drainPause: when the network has ended, the pending standard input counts as
	// sent once the input has paused for this long, unless its end is awaited.
	// longPause is the same for a client of sosh nc (nc.openbsd waits for ever), and for
	// a listener that only sends (ncat loses what follows the peer's FIN).
	drainPause = 200 * time.Millisecond
	longPause  = 3 * time.Second
	// watchAfter: a session that lasts longer than this also notices that nobody
	// reads its output while there is no output to write.
	watchAfter = 100 * time.Millisecond
	// lingerTime is how long a connection may stay open after all data is sent.
	lingerTime = 2 * time.Second
	// quietPause: after the last output of a program, the connection is closed once
	// the peer has been silent for this long.
	quietPause = 100 * time.Millisecond
	// atOncePause: with -w 0 and open input, the session ends when no data has moved
	// for this long. A program that writes to a pipe needs a moment to start.
	atOncePause = 250 * time.Millisecond
	// answerTime is how long a session waits for an answer after the last datagram
	// of its input. secureAnswerTime is the same for DTLS, where the peer waits for
	// our close_notify.
	answerTime       = 2 * time.Second
	secureAnswerTime = 1500 * time.Millisecond
	// answerPause is how long a session waits for further data of an answer, and with
	// -q 0 for an answer to begin. moreTime is how long an answer may pause with -q 0,
	// and answerMost how long the peer may take to acknowledge the data sent.
	answerPause = 300 * time.Millisecond
	moreTime    = time.Second
	answerMost  = 5 * time.Second
	// settleTick is how often a session that is ending checks whether it may end.
	settleTick = 10 * time.Millisecond
	// probeIdle is the idle time before the first keepalive probe, and the interval
	// between probes, to a peer that has sent a FIN.
	probeIdle = "10"
)

// staysForInput reports whether the session continues after the peer's FIN: the peer
// then still gets the rest of the input. nc does so with -N, unless the input is a
// terminal, and ncat in a client with -k.
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

// A settlement says when a session may end that has nothing more to send, while the
// peer may still be sending. Closing a socket with unread bytes resets the connection,
// and the peer then loses the data that it has not yet acknowledged.
type settlement struct {
	pause time.Duration // required silence of the peer, in addition to two round trips
	most  time.Duration // time limit
	// patient: a peer that is still sending may take longer to read, since its data
	// would make our close a reset.
	patient bool
	// answers: a peer that has begun to answer has no time limit, but may pause for at
	// most moreTime.
	answers  bool
	err      error // the result of run
	since    time.Time
	received int64 // bytes received so far
}

// settled reports whether the session may end: the peer has acknowledged all data and
// has been silent, or the time limit is over.
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

// saysGoodbye reports whether the end of input ends a DTLS listener: only close_notify
// tells the client of that end. A listener whose input was empty from the start only
// receives.
func (s *session) saysGoodbye() bool {
	o := s.n.opt
	return o.tls && o.listen && !o.keepOpen && !o.stayAtEnd && s.h.Kind().Datagram() && s.sent.Load() > 0
}

// watchReader returns a channel that is closed when standard output is a pipe whose
// reader has closed it; otherwise only a write would notice that. The caller calls
// stop when it no longer uses the channel.
func (s *session) watchReader() (unread <-chan struct{}, stop func()) {
	out, ok := s.out.(*stdout)
	if !ok || s.n.opt.sendOnly {
		return nil, func() {}
	}
	gone, ended := make(chan struct{}), make(chan struct{})
	// This needs a thread, so it starts only for sessions that are not short.
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

// watchPeer returns a channel that is closed when a peer that has sent a FIN can't
// receive any more. TCP notices that only by keepalive probes (tcp(7)): once the peer's
// system has forgotten the connection, after a minute or two, it answers with a reset.
// The caller calls stop when it no longer uses the channel.
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

// peerError returns why the peer can't receive; nil if it has closed normally.
func (s *session) peerError() (err error) {
	s.withSocket(func(socket int) (bool, error) {
		if errno, serr := unix.GetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_ERROR); serr == nil && errno != 0 {
			err = unix.Errno(errno)
		}
		return true, nil
	})
	return err
}

// unsent reports whether there is unsent input.
func (s *session) unsent() bool {
	in, ok := s.in.(*stdin)
	return ok && !s.inputEnded.Load() && (s.holding.Load() || ready(in.fd, unix.POLLIN) && !ended(in.fd))
}

// answered reports whether the answer to the last datagram of the input has arrived, or
// the time for it is over.
func (s *session) answered() bool {
	most := answerTime
	if s.n.opt.tls {
		most = secureAnswerTime
	}
	switch {
	case s.sent.Load() == 0:
		return true // nothing was sent
	case s.received.Load() == 0:
		return time.Since(s.began)-time.Duration(s.lastSent.Load()) > most
	}
	return time.Since(s.began)-time.Duration(s.active.Load()) > answerPause
}

// drained reports whether, after the peer's FIN, standard input counts as sent. A peer
// that only sends no more can't be told from one that is gone until data is sent to it.
// So the input must have paused, since the start or since its last data.
func (s *session) drained() bool {
	in, ok := s.in.(*stdin)
	if !ok {
		return true
	}
	if s.holding.Load() || ready(in.fd, unix.POLLIN) {
		return false
	}
	if isTerminal(in.fd) {
		return true // no line was typed
	}
	pause := drainPause
	if s.n.opt.patient || s.n.opt.sendOnly {
		pause = longPause
	}
	return time.Since(s.began)-time.Duration(s.lastSent.Load()) > pause
}

func (s *session) shutdown() error {
	if s.h.Kind().Datagram() {
		return nil
	}
	err := s.h.Shutdown(unix.SHUT_WR)
	if errors.Is(err, unix.ENOTCONN) {
		return nil // the peer is gone; the receiver reports how
	}
	return err
}
