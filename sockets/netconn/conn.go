// Package netconn is a connected stream as a net.Conn, for code of others that wants one. It
// starts no goroutine, and imports sockets only.
package netconn

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"sosh/sockets"
)

// A Conn is a connected stream as a net.Conn. It may be used concurrently.
type Conn struct {
	h                *sockets.Handle
	reading, writing connDeadline
}

// New returns a stream as a net.Conn. Its calls return the handle's errors; after a
// deadline, the error is a net.Error. They also end when ctx ends. Close closes the handle.
// The resources of a Conn are freed when ctx ends or Close is called.
func New(ctx context.Context, h *sockets.Handle) *Conn {
	c := &Conn{h: h}
	c.reading.init(ctx)
	c.writing.init(ctx)
	return c
}

// Handle returns the stream itself.
func (c *Conn) Handle() *sockets.Handle { return c.h }

// Read receives 1 to len(p) bytes; io.EOF is the end of the stream.
func (c *Conn) Read(p []byte) (int, error) {
	return c.reading.call(func(ctx context.Context) (int, error) { return c.h.RecvInto(ctx, p) })
}

// Write sends all of p, or returns how many bytes were sent and an error.
func (c *Conn) Write(p []byte) (n int, err error) {
	return c.writing.call(func(ctx context.Context) (int, error) {
		sent, err := c.h.Send(ctx, p[n:])
		n += sent
		return n, err
	})
}

// Close closes the handle.
func (c *Conn) Close() error {
	err := c.h.Close()
	c.reading.free() // after closing, so that a waiting call finds the handle closed
	c.writing.free()
	return err
}

// LocalAddr returns the address of this side.
func (c *Conn) LocalAddr() net.Addr { return address{c.h.LocalAddr(), c.h.Network()} }

// RemoteAddr returns the address of the peer.
func (c *Conn) RemoteAddr() net.Addr { return address{c.h.PeerAddr(), c.h.Network()} }

// An address is the address of one side as a net.Addr.
type address struct {
	sockets.Addr
	network string
}

// Network returns the name of the network, such as tcp.
func (a address) Network() string { return a.network }

// SetReadDeadline sets when Read calls fail, including a blocked one. The zero time means
// never. The error is nil.
func (c *Conn) SetReadDeadline(t time.Time) error { c.reading.set(t); return nil }

// SetWriteDeadline is SetReadDeadline for Write.
func (c *Conn) SetWriteDeadline(t time.Time) error { c.writing.set(t); return nil }

// SetDeadline is SetReadDeadline and SetWriteDeadline.
func (c *Conn) SetDeadline(t time.Time) error {
	c.reading.set(t)
	c.writing.set(t)
	return nil
}

// A connDeadline is the deadline of the calls of one direction: a context, which is replaced
// when the deadline changes.
type connDeadline struct {
	parent context.Context

	mu   sync.Mutex
	ctx  context.Context
	move context.CancelCauseFunc
	stop context.CancelFunc // stops the timer, or nil
}

var errMoved = errors.New("the deadline has been moved")

func (d *connDeadline) init(parent context.Context) {
	d.parent = parent
	d.ctx, d.move = context.WithCancelCause(parent)
}

func (d *connDeadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.move(errMoved) // before stop, which would cancel without this cause
	if d.stop != nil {
		d.stop()
		d.stop = nil
	}
	d.ctx, d.move = context.WithCancelCause(d.parent)
	if !t.IsZero() {
		d.ctx, d.stop = context.WithDeadline(d.ctx, t)
	}
}

// free frees the resources of the deadline.
func (d *connDeadline) free() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.move(net.ErrClosed)
	if d.stop != nil {
		d.stop()
	}
}

// call makes a call with the deadline, and repeats it if the deadline changes meanwhile.
func (d *connDeadline) call(f func(context.Context) (int, error)) (int, error) {
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
			err = netTimeout{err}
		}
		return n, err
	}
}

// A netTimeout is a handle's timeout error as a net.Error.
type netTimeout struct{ error }

// Timeout returns true.
func (netTimeout) Timeout() bool { return true }

// Temporary returns true: with another deadline, the call may succeed.
func (netTimeout) Temporary() bool { return true }

func (e netTimeout) Unwrap() error { return e.error }
