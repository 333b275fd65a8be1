package netcat

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"sosh/sockets"
)

// copySize is the buffer of a direction whose bytes pass through here.
const copySize = 128 << 10

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
	// last says that no other connection will need the standard streams.
	last bool
	// over is set by run when this side wants nothing more, from any connection.
	over bool

	began          time.Time
	sent, received atomic.Int64 // bytes
	active         atomic.Int64 // when something last moved, since began
	lastSent       atomic.Int64 // the same for what is sent
	inputEnded     atomic.Bool  // in has ended by itself
	holding        atomic.Bool  // there are bytes taken from in and not yet sent
	unasked        atomic.Bool  // something came that nobody wants, as of --send-only

	outgoing rateLimiter
	pieces   int // that were received, for a limit of them
	crlf     crlf
	telnet   telnet

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
	s.outgoing.every = o.interval
	ctx, cancel := context.WithCancel(ctx)
	sendDone, recvDone := make(chan error, 1), make(chan error, 1)
	sending, receiving := !o.recvOnly || s.child, true
	if out, ok := s.out.(*stdout); ok {
		out.closes = s.last && sending
	}
	if sending {
		go func() { sendDone <- s.send(ctx) }()
	} else if o.finAtOnce {
		s.shutdown()
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
	var gone <-chan struct{}

	var tick, idle, quit, rest <-chan time.Time
	idleTime := o.idleTimeout
	if o.leaveAtOnce {
		idleTime = atOncePause
	}
	if idleTime > 0 && s.first == nil {
		idle = time.After(idleTime)
	}
	var leaving settlement
	settle := func(how settlement) {
		leaving = how
		leaving.since, leaving.received = time.Now(), s.received.Load()
		idle, quit, rest = nil, nil, time.After(0)
	}
	var failed error
	abandoned := false // nobody will read what is received
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
			failed = cmp.Or(err, failed)
			// To the network a failure to read is an end of input like any other.
			lost := err != nil && !errors.As(err, new(*inputError))
			switch {
			case lost && !receiving:
				return failed
			case lost:
				// What has come before the failure is still to be read.
				settle(settlement{pause: lingerTime, most: lingerTime, err: failed})
				continue
			case !receiving:
				s.shutdown()
				return failed
			case s.child:
				s.shutdown()
				settle(settlement{pause: quietPause, most: lingerTime, patient: true, err: failed})
				continue
			}
			if o.halfClose || o.sendOnly {
				if err := s.shutdown(); err != nil && o.sendOnly {
					return err
				}
			}
			switch {
			case o.quit > 0:
				quit = time.After(o.quit)
			case o.quit == 0:
				settle(settlement{pause: answerPause, most: answerMost, answers: true, err: cmp.Or(failed, errQuit)})
			case o.sendOnly:
				settle(settlement{most: lingerTime, patient: true, err: failed})
			case o.leaveAtOnce:
				settle(settlement{most: lingerTime, err: failed})
			case abandoned, s.saysGoodbye():
				return failed
			case s.h.Kind().Datagram() && !o.listen && !o.stayAtEnd && s.n.dialect.leavesDatagrams:
				quit = time.After(0)
			}
		case err := <-recvDone:
			receiving = false
			if errors.Is(err, sockets.ErrTruncated) && s.child {
				failed, err = err, nil // the program has more to say
			}
			switch {
			case err == errCount:
				s.over = true
				return nil
			case err != nil:
				return err
			case !sending:
				return failed
			case s.child, s.staysForInput():
				var stop func()
				gone, stop = s.watchPeer()
				defer stop()
				unread = nil
			default:
				tick = time.After(0)
			}
		case <-gone:
			gone = nil
			switch err := s.peerError(); {
			case s.child && err != nil:
				return err // nobody will get what the program says
			case !s.child && !s.unsent():
				return cmp.Or(failed, err)
			} // else it is the sender's to find out
		case <-tick:
			if s.drained() {
				return failed
			}
			tick = time.After(drainPause / 20)
		case <-idle:
			left := idleTime - (time.Since(s.began) - time.Duration(s.active.Load()))
			switch {
			case s.outgoing.waits.Load():
				left = idleTime
			case left <= 0 && o.leaveAtOnce:
				return failed
			case left <= 0:
				return errIdle
			}
			idle = time.After(left)
		case <-rest:
			if s.settled(&leaving) {
				return leaving.err
			}
			rest = time.After(settleTick)
		case <-quit:
			switch {
			case o.quit > 0:
				settle(settlement{most: lingerTime, err: cmp.Or(failed, errQuit)})
				continue
			case s.answered():
				return failed
			}
			quit = time.After(answerPause / 20)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
