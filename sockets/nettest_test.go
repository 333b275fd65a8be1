package sockets

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/nettest"
)

// TestNetConn has a stream stand what every net.Conn has to: reads and writes
// at once, deadlines that move, and Close beside all of it.
func TestNetConn(t *testing.T) {
	for _, kind := range []Kind{TCP4, Unix} {
		for _, watched := range []bool{false, true} {
			name := string(kind)
			if watched {
				name += " watched"
			}
			t.Run(name, func(t *testing.T) {
				nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
					a, b := streamPair(t, kind)
					a.Watch(watched)
					b.Watch(watched)
					return newConn(a), newConn(b), func() { a.Close(); b.Close() }, nil
				})
			})
		}
	}
}

// conn is a handle as a net.Conn.
type conn struct {
	*Handle
	reading, writing *deadline
}

func newConn(h *Handle) *conn { return &conn{h, newDeadline(), newDeadline()} }

func (c *conn) Read(p []byte) (int, error) {
	return c.reading.call(func(ctx context.Context) (int, error) { return c.RecvInto(ctx, p) })
}

func (c *conn) Write(p []byte) (n int, err error) {
	return c.writing.call(func(ctx context.Context) (int, error) {
		sent, err := c.Send(ctx, p[n:])
		n += sent
		return n, err
	})
}

func (c *conn) LocalAddr() net.Addr  { return netAddr{c.Handle.LocalAddr(), c.Network()} }
func (c *conn) RemoteAddr() net.Addr { return netAddr{c.PeerAddr(), c.Network()} }

func (c *conn) SetReadDeadline(t time.Time) error  { c.reading.set(t); return nil }
func (c *conn) SetWriteDeadline(t time.Time) error { c.writing.set(t); return nil }
func (c *conn) SetDeadline(t time.Time) error {
	c.reading.set(t)
	c.writing.set(t)
	return nil
}

// A deadline is that of the calls of one direction: a context, which another
// takes the place of when it is moved.
type deadline struct {
	mu   sync.Mutex
	ctx  context.Context
	move context.CancelCauseFunc
	stop context.CancelFunc // of its timer
}

var errMoved = errors.New("the deadline is another now")

func newDeadline() *deadline {
	d := new(deadline)
	d.ctx, d.move = context.WithCancelCause(context.Background())
	return d
}

func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.move(errMoved) // before stop, which knows no cause
	if d.stop != nil {
		d.stop()
		d.stop = nil
	}
	d.ctx, d.move = context.WithCancelCause(context.Background())
	if !t.IsZero() {
		d.ctx, d.stop = context.WithDeadline(d.ctx, t)
	}
}

// call makes a call with the deadline, and again when that moves meanwhile.
func (d *deadline) call(f func(context.Context) (int, error)) (int, error) {
	for {
		d.mu.Lock()
		ctx := d.ctx
		d.mu.Unlock()
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return 0, os.ErrDeadlineExceeded
		}
		n, err := f(ctx)
		switch {
		case err != nil && context.Cause(ctx) == errMoved && errors.Is(err, context.Canceled):
			continue
		case errors.Is(err, os.ErrDeadlineExceeded):
			err = os.ErrDeadlineExceeded
		}
		return n, err
	}
}
