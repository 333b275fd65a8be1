package netcat

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// readInput sends standard input to all clients, until it ends. It reads only while
// there is a client, so that input typed before goes to the first client.
func (b *hub) readInput(ctx context.Context) {
	o := b.n.opt
	lines := rateLimiter{every: o.interval}
	var ends crlf
	size := 64 << 10
	if o.udp {
		size = b.n.dialect.datagram
	}
	buf := make([]byte, size)
	some := false // something was read
	say := func(p []byte) error {
		if o.chat {
			p = said(0, p)
		}
		if o.crlf {
			p = ends.translate(p)
		}
		p = slices.Clone(p)
		b.n.tee.log(outward, p)
		b.broadcast(p, nil)
		return ctx.Err()
	}
	for {
		if members, joined := b.here(); len(members) == 0 {
			select {
			case <-joined:
				continue
			case <-ctx.Done():
				return
			}
		}
		if b.in.wait(b.in.fd, unix.POLLIN) == errStopped {
			return
		}
		if members, _ := b.here(); len(members) == 0 {
			continue // keep it for the next client
		}
		n, err := b.in.Read(buf)
		if n > 0 {
			some = true
			if lines.each(ctx, buf[:n], say) != nil {
				return
			}
		}
		switch {
		case err == errStopped:
			return
		case err != nil:
			// An error counts as the end: nohup(1) opens standard input for writing only.
			b.inputEnded(ctx, some)
			return
		}
	}
}

// inputEnded handles the end of standard input. A broker ignores it. Otherwise every
// client gets a FIN, if there was any input, and the flags may ask to end the run, at
// once or later.
func (b *hub) inputEnded(ctx context.Context, some bool) {
	o := b.n.opt
	if o.broker {
		return
	}
	b.mu.Lock()
	b.noInput = true
	b.noMore = o.halfClose && (some || o.sendOnly)
	noMore := b.noMore
	b.mu.Unlock()
	if noMore {
		b.broadcast(nil, nil)
	}
	switch {
	case o.quit >= 0:
		select {
		case <-time.After(o.quit):
			b.end(b.n.dialect.sessionEnded(nil, errQuit))
		case <-ctx.Done():
		}
	case o.sendOnly:
		members, _ := b.here()
		for _, m := range members {
			m.finish(ctx)
		}
		b.end(nil)
	}
}
