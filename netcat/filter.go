package netcat

import (
	"bytes"
	"context"
	"sync/atomic"
	"time"
)

// crlf makes CR LF of each LF that has no CR before it.
type crlf struct {
	last byte // of what was translated before
	out  []byte
}

// translate returns p translated; the bytes are good until the next call.
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

// A rateLimiter keeps the lines of one direction some time apart, if every is more
// than 0.
type rateLimiter struct {
	every time.Duration
	last  time.Time
	waits atomic.Bool // a line waits for its time
}

// each calls f with p, or with each of its lines when their time has come.
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
