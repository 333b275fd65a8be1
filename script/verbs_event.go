package script

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

func runWatch(c *Call) error {
	h := c.Handle(0)
	if h.Closed() {
		return h.ErrClosed("watch")
	}
	h.Watch(c.String(1) != "off")
	c.Give(c.args[0].luaHandle(c))
	switch {
	case c.String(1) == "off":
		c.Notify("%s: not watched; recv reads the socket directly", h.Name())
	default:
		c.Notify("%s: watched", h.Name())
	}
	return nil
}

func runWait(c *Call) error {
	h := c.Handle(0)
	if h == nil {
		return c.waitClosed()
	}
	var ev sockets.Event
	err := c.Wait(func(ctx context.Context) (err error) {
		ev, err = h.Wait(ctx, sockets.EventType(c.String(1)))
		return err
	})
	if err != nil {
		return err
	}
	c.Give(c.args[0].luaHandle(c), c.Machine.eventTable(ev))
	told := fmt.Sprintf("%s: %s", h.Name(), ev.Type)
	if ev.Type == sockets.EventAccepted {
		told += " " + ev.Peer.String()
	}
	c.Notify("%s", told)
	return nil
}

// waitClosed is wait for a handle that is closed, of which only the name is left.
func (c *Call) waitClosed() error {
	if sockets.EventType(c.String(1)) != sockets.EventClosed {
		_, err := c.Machine.cfg.Table.Get(c.Verb.Name, c.String(0))
		return err
	}
	c.Give(lua.LNil, c.Machine.eventTable(sockets.Event{Type: sockets.EventClosed, Time: time.Now()}))
	c.Notify("%s: %s", c.String(0), sockets.EventClosed)
	return nil
}

func (m *Machine) eventTable(ev sockets.Event) *lua.LTable {
	t := m.l.NewTable()
	t.RawSetString("name", lua.LString(ev.Type))
	if ev.Type == sockets.EventData || ev.Type == sockets.EventSent {
		t.RawSetString("data", lua.LString(ev.Data))
	}
	if ev.Fault != "" {
		t.RawSetString("fault", lua.LString(ev.Fault))
	}
	if !ev.Peer.IsZero() {
		t.RawSetString("peer", lua.LString(ev.Peer.Raw()))
	}
	if ev.Type == sockets.EventAccepted {
		t.RawSetString("handle", m.toLua(ev.Handle))
	}
	if ev.Err != nil {
		t.RawSetString("error", lua.LString(ev.Err.Error()))
		t.RawSetString("code", lua.LString(sockets.Code(ev.Err)))
	}
	t.RawSetString("time", lua.LNumber(ev.Time.Sub(start)/time.Microsecond)/1e6)
	return t
}

// runOn starts a task that handles the events of a handle one by one.
func runOn(c *Call) error {
	m, h := c.Machine, c.Handle(0)
	if h.Closed() {
		return h.ErrClosed("on")
	}
	f := c.args[2].value.(*lua.LFunction)
	ud := c.args[0].luaHandle(c)
	if c.String(1) == eventLine {
		if h.Kind().Messages() {
			return &ArgumentError{Index: 1, Err: fmt.Errorf("%s has no lines (expected data, for each message)", h.Kind())}
		}
		t := m.start(m.onLoop, []lua.LValue{f, m.l.NewFunction(c.nextLine()), m.l.NewFunction(func(*lua.LState) int { return 0 })})
		t.server, t.place = true, c.Place()
		c.Give(ud)
		return nil
	}
	event := sockets.EventType(c.String(1))
	var release func()
	if event == sockets.EventData {
		release = h.ClaimData()
	}
	h.Watch(true)
	next := m.l.NewFunction(func(L *lua.LState) int {
		var ev sockets.Event
		var err error
		ctx := m.context()
		m.Block(func() { ev, err = h.Wait(ctx, event) })
		if err != nil {
			return 0
		}
		L.Push(ud)
		L.Push(m.eventTable(ev))
		L.Push(lua.LNumber(ev.End))
		return 3
	})
	shown := m.l.NewFunction(func(L *lua.LState) int {
		h.MarkReported(uint64(L.CheckNumber(1)))
		return 0
	})
	t := m.start(m.onLoop, []lua.LValue{f, next, shown})
	t.server, t.place = true, c.Place()
	t.after = release
	c.Give(ud)
	return nil
}

// eventLine is an event of on only: a received line, which is removed from the inbox. The
// events of [sockets] leave their bytes in the inbox.
const eventLine = "line"

// nextLine returns the function that returns the next line to a handler task. A line that
// is too long, or is incomplete at the end of the stream, is an error. The task ends when
// the handle is closed or the stream ends.
func (c *Call) nextLine() lua.LGFunction {
	m, h := c.Machine, c.Handle(0)
	own := &Call{Machine: m, Verb: c.Verb, args: c.args} // c itself is reused
	ud := own.args[0].luaHandle(own)
	return func(L *lua.LState) int {
		var msg sockets.Message
		var err error
		ctx := m.context()
		m.Block(func() { msg, err = h.RecvLine(ctx, lineLimit) })
		switch {
		case errors.Is(err, sockets.ErrEnded) && h.Unread() > 0, errors.Is(err, sockets.ErrLimit):
			m.raise(L, own, err)
		case err != nil:
			return 0
		}
		line := m.eventTable(sockets.Event{Type: eventLine, Peer: msg.From, Time: time.Now()})
		line.RawSetString("data", lua.LString(msg.Data))
		L.Push(ud)
		L.Push(line)
		return 2
	}
}

// onSource is the loop of a handler task. It is written in Lua, so that it can call the
// function like any other Lua code.
const onSource = `
local fn, next, shown = ...
while true do
	local h, event, position = next()
	if not h then return end
	fn(h, event)
	shown(position)
end`

// handler returns the function that serve calls with each client: it starts a
// task that runs f, and closes the client when f returns or fails.
func (m *Machine) handler(f *lua.LFunction, place string) func(*sockets.Handle) {
	sc := m.current.scope
	return func(h *sockets.Handle) {
		m.lock()
		defer m.mu.Unlock()
		if m.ctx.Err() != nil {
			return
		}
		m.current = &Task{ctx: m.ctx, scope: sc}
		t := m.start(f, []lua.LValue{m.toLua(h)})
		t.server, t.client, t.place = true, h, place
		if sc == nil && m.cfg.Observer != nil {
			m.cfg.Observer.Serves(t)
		}
		t.after = func() { h.Close() }
	}
}
