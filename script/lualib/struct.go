package lualib

import (
	"sosh/internal/luadoc"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// structFunctions are those of struct: formats of pack whose values have names.
var structFunctions = []Function{
	{
		Name: "struct", Params: "format", Returns: []luadoc.Result{{Type: "struct"}},
		Summary: "create a struct: a format of pack with names, for packing tables",
		Help: `A name and a colon come before each option: "> id:I2 flags:B name:s1". Bit fields and the items of lists have names too: "{qr:1 opcode:4 rest:3} answers:I2(name:s1 ttl:I4)". The items of a list of single values need no name: "ids:B(I2)".
Blanks and newlines are ignored.`,
		Example: `local head = struct("> id:I2 {qr:1 opcode:4 aa:1 tc:1 rd:1} {ra:1 z:3 rcode:4} names:B(s1)")
local bytes = head:pack{id = 7, qr = 1, opcode = 0, aa = 0, tc = 0, rd = true, ra = 1, z = 0, rcode = 3, names = {"a", "bc"}}
print(hex.encode(bytes))
local h, next = head:unpack(bytes)
print(h.id, h.rcode, h.names[2], next)`,
		Prints: "000781830201610262" + "63\n7\t3\tbc\t11\n",
		Run: func(L *lua.LState) int {
			l, err := parseLayout(lua51.CheckString(L, 1), true)
			if err != nil {
				lua51.ArgError(L, 1, err.Error())
			}
			L.Push(NewObject(L, "struct", l))
			return 1
		},
	},
	{
		Name: "struct:pack", Params: "table", Returns: []luadoc.Result{{Type: "string", Doc: "a string of bytes"}}, Summary: "encode a table with a field for each name; an error names the field that is missing or does not fit",
		Example: `print(pcall(function() struct("id:I2"):pack{id = 70000} end))`,
		Prints:  "false\texample:1: bad argument #1 to 'pack' (field id: unsigned overflow)\n",
		Run: func(L *lua.LState) int {
			l, lib := checkObject[*layout](L, "struct"), libraryOf(L)
			p := packer{L: L, out: lib.packed[:0], arg: 2}
			p.layout(l, source{t: lua51.CheckTable(L, 2)})
			lib.keepPacked(p.out)
			L.Push(lua.LString(p.out))
			return 1
		},
	},
	{
		Name: "struct:unpack", Params: "bytes [, position]", Returns: []luadoc.Result{{Type: "table"}, {Name: "position after the last byte read", Type: "integer"}}, Summary: "decode bytes to a table, from a position on; if bytes are missing, it raises code \"short\"",
		Example: `print(pcall(function() struct("id:I2"):unpack("a") end))`,
		Prints:  "false\tstruct:unpack: data string too short\n",
		Run: func(L *lua.LState) int {
			l := checkObject[*layout](L, "struct")
			u := unpacker{L: L, s: lua51.CheckString(L, 2), op: "struct:unpack"}
			if u.pos = lua51.Position(lua51.OptInt(L, 3, 1), len(u.s)) - 1; u.pos < 0 || u.pos > len(u.s) {
				lua51.ArgError(L, 3, "initial position out of string")
			}
			t := L.NewTable()
			u.layout(l, t)
			L.Push(t)
			L.Push(lua.LNumber(u.pos + 1))
			return 2
		},
	},
}
