package script

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"sosh/script/decoders"
	"sosh/script/lua51"
	"sosh/script/lualib"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// framing returns parameter i, the framing of a stream.
func (c *Call) framing(i int) (*lualib.Framing, error) {
	f, err := c.Machine.framingOf(c.args[0].handle, c.args[i].value)
	if err != nil {
		return nil, &ArgumentError{Index: i, Err: err}
	}
	return f, nil
}

// runFrames returns an iterator: a function that calls recv_frame with the framing, which is
// parsed only once.
func runFrames(c *Call) error {
	f, err := c.framing(1)
	if err != nil {
		return err
	}
	L := c.Machine.l
	how := L.NewUserData()
	how.Value = f
	h := c.args[0].luaHandle(c)
	recv := c.Machine.function(c.Machine.byName["recv_frame"])
	opts := L.NewTable()
	if a, ok := c.opts["timeout"]; ok {
		opts.RawSetString("timeout", a.value)
	}
	// recv is not called by way of Lua: its errors have the position of the loop.
	c.Give(L.NewFunction(func(L *lua.LState) int {
		L.SetTop(0)
		L.Push(h)
		L.Push(how)
		L.Push(opts)
		n := recv(L)
		if n > 1 {
			L.Pop(n - 1)
		}
		return min(n, 1)
	}))
	return nil
}

func runRecvFrame(c *Call) error {
	f, err := c.framing(1)
	if err != nil {
		return err
	}
	if f.Codec() {
		return c.decodeFrame(f)
	}
	ctx, err := c.start()
	if err != nil {
		return err
	}
	m, err := c.Handle(0).RecvFrame(ctx, f.Max, f.Size)
	if err == nil {
		body := f.Body(m.Data)
		if !bytes.HasPrefix(m.Data, body) {
			m.Shown = nil // Shown refers to the whole frame
		}
		m.Data = body
	}
	return c.received(m, err)
}

// decodeFrame is recv_frame with the decode function of a codec. It calls the function with
// the received data until that contains a message. The timeout includes the time of the
// function.
func (c *Call) decodeFrame(f *lualib.Framing) error {
	h := c.Handle(0)
	if f.Decode == nil {
		return &ArgumentError{Index: 1, Err: errors.New("the codec has no decode")}
	}
	m := c.Machine
	if m.context().Err() != nil {
		return c.cancelled()
	}
	ctx, cancel := c.limited()
	defer cancel()
	defer h.Room(f.Max + 1)()
	began := time.Now()
	g := growing{h: h, limit: f.Max, seen: h.PeekLeft()}
	for first := true; ; first = false {
		if !first || len(g.seen.Data) == 0 {
			var err error
			m.Block(func() { _, err = g.next(ctx) })
			if err != nil {
				var e *sockets.Error
				if errors.As(err, &e) {
					err = frameError(h, e.Err)
				}
				return err
			}
		}
		data := g.text()
		var message, used lua.LValue
		m.limit(ctx, func() { message, used = c.decode(f, h, data, g.seen.Ended) })
		if message == lua.LNil {
			switch {
			case g.seen.Ended && len(data) == 0:
				c.Give(lua.LNil)
				return nil
			case g.seen.Ended:
				return frameError(h, fmt.Errorf("%w; %d bytes that had arrived can still be received", sockets.ErrEnded, len(data)))
			case sockets.Overdue(ctx, began) != nil:
				return frameError(h, sockets.Overdue(ctx, began))
			case len(data) >= f.Max:
				return frameError(h, fmt.Errorf("%w: %d bytes arrived without a message", sockets.ErrLimit, len(data)))
			}
			continue
		}
		n, err := lualib.Used(used, len(data))
		if err != nil {
			return &ArgumentError{Index: 1, Err: err}
		}
		if _, ok := h.Take(g.seen, n); !ok {
			continue // another task has taken data meanwhile
		}
		c.Give(message)
		return nil
	}
}

// decode calls the decode function of a codec. An error with code "short" means that the
// message is incomplete, as nil does.
func (c *Call) decode(f *lualib.Framing, h *sockets.Handle, data string, ended bool) (message, used lua.LValue) {
	state := c.Machine.codecState(h, f, decoders.In, ended)
	values, raised := lua51.InterpOf(c.l).PCall(c.l, f.Decode, lua.LString(data), state)
	if raised != nil {
		if lualib.IsShort(c.l, raised) {
			return lua.LNil, lua.LNil
		}
		c.l.Error(raised, 0)
	}
	values = append(values, lua.LNil, lua.LNil)
	return values[0], values[1]
}

func frameError(h *sockets.Handle, err error) error {
	return &sockets.Error{Op: "recv_frame", Handle: h.Name(), Err: err}
}

func runSendFrame(c *Call) error {
	f, err := c.framing(2)
	if err != nil {
		return err
	}
	data, err := c.encode(f, c.Handle(0), c.args[1].value)
	if err != nil {
		return &ArgumentError{Index: 1, Err: err}
	}
	ctx, err := c.start()
	if err != nil {
		return err
	}
	n, err := c.Handle(0).Send(ctx, data)
	c.finish()
	if err != nil {
		return err
	}
	c.Give(lua.LNumber(n))
	return nil
}
