package script

import (
	"context"
	"errors"
	"fmt"

	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// relaySource implements relay in Lua, with verbs: each direction of each client has a task.
// A failure of one side is passed on to the other as a reset. Bytes pass through Lua only if
// a function must see them.
const relaySource = `
local start, await, pipe, listen, target, name, on_client, on_server, serving, dialing = ...

local function pump(from, to, fn, conn)
	if not fn then
		return pipe(from, to)
	end
	while true do
		local ok, data = pcall(recv, from)
		if not ok then
			pcall(abort, to)
			return
		end
		if data == nil then
			pcall(shutdown, to, "write")
			return
		end
		local changed = fn(data, conn)
		if changed ~= nil then data = changed end
		if data and not pcall(send, to, data) then
			pcall(abort, from)
			return
		end
	end
end

return serve(listen, function(client)
	local ok, server = pcall(dial, target, client.name .. "-server", dialing)
	if not ok then
		abort(client)
		error(server, 0)
	end
	local conn = {client = client, server = server}
	local back = start(client, server, pump, server, client, on_server, conn)
	local forth = start(client, server, pump, client, server, on_client, conn)
	await(forth)
	await(back)
	pcall(close, server)
end, name, serving)`

func runRelay(c *Call) error {
	m := c.Machine
	if m.relay == nil {
		m.relay = m.library(relaySource, "relay")
	}
	place := c.Place()
	start := m.l.NewFunction(func(L *lua.LState) int {
		client, _ := m.toHandle("relay", L.Get(1))
		server, _ := m.toHandle("relay", L.Get(2))
		t := m.start(L.CheckFunction(3), lua51.Arguments(L, 4))
		t.server, t.place = true, place
		t.after = func() {
			if t.err != nil { // the error of a script's function
				client.Abort()
				server.Abort()
			}
		}
		L.Push(m.NewObject("task", t))
		return 1
	})
	// await does not join, so the error of a direction is reported like that of any task.
	await := m.l.NewFunction(func(L *lua.LState) int {
		t := L.CheckUserData(1).Value.(*Task)
		ctx := m.context()
		m.Block(func() { t.await(ctx) })
		return 0
	})
	pipe := m.l.NewFunction(func(L *lua.LState) int {
		from, _ := m.toHandle("relay", L.Get(1))
		to, _ := m.toHandle("relay", L.Get(2))
		ctx := m.context()
		m.Block(func() { relayOneWay(ctx, from, to) })
		return 0
	})
	args := []lua.LValue{start, await, pipe, lua.LString(c.String(0)), lua.LString(c.String(1)), lua.LNil, lua.LNil, lua.LNil, m.l.NewTable(), m.l.NewTable()}
	if c.Has(2) {
		args[5] = lua.LString(c.String(2))
	}
	for i, name := range []string{"on_client", "on_server", "serve", "dial"} {
		a, ok := c.opts[name]
		if !ok {
			continue
		}
		if _, isTable := a.value.(*lua.LTable); i >= 2 && !isTable {
			return &ArgumentError{Index: -1, Key: name, Err: fmt.Errorf("bad %s (expected a table of the options of %s, such as cert=)", name, name)}
		}
		args[6+i] = a.value
	}
	var listener lua.LValue
	if c.l != nil {
		listener = lua51.Call(c.l, m.relay, args...)
	} else {
		L := lua51.NewThread(m.l)
		if err := m.call(L, m.relay, args); err != nil {
			return rethrow{err.(*Error)}
		}
		listener = L.Get(1)
	}
	c.Give(listener)
	h, err := m.toHandle("relay", listener)
	if err != nil || h == nil {
		return fmt.Errorf("relay: %w", err)
	}
	c.Notify("%s: relaying %s to %s; clients become %s.1, %s.2..., and the connections for them %s.1-server...", h.Name(), h.LocalAddr(), c.String(1), h.Name(), h.Name(), h.Name())
	return nil
}

// relayOneWay is a direction of relay without a function.
func relayOneWay(ctx context.Context, from, to *sockets.Handle) {
	var e *sockets.Error
	switch err := sockets.PipeOneWay(ctx, from, to, nil); {
	case !errors.As(err, &e), e.Op == "shutdown": // DTLS has no half-close
	case e.Handle == from.Name():
		to.Abort()
	default:
		from.Abort()
	}
}
