package script

import (
	"context"
	"errors"
	"fmt"
	"io"

	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// The default limits of the receiving verbs.
const (
	lineLimit = 1 << 20
	allLimit  = 64 << 20
)

// received returns the results of a receive to Lua: the bytes, or nil at the end of the
// stream; for a datagram also its sender, and true if it was truncated.
func (c *Call) received(msg sockets.Message, err error) error {
	c.finish()
	h := c.Handle(0)
	if err == io.EOF {
		c.Give(lua.LNil)
		c.Notify("%s: the peer has ended the stream", h.Name())
		return nil
	}
	if err != nil {
		return err
	}
	c.msg = msg
	c.out.Message = &c.msg
	c.Give(lua.LString(msg.Data))
	if h.Kind().Datagram() {
		c.Give(lua.LString(msg.From.Raw()), lua.LBool(msg.Cut))
	}
	return nil
}

// limit returns parameter i, a limit of at least least bytes, or def.
func (c *Call) limit(i, def, least int) (int, error) {
	if !c.Has(i) {
		return def, nil
	}
	if n := c.args[i].num; n < float64(least) || n > 1<<30 {
		return 0, &ArgumentError{Index: i, Err: fmt.Errorf("bad %s %s (expected %d to 1G bytes)", c.Verb.Params[i].Name, c.String(i), least)}
	}
	return c.Int(i, def), nil
}

// receive makes a receiving call whose limit is parameter i.
func (c *Call) receive(i, def int, f func(h *sockets.Handle, ctx context.Context, limit int) (sockets.Message, error)) error {
	limit, err := c.limit(i, def, 1)
	if err != nil {
		return err
	}
	return c.meantTimeout(i, c.receiveUpTo(limit, f))
}

// meantTimeout adds a hint to the error of a call whose limit, parameter i, is as small as a
// timeout: seconds may have been meant.
func (c *Call) meantTimeout(i int, err error) error {
	var e *sockets.Error
	if !c.Has(i) || c.args[i].num > 60 || !errors.As(err, &e) {
		return err
	}
	if code := sockets.Code(err); code == "timeout" || code == "limit" || code == "cancelled" {
		number := lua51.FormatNumber(c.args[i].num)
		e.Hint = number + " is the limit, in bytes; a timeout is {timeout=" + number + "}"
		if c.l == nil {
			e.Hint = number + " is the limit, in bytes; a timeout is timeout=" + number
		}
	}
	return err
}

// receiveUpTo makes a receiving call with a limit.
func (c *Call) receiveUpTo(limit int, f func(h *sockets.Handle, ctx context.Context, limit int) (sockets.Message, error)) error {
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

// runRecvexact also accepts 0, which is a common length in headers.
func runRecvexact(c *Call) error {
	n, err := c.limit(1, 0, 0)
	if err != nil {
		return err
	}
	return c.receiveUpTo(n, (*sockets.Handle).RecvExact)
}

func runRecvall(c *Call) error { return c.receive(1, allLimit, (*sockets.Handle).RecvAll) }
