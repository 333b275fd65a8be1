package luasocket

import (
	"context"
	"time"

	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// version is the version string of LuaSocket 3.1 in Debian.
const version = "LuaSocket 3.0.0"

// open makes the module socket.core.
func (c *core) open(L *lua.LState) lua.LValue {
	if c.socket != nil {
		return c.socket
	}
	c.socket = L.NewTable()
	c.classes, c.groups = make(map[string]*class), make(map[string]*group)
	for name, v := range map[string]lua.LValue{
		"_VERSION": lua.LString(version), "BLOCKSIZE": lua.LNumber(2048), "_SETSIZE": lua.LNumber(1024),
		"_DATAGRAMSIZE": lua.LNumber(datagramSize), "_SOCKETINVALID": lua.LNumber(-1),
	} {
		c.socket.RawSetString(name, v)
	}
	for name, f := range map[string]lua.LGFunction{
		"gettime": func(L *lua.LState) int {
			L.Push(lua.LNumber(float64(time.Now().UnixMicro()) / 1e6))
			return 1
		},
		"sleep": sleep, "select": c.selectSockets, "skip": skip,
		"__unload": func(*lua.LState) int { return 0 },
	} {
		c.socket.RawSetString(name, L.NewFunction(f))
	}
	c.openTCP(L)
	c.openUDP(L)
	c.socket.RawSetString("dns", openDNS(L))
	return c.socket
}

func sleep(L *lua.LState) int {
	d := limitOf(lua51.CheckNumber(L, 1))
	if d > 0 {
		wait(L, func(ctx context.Context) error { return sockets.Pause(ctx, d) })
	}
	return 0
}

// skip is skip(n, ...): the arguments after the first n.
func skip(L *lua.LState) int {
	n := lua51.CheckInt(L, 1)
	return max(0, L.GetTop()-n-1)
}
