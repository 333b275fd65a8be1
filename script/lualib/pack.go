package lualib

import (
	"math"

	"sosh/internal/luadoc"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// pack, unpack and packsize are string.pack, string.unpack and string.packsize
// of Lua 5.3 (manual, 6.4.2), with its error messages. Integers that a number
// cannot hold exactly are 64-bit integers (see int64). Native sizes are those of a
// 64-bit little-endian machine on every machine, since a protocol does not depend
// on where it runs. The options V, v, w, Q, {} and () are extensions of sosh.

var packFunctions = []Function{
	{
		Name: "pack", Params: "format, value...", Returns: []luadoc.Result{{Type: "string", Doc: "a string of bytes"}},
		Summary: "encode values as bytes, in the formats of Lua 5.3's string.pack",
		Help: `Byte order: < little endian, > big endian, = native. !N limits alignment to N.
Integers (small letters are signed): b B 1 byte, h H 2 bytes, i[N] I[N] N bytes (default 4), l L j J T 8 bytes. Floats: f 4 bytes, d n 8 bytes.
Strings: sN has its length before it, in N bytes (default 8); z ends with a zero byte; cN has N bytes. x is one byte of padding, Xop padding to the alignment of op. Spaces are ignored.

Beyond Lua 5.3, there are integers of variable length: V unsigned in base 128, low bits first (LEB128: protobuf, MQTT); v signed, as V with zigzag; w unsigned in base 128, high bits first (BER); Q as in QUIC (RFC 9000). sV, sw and sQ are strings with such a length.
{1 3 4} divides bytes into bit fields of these widths, the highest first; each is a number. I2(...) is a list with its number of items before it, (...) a list up to the end of the bytes. An item with one value is that value, an item with several is a table: "(B s1)" is a list of type, length and value up to the end.`,
		Example: `print(hex.encode(pack(">I2 s1 z", 443, "abc", "x"), " "))`, Prints: "01 bb 03 61 62 63 78 00\n",
		Run: luaPack,
	},
	{
		Name: "unpack", Params: "format, bytes [, position]", Returns: []luadoc.Result{{Name: "values, and the position after the last byte read", Type: "any", Many: true}},
		Summary: "decode bytes, in the formats of pack; with a table, Lua 5.1's unpack",
		Help:    `An integer of 8 bytes becomes a number up to 2^53, and above that an int64 or uint64, which can be mixed with numbers in arithmetic and comparisons. int64(n) converts a number. A list that claims more items than the remaining bytes can hold is an error before any item is read.`,
		Example: `print(unpack(">I2 s1", "\1\187\3abc..."))
local list = unpack("B(I1 sV)", "\2\7\2ab\8\0")
print(#list, list[1][1], list[1][2], unpack("{1 3 4} V", "\146\172\2"))`,
		Prints: "443\tabc\t7\n2\t7\tab\t1\t1\t2\t300\t4\n",
		Run:    luaUnpack,
	},
	{
		Name: "packsize", Params: "format", Returns: []luadoc.Result{{Type: "integer", Doc: "a number of bytes"}},
		Summary: "return the number of bytes of a format without s and z",
		Example: `print(packsize("<I4 I2 c8"))`, Prints: "14\n",
		Run: luaPackSize,
	},
	{Name: "string.pack", Params: "format, value...", Returns: []luadoc.Result{{Type: "string", Doc: "a string of bytes"}}, Summary: "pack, under its name in Lua 5.3", Example: `print(#string.pack("j", 1))`, Prints: "8\n", Run: luaPack},
	{Name: "string.unpack", Params: "format, bytes [, position]", Returns: []luadoc.Result{{Name: "values, and the position after them", Type: "any", Many: true}}, Summary: "unpack, under its name in Lua 5.3", Example: `print(string.unpack("B", "A"))`, Prints: "65\t2\n", Run: luaUnpack},
	{Name: "string.packsize", Params: "format", Returns: []luadoc.Result{{Type: "integer", Doc: "a number of bytes"}}, Summary: "packsize, under its name in Lua 5.3", Example: `print(string.packsize("!8 b d"))`, Prints: "16\n", Run: luaPackSize},
}

func checkFormat(L *lua.LState) *layout {
	l, err := packFormat(lua51.CheckString(L, 1))
	if err != nil {
		lua51.ArgError(L, 1, err.Error())
	}
	return l
}

func luaPack(L *lua.LState) int {
	l, lib := checkFormat(L), libraryOf(L)
	p := packer{L: L, out: lib.packed[:0], arg: 1}
	p.layout(l, source{})
	lib.keepPacked(p.out)
	L.Push(lua.LString(p.out))
	return 1
}

// keepPacked keeps the buffer for the next call, unless it is large. One buffer is
// enough, since no Lua runs while values are packed.
func (lib *library) keepPacked(out []byte) {
	if cap(out) <= 64<<10 {
		lib.packed = out
	}
}

func luaUnpack(L *lua.LState) int {
	if _, ok := L.Get(1).(lua.LString); !ok {
		return lua51.Unpack(L)
	}
	l := checkFormat(L)
	u := unpacker{L: L, s: lua51.CheckString(L, 2)}
	if u.pos = lua51.Position(lua51.OptInt(L, 3, 1), len(u.s)) - 1; u.pos < 0 || u.pos > len(u.s) {
		lua51.ArgError(L, 3, "initial position out of string")
	}
	top := L.GetTop()
	u.layout(l, nil)
	L.Push(lua.LNumber(u.pos + 1))
	return L.GetTop() - top
}

func luaPackSize(L *lua.LState) int {
	total := 0
	l := checkFormat(L)
	for i := range l.items {
		it := &l.items[i]
		switch it.kind {
		case packString, packZero, packVarint, packList:
			lua51.ArgError(L, 1, "variable-length format")
		}
		total += it.padding(total) + it.size
		if total > math.MaxInt32 {
			lua51.ArgError(L, 1, "format result too large")
		}
	}
	L.Push(lua.LNumber(total))
	return 1
}
