package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sosh/sockets"
)

// A player plays one conversation on one handle.
type player struct {
	r      *Replay
	c      *conversation
	client bool // this side is the client
	h      *sockets.Handle
	peer   string
	rules  []rule
	began  time.Time
	heard  time.Time // arrival time of the data compared last
	buf    []byte    // received but not yet compared
	offset int64     // of buf in the peer's data
	ended  error     // why receiving has stopped
}

// How long a player waits for more data before it compares the received data.
const (
	pauseSettled = 50 * time.Millisecond  // the match of a mask may continue
	pauseDoubt   = 300 * time.Millisecond // a mask may match later
	pauseShow    = 100 * time.Millisecond // to show more data in a divergence
)

// play runs the steps, and closes the handle after the last. The error is a [Divergence] or the
// error of a call; after an error, the handle is still open.
func (p *player) play(ctx context.Context) error {
	for i, s := range p.c.steps {
		p.r.order.set(p.c.index, s.at)
		if s.kind != stepRead && s.kind != stepEnd {
			if err := p.turn(ctx, i, s); err != nil {
				return err
			}
		}
		err := p.step(ctx, s)
		var d *Divergence
		if errors.As(err, &d) {
			p.r.report(d)
			if p.r.options.KeepGoing && p.ended == nil {
				p.offset += int64(len(p.buf))
				p.buf = nil
				continue
			}
		}
		if err != nil {
			return err
		}
	}
	p.h.Close()
	return nil
}

// turn waits until it is this side's turn: for the steps of other connections that came before,
// and for the recorded pause.
func (p *player) turn(ctx context.Context, i int, s step) error {
	before := time.Now()
	switch {
	case p.client:
		if err := p.r.order.wait(ctx, p.c.index, s.at); err != nil {
			return sockets.ContextCause(ctx, before)
		}
	case i > 0 && p.c.steps[i-1].kind != stepRead && s.kind == stepSend:
		// No data on this connection caused it; data on another one may have.
		wctx, cancel := p.limit(ctx, s)
		p.r.order.wait(wctx, p.c.index, s.at)
		cancel()
		if ctx.Err() != nil {
			return sockets.ContextCause(ctx, before)
		}
	}
	if speed := p.r.options.Speed; speed > 0 && s.wait > 0 {
		return sockets.Pause(ctx, time.Duration(float64(s.wait)/speed)-time.Since(before))
	}
	return nil
}

// limit returns a context that ends when the step takes too long.
func (p *player) limit(ctx context.Context, s step) (context.Context, context.CancelFunc) {
	if p.r.options.Timeout < 0 {
		return context.WithCancel(ctx)
	}
	return sockets.WithTimeout(ctx, p.r.options.Timeout+s.wait)
}

// step makes one step.
func (p *player) step(ctx context.Context, s step) error {
	switch s.kind {
	case stepRead:
		return p.read(ctx, s)
	case stepEnd:
		return p.end(ctx, s)
	}
	lctx, cancel := p.limit(ctx, s)
	defer cancel()
	var err error
	switch s.kind {
	case stepSend:
		data := p.r.outgoing(p.c, s.data, p.rules)
		var n int
		n, err = p.h.Send(lctx, data)
		p.r.count(int64(n), 0)
	case stepShutdown:
		if err = p.h.Shutdown(shutWrite); err != nil {
			return nil // the peer has closed the connection; the next step reports it
		}
	case stepTLS:
		o := p.r.options.TLS
		if o.ServerName == "" && p.client && s.tls != nil {
			o.ServerName = s.tls.Name
		}
		err = p.h.StartTLS(lctx, o, !p.client)
	case stepClose, stepAbort:
		if len(p.buf) > 0 {
			return p.diverged(s, p.buf, nil, "it sent "+plural(len(p.buf), "byte")+" more")
		}
		if s.kind == stepAbort {
			return p.h.Abort()
		}
		return p.h.Close()
	}
	switch sockets.Code(err) {
	case "EPIPE", "ECONNRESET", "eof":
		return p.diverged(s, nil, nil, "it closed the connection")
	}
	return err
}

// recv receives more into buf, until ctx ends or a pause is over; 0 is no pause. ok is false
// at the end of the stream, or if nothing came in time.
func (p *player) recv(ctx context.Context, pause time.Duration) (ok bool) {
	if p.ended != nil {
		return false
	}
	if pause > 0 {
		var cancel context.CancelFunc
		ctx, cancel = sockets.WithTimeout(ctx, pause)
		defer cancel()
	}
	m, err := p.h.Recv(ctx, sockets.DefaultLimit)
	if err == nil {
		p.buf = append(p.buf, m.Data...)
		if pause != pauseShow {
			p.heard = time.Now()
		}
		p.r.count(0, int64(len(m.Data)))
		return true
	}
	if ctx.Err() == nil {
		p.ended = err
	}
	return false
}

