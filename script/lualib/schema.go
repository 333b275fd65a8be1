package lualib

import (
	"sosh/internal/luadoc"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

var schemaFunctions = []Function{
	{
		Name: "schema", Params: "fields", Returns: []luadoc.Result{{Type: "schema"}},
		Summary: "describe messages of bytes as tables, for decoding and encoding; a schema is also a codec of frames and view",
		Help: `A field is {NAME, TYPE, attributes}. The types are:
u8 to u64 and i8 to i64, by steps of 8 bits, f32 and f64: big endian, unless the type ends in le or the schema has endian="little";
leb128, zigzag, ber, quic: integers of variable length, as V, v, w and Q of pack; mqtt: leb128 of at most 4 bytes;
bytes: up to the end, or as many as size, prefix or const say; zstring: a string that ends with a zero byte;
"{dup:1 qos:2 retain:1 kind:4}": bit fields, the highest first;
a schema, a list of fields, or {TYPE, attributes}.
A schema or bits without a name are fields of the table around them. The field _ is not in the table; it is encoded as zeros.

The attributes are:
size, the length in bytes: a number, the name of an earlier field, or a function of the table and the whole message; prefix, the type of the length before the value; plus, how much more such a length is than the number of bytes;
count, the number of items of a list: as size; list=true, a list up to the end;
switch, the name of an earlier field, and cases, types by its values, in place of a type; otherwise, the type for other values;
const, the only value; default, the value if it is missing; enum, names by number; min and max;
when, the name of an earlier field or a function: without a true value, or with 0, there is no such field; optional=true: there is none at the end of a length, or without a value;
sum="crc32", "inet" or a function of bytes, and over, the names of the fields that are summed.

A name is looked up in the table of the field, then in the tables around it; header.length is a field of a field. encode computes lengths, counts and sums. The attribute max of a schema limits a message, by default to 16M.`,
		Example: `local message = schema{
  {"magic", "bytes", const = "SO"},
  {"kind", "u8", enum = {[1] = "ping", [2] = "put"}},
  {"flags", "{ack:1 _:5 qos:2}"},
  {"length", "u16"},
  {"body", size = "length", switch = "kind", cases = {
    ping = {{"id", "u32"}},
    put = {{"key", "bytes", prefix = "u8"}, {"n", "u8"}, {"values", "leb128", count = "n"}},
  }},
}
local bytes = message:encode{kind = "put", flags = {qos = 1}, body = {key = "k", values = {1, 300}}}
print(hex.encode(bytes))
local m, rest = message:decode(bytes .. "more")
print(m.kind, m.flags.qos, m.body.values[2], rest)
print(message:decode(bytes:sub(1, 7)))
print(pcall(function() message:decode("SX") end))`,
		Prints: "534f0201" + "0006016b0201ac02\nput\t1\t300\tmore\nnil\nfalse\tschema:decode: magic at byte 0: got \"SX\", want \"SO\"\n",
		Run: func(L *lua.LState) int {
			s, err := schemaParser{}.schema(lua51.CheckTable(L, 1))
			if err != nil {
				lua51.ArgError(L, 1, err.Error())
			}
			L.Push(s.object(L))
			return 1
		},
	},
	{
		Name: "schema:decode", Params: "bytes [, position]",
		Returns: []luadoc.Result{{Name: "message", Type: "table?"}, {Name: "rest of the bytes", Type: "string"}}, Note: "nil if more bytes are needed",
		Summary: "decode the message at the beginning of bytes; an error has code \"bad\", and the path and the offset of the field",
		Help:    `The error is a table with the fields message, path ("header.flags.qos") and offset, counted from 0. A message may have 100,000 values, and tables 32 levels deep.`,
		Example: `local point = schema{{"x", "i16"}, {"y", "i16"}}
local p, rest = point:decode("\255\254\0\3abc")
print(p.x, p.y, rest)`,
		Prints: "-2\t3\tabc\n",
		Run: func(L *lua.LState) int {
			s, p := checkObject[*Schema](L, "schema"), lua51.CheckString(L, 2)
			pos := lua51.Position(lua51.OptInt(L, 3, 1), len(p)) - 1
			if pos < 0 || pos > len(p) {
				lua51.ArgError(L, 3, "initial position out of string")
			}
			return schemaDecode(L, s, p[pos:])
		},
	},
	{
		Name: "schema:encode", Params: "table", Returns: []luadoc.Result{{Type: "string", Doc: "a string of bytes"}},
		Summary: "encode a table, and compute its lengths, counts and sums; an error has code \"bad\" and the path of the field",
		Example: `print(pcall(function() schema{{"head", {{"id", "u8"}}}}:encode{head = {id = 256}} end))`,
		Prints:  "false\tschema:encode: head.id: got 256, which does not fit\n",
		Run: func(L *lua.LState) int {
			return schemaEncode(L, checkObject[*Schema](L, "schema"), L.Get(2))
		},
	},
}

// object returns the schema as a value of Lua, and makes its functions.
func (s *Schema) object(L *lua.LState) *lua.LUserData {
	s.Decode = L.NewFunction(func(L *lua.LState) int { return schemaDecode(L, s, lua51.CheckString(L, 1)) })
	s.Encode = L.NewFunction(func(L *lua.LState) int { return schemaEncode(L, s, L.Get(1)) })
	return NewObject(L, "schema", s)
}

func schemaDecode(L *lua.LState, s *Schema, p string) int {
	t, n, err := s.decode(L, p)
	switch {
	case err == errMore:
		L.Push(lua.LNil)
		return 1
	case err != nil:
		raiseSchema(L, "schema:decode", err)
	}
	L.Push(t)
	L.Push(lua.LString(p[n:]))
	return 2
}

func schemaEncode(L *lua.LState, s *Schema, v lua.LValue) int {
	t, ok := v.(*lua.LTable)
	if !ok {
		lua51.Raise(L, 1, "schema:encode: got a %s (expected a table)", v.Type())
	}
	p, err := s.encode(L, t)
	if err != nil {
		raiseSchema(L, "schema:encode", err)
	}
	L.Push(lua.LString(p))
	return 1
}
