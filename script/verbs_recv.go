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

// received ends a call of receiving and gives what it brought: the bytes, of a
// datagram also its sender and whether it was cut, nil at the end of the
// stream.
func (c *Call) received(msg sockets.Message, err error) error {
	c.finish()
	h := c.Handle(0)
	if err == io.EOF {
		c.Give(lua.LNil)
		c.Tell("%s: the peer has ended the stream", h.Name())
		return nil
	}
	if err != nil {
		return err
	}
	c.msg = msg
	c.out.Message = &c.msg
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

// receive makes a call of receiving with parameter i, a limit.
func (c *Call) receive(i, def int, f func(h *sockets.Handle, ctx context.Context, limit int) (sockets.Message, error)) error {
	limit, err := c.limit(i, def)
	if err != nil {
		return err
	}
	ctx, err := c.start()
	if err != nil {
		return err
	}
	return c.received(f(c.Handle(0), ctx, limit))
}

func runRecv(c *Call) error { return c.receive(1, sockets.DefaultLimit, (*sockets.Handle).Recv) }

func runRecvfrom(c *Call) error {
	return c.receive(1, sockets.DefaultLimit, (*sockets.Handle).RecvFrom)
}

func runRecvline(c *Call) error { return c.receive(1, lineLimit, (*sockets.Handle).RecvLine) }

func runRecvuntil(c *Call) error {
	delim := []byte(c.String(1))
	return c.receive(2, lineLimit, func(h *sockets.Handle, ctx context.Context, limit int) (sockets.Message, error) {
		return h.RecvUntil(ctx, delim, limit)
	})
}

func runRecvexact(c *Call) error { return c.receive(1, 0, (*sockets.Handle).RecvExact) }

func runRecvall(c *Call) error { return c.receive(1, allLimit, (*sockets.Handle).RecvAll) }
