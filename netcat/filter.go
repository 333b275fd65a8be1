package netcat

import (
	"bytes"
	"context"
	"sync/atomic"
	"time"
)

// crlf replaces each LF without a CR before it by CR LF.
type crlf struct {
	last byte // last byte of the previous data
	out  []byte
}

// translate returns p translated; the result is valid until the next call.
func (c *crlf) translate(p []byte) []byte {
	c.out = c.out[:0]
	for _, b := range p {
		if b == '\n' && c.last != '\r' {
			c.out = append(c.out, '\r')
		}
		c.out = append(c.out, b)
		c.last = b
	}
	return c.out
}

// A rateLimiter sends the lines of one direction at intervals of every, if that is more
// than 0.
type rateLimiter struct {
	every time.Duration
	last  time.Time
	waits atomic.Bool // a line is waiting
}

// each calls f with p, or, at intervals, with each of its lines.
func (l *rateLimiter) each(ctx context.Context, p []byte, f func(p []byte) error) error {
	if l.every == 0 {
		return f(p)
	}
	for len(p) > 0 {
		line := p
		if i := bytes.IndexByte(p, '\n'); i >= 0 {
			line = p[:i+1]
		}
		p = p[len(line):]
		if wait := l.every - time.Since(l.last); !l.last.IsZero() && wait > 0 {
			l.waits.Store(true)
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return ctx.Err()
			}
			l.waits.Store(false)
		}
		l.last = time.Now()
		if err := f(line); err != nil {
			return err
		}
	}
	return nil
}
