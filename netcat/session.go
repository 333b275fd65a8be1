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

// copySize is the size of a direction's buffer, if its bytes pass through this program.
const copySize = 128 << 10

// A session moves bytes between a connection and the local side (the standard streams
// or a program), in both directions, until the network ends.
type session struct {
	n      *netcat
	h      *sockets.Handle
	in     input
	out    output
	before []byte  // data already received from the connection
	access *access // allowed senders of a datagram socket without a peer
	// child: the local side is a program that was started for the connection. Its
	// remaining output is sent even after the network has ended its side.
	child bool
	// last: no further connection will use the standard streams.
	last bool
	// over is set by run when the local side has ended, for all connections.
	over bool

	began          time.Time
	sent, received atomic.Int64 // bytes
	active         atomic.Int64 // time of the last data in either direction, since began
	lastSent       atomic.Int64 // time of the last data sent, since began
	inputEnded     atomic.Bool  // in reached its end
	holding        atomic.Bool  // some bytes were read from in but not yet sent
	unasked        atomic.Bool  // data was received that is discarded, as with --send-only

	outgoing rateLimiter
	pieces   int // number of pieces received, for -W
	crlf     crlf
	telnet   telnet

	peerMu sync.Mutex
	peer   sockets.Addr  // last sender to a datagram socket without a peer
	first  chan struct{} // closed at the first datagram
}

// An outputError is a failure to write received data; the network has not failed.
type outputError struct{ err error }

func (e *outputError) Error() string { return "write: " + e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }

// An inputError is a failure to read the data to send.
type inputError struct{ err error }

func (e *inputError) Error() string { return "read: " + e.err.Error() }
func (e *inputError) Unwrap() error { return e.err }

var (
	errIdle  = errors.New("nothing has moved for as long as the flags allow")
	errQuit  = errors.New("the time after the end of input is over")
	errCount = errors.New("as much has been received as the flags allow")
)

// run moves the bytes. It returns nil when the network has ended, or when the local
// side has ended and the flags ask to exit then; otherwise it returns the failure.
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
	abandoned := false // received data has no reader any more
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
			// For the network, a failure to read the input is like its end.
			lost := err != nil && !errors.As(err, new(*inputError))
			switch {
			case lost && !receiving:
				return failed
			case lost:
				// Data received before the failure must still be read.
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
				failed, err = err, nil // the program has more output
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
				return err // nobody will receive the program's output
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
