package script

import (
	"context"
	"io"

	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// The limits of the receiving verbs unless told.
const (
	lineLimit = 1 << 20
	allLimit  = 64 << 20
)

// received gives what one receive brought: the bytes, of a datagram also its
// sender and whether it was cut, nil at the end of the stream.
func (c *Call) received(f func(ctx context.Context, h *sockets.Handle) (sockets.Message, error)) error {
	h := c.Handle(0)
	var msg sockets.Message
	err := c.WaitIO(func(ctx context.Context) (err error) {
		msg, err = f(ctx, h)
		return err
	})
	if err == io.EOF {
		c.Give(lua.LNil)
		c.Tell("%s: the peer has ended the stream", h.Name())
		return nil
	}
	if err != nil {
		return err
	}
	c.out.Message = &msg
	c.Give(lua.LString(msg.Data))
	if h.Kind().Datagram() {
		c.Give(lua.LString(msg.From.String()), lua.LBool(msg.Cut))
	}
	return nil
}

// limit returns parameter i, a limit of at least 1, or def.
func (c *Call) limit(i, def int) (int, error) {
	n := c.Int(i, def)
	if n < 1 || n > 1<<30 {
		return 0, &ArgumentError{Index: i, Err: errLimit}
	}
	return n, nil
}

type limitError struct{}

func (limitError) Error() string { return "bad limit (expected 1 to 1G bytes)" }

var errLimit limitError

func runRecv(c *Call) error {
	limit, err := c.limit(1, sockets.DefaultLimit)
	if err != nil {
		return err
	}
	return c.received(func(ctx context.Context, h *sockets.Handle) (sockets.Message, error) { return h.Recv(ctx, limit) })
}

func runRecvfrom(c *Call) error {
	limit, err := c.limit(1, sockets.DefaultLimit)
	if err != nil {
		return err
	}
	return c.received(func(ctx context.Context, h *sockets.Handle) (sockets.Message, error) { return h.RecvFrom(ctx, limit) })
}

func runRecvline(c *Call) error {
	limit, err := c.limit(1, lineLimit)
	if err != nil {
		return err
	}
	return c.received(func(ctx context.Context, h *sockets.Handle) (sockets.Message, error) { return h.RecvLine(ctx, limit) })
}

func runRecvuntil(c *Call) error {
	limit, err := c.limit(2, lineLimit)
	if err != nil {
		return err
	}
	delim := []byte(c.String(1))
	return c.received(func(ctx context.Context, h *sockets.Handle) (sockets.Message, error) {
		return h.RecvUntil(ctx, delim, limit)
	})
}

func runRecvexact(c *Call) error {
	n, err := c.limit(1, 0)
	if err != nil {
		return err
	}
	return c.received(func(ctx context.Context, h *sockets.Handle) (sockets.Message, error) { return h.RecvExact(ctx, n) })
}

func runRecvall(c *Call) error {
	limit, err := c.limit(1, allLimit)
	if err != nil {
		return err
	}
	return c.received(func(ctx context.Context, h *sockets.Handle) (sockets.Message, error) { return h.RecvAll(ctx, limit) })
}
