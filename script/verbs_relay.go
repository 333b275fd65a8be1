package script

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"
)

// relaySource is relay, in Lua on the verbs: a task for each direction of each
// client. A failure of one side is passed on to the other as a reset.
const relaySource = `
local start, listen, target, name, on_client, on_server = ...

local function pump(from, to, fn, conn)
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
		if fn then
			local changed = fn(data, conn)
			if changed ~= nil then data = changed end
		end
		if data and not pcall(send, to, data) then
			pcall(abort, from)
			return
		end
	end
end

return serve(listen, function(client)
	local ok, server = pcall(dial, target, client.name .. "-server")
	if not ok then
		abort(client)
		error(server, 0)
	end
	local conn = {client = client, server = server}
	local back = start(pump, server, client, on_server, conn)
	local ok, err = pcall(pump, client, server, on_client, conn)
	if not ok then
		pcall(abort, client)
		pcall(abort, server)
		error(err, 0)
	end
	pcall(join, back)
	pcall(close, server)
end, name)`

func runRelay(c *Call) error {
	m := c.Machine
	if m.relay == nil {
		m.relay = m.library(relaySource, "=relay")
	}
	start := m.l.NewFunction(func(L *lua.LState) int {
		t := m.start(L.CheckFunction(1), arguments(L, 2))
		t.server = true
		L.Push(m.object("task", t))
		return 1
	})
	args := []lua.LValue{start, lua.LString(c.String(0)), lua.LString(c.String(1)), lua.LNil, lua.LNil, lua.LNil}
	if c.Has(2) {
		args[3] = lua.LString(c.String(2))
	}
	for i, name := range []string{"on_client", "on_server"} {
		if a, ok := c.opts[name]; ok {
			args[4+i] = a.value
		}
	}
	var listener lua.LValue
	if c.l != nil {
		listener = callOne(c.l, m.relay, args...)
	} else {
		L := newThread(m.l)
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
	c.Tell("%s: relaying %s to %s; clients become %s.1, %s.2..., and the connections for them %s.1-server...", h.Name(), h.LocalAddr(), c.String(1), h.Name(), h.Name(), h.Name())
	return nil
}
