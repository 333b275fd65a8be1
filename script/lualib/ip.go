package lualib

import (
	"net/netip"

	"sosh/internal/luadoc"
	"sosh/internal/show"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// ipFunctions are for addresses in messages.
var ipFunctions = []Function{
	{
		Name: "ip.text", Params: "bytes", Returns: []luadoc.Result{{Type: "string"}}, Summary: "return the text of an IP address of 4 or 16 bytes",
		Example: `print(ip.text("\127\0\0\1"), ip.text(("\0"):rep(15) .. "\1"))`, Prints: "127.0.0.1\t::1\n",
		Run: func(L *lua.LState) int {
			a, ok := netip.AddrFromSlice([]byte(lua51.CheckString(L, 1)))
			if !ok {
				lua51.ArgError(L, 1, "expected 4 or 16 bytes")
			}
			L.Push(lua.LString(a.String()))
			return 1
		},
	},
	{
		Name: "ip.bytes", Params: "text", Returns: []luadoc.Result{{Type: "string", Doc: "a string of 4 or 16 bytes"}}, Summary: "return the bytes of an IP address",
		Example: `print(hex.encode(ip.bytes("10.0.0.1")), #ip.bytes("fe80::1"))`, Prints: "0a000001\t16\n",
		Run: func(L *lua.LState) int {
			text := lua51.CheckString(L, 1)
			a, err := netip.ParseAddr(text)
			if err != nil || a.Zone() != "" {
				lua51.ArgError(L, 1, "bad address "+show.Quote([]byte(show.Truncate(text, 60))))
			}
			L.Push(lua.LString(a.AsSlice()))
			return 1
		},
	},
}