// maxDoubt is how many bytes more than in the recording may come before data that differ do.
const maxDoubt = 1 << 20

// read waits for the data that the peer sent in the recording.
func (p *player) read(ctx context.Context, s step) error {
	if p.c.Datagram() {
		return p.readDatagram(ctx, s)
	}
	masks := p.r.options.Mask
	lctx, cancel := p.limit(ctx, s)
	defer cancel()
	for {
		v, n := match(p.buf, s.data, masks, p.rules)
		pause := time.Duration(0)
		if v == doubt && (lctx.Err() != nil || len(p.buf) > len(s.data)+maxDoubt) {
			v = other
		}
		switch v {
		case same:
			p.take(n, s)
			return nil
		case other:
			for len(p.buf) < maxShown && p.recv(lctx, pauseShow) {
			}
			return p.differs(ctx, s, "")
		case settled:
			pause = pauseSettled
		case doubt:
			pause = pauseDoubt
		}
		if p.recv(lctx, pause) {
			continue
		}
		switch {
		case v == settled:
			p.take(n, s)
			return nil
		case ctx.Err() != nil:
			return sockets.ContextCause(ctx, p.began)
		case v == doubt:
			return p.differs(ctx, s, "")
		case p.ended == nil:
			return p.differs(ctx, s, "no more data within "+(p.r.options.Timeout+s.wait).Round(time.Millisecond).String())
		case p.ended == io.EOF:
			return p.differs(ctx, s, "it ended the stream")
		}
		return p.differs(ctx, s, sockets.CauseText(p.ended))
	}
}

// take removes n compared bytes.
func (p *player) take(n int, s step) {
	p.r.learn(p.c.index, p.buf[:n], s.data, p.rules)
	p.buf = p.buf[n:]
	p.offset += int64(n)
}

// differs returns the divergence for the received data.
func (p *player) differs(ctx context.Context, s step, cause string) error {
	if ctx.Err() != nil {
		return sockets.ContextCause(ctx, p.began)
	}
	return p.diverged(s, p.buf, s.data, cause)
}

// readDatagram waits for one datagram.
func (p *player) readDatagram(ctx context.Context, s step) error {
	lctx, cancel := p.limit(ctx, s)
	defer cancel()
	if len(p.buf) == 0 && !p.recv(lctx, 0) {
		switch {
		case p.ended == nil:
			return p.differs(ctx, s, "no datagram within "+(p.r.options.Timeout+s.wait).Round(time.Millisecond).String())
		case p.ended == io.EOF:
			return p.differs(ctx, s, "it closed its socket")
		}
		return p.differs(ctx, s, sockets.CauseText(p.ended))
	}
	v, n := match(p.buf, s.data, p.r.options.Mask, p.rules)
	if (v == same || v == settled) && n == len(p.buf) {
		p.take(n, s)
		return nil
	}
	return p.differs(ctx, s, "")
}

// end waits for the end of the peer's stream.
func (p *player) end(ctx context.Context, s step) error {
	lctx, cancel := p.limit(ctx, s)
	defer cancel()
	for len(p.buf) == 0 && p.recv(lctx, 0) {
	}
	for 0 < len(p.buf) && len(p.buf) < maxShown && p.recv(lctx, pauseShow) {
	}
	switch {
	case len(p.buf) > 0:
		return p.differs(ctx, s, "it sent "+plural(len(p.buf), "byte")+" more")
	case p.ended == nil:
		return p.differs(ctx, s, fmt.Sprintf("it did not end the stream within %s", (p.r.options.Timeout+s.wait).Round(time.Millisecond)))
	}
	return nil // an end, or a reset
}

// count adds to the statistics.
func (r *Replay) count(sent, received int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Sent += sent
	r.stats.Received += received
}

// report counts a divergence and reports it.
func (r *Replay) report(d *Divergence) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Divergences++
	if r.options.Diverged != nil && (r.options.KeepGoing || r.stats.Divergences == 1) {
		r.options.Diverged(d)
	}
}

// finish counts a conversation as played.
func (r *Replay) finish(c *conversation) {
	r.order.set(c.index, ended)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Connections++
	if r.finished++; r.finished == len(r.list) {
		close(r.done)
	}
}
