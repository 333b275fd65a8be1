package netcat

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// A conn is a handle as a net.Conn, for libraries that speak a protocol of
// theirs over it before it becomes a session's.
type conn struct {
	h *sockets.Handle

	mu     sync.Mutex
	ctx    context.Context
	cancel context.CancelFunc
}

func newConn(ctx context.Context, h *sockets.Handle) *conn {
	c := &conn{h: h}
	c.ctx, c.cancel = context.WithCancel(ctx)
	return c
}

func (c *conn) context() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ctx
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.h.RecvInto(c.context(), p)
	if errors.Is(err, io.EOF) || errors.Is(err, sockets.ErrTruncated) {
		err = io.EOF
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) { return c.h.Send(c.context(), p) }
func (c *conn) Close() error                { return c.h.Close() }
func (c *conn) CloseWrite() error           { return c.h.Shutdown(unix.SHUT_WR) }
func (c *conn) LocalAddr() net.Addr         { return connAddr{c.h.LocalAddr(), c.h.Network()} }
func (c *conn) RemoteAddr() net.Addr        { return connAddr{c.h.PeerAddr(), c.h.Network()} }

// SetDeadline ends the calls that wait if t has passed, and those to come when
// it has.
func (c *conn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.cancel
	if !t.IsZero() && !t.After(time.Now()) {
		old()
	}
	base := context.WithoutCancel(c.ctx)
	if t.IsZero() {
		c.ctx, c.cancel = context.WithCancel(base)
	} else {
		c.ctx, c.cancel = context.WithDeadlineCause(base, t, os.ErrDeadlineExceeded)
	}
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error  { return c.SetDeadline(t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.SetDeadline(t) }

type connAddr struct {
	a       sockets.Addr
	network string
}

func (a connAddr) Network() string { return a.network }
func (a connAddr) String() string  { return a.a.String() }
