package lualib

import (
	"fmt"
	"strings"

	"sosh/internal/luadoc"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// A cursor reads a string from its beginning to its end.
type cursor struct {
	s   string
	pos int
}

var cursorFunctions = []Function{
	{
		Name: "cursor", Params: "bytes [, position]", Returns: []luadoc.Result{{Type: "cursor"}},
		Summary: "create a cursor, which reads a string step by step",
		Help:    `Each read moves the position. If bytes are missing, the position does not change and the call raises code "short"; if a framing's decode function raises it, decode is called again when more bytes have arrived.`,
		Example: `local r = cursor("\5helloGET /\r\n\1\2")
print(r:unpack("s1"), r:upto("\r\n"), r:left(), r:at())
print(hex.encode(r:peek(1)), hex.encode(r:rest()), r:left())`,
		Prints: "hello\tGET /\t2\t14\n01\t0102\t0\n",
		Run: func(L *lua.LState) int {
			c := &cursor{s: lua51.CheckString(L, 1)}
			if c.pos = lua51.Position(lua51.OptInt(L, 2, 1), len(c.s)) - 1; c.pos < 0 || c.pos > len(c.s) {
				lua51.ArgError(L, 2, "initial position out of string")
			}
			L.Push(NewObject(L, "cursor", c))
			return 1
		},
	},
	cursorFunction("unpack", "format", luadoc.Result{Name: "values", Type: "any", Many: true}, "decode values in a format of pack, or a table with a struct", `print(cursor("\1\2"):unpack("BB"))`, "1\t2\n", func(L *lua.LState, c *cursor) int {
		u := unpacker{L: L, s: c.s, pos: c.pos, op: "cursor:unpack"}
		top := L.GetTop()
		if ud, ok := L.Get(2).(*lua.LUserData); ok {
			if l, ok := ud.Value.(*layout); ok {
				t := L.NewTable()
				u.layout(l, t)
				L.Push(t)
				c.pos = u.pos
				return 1
			}
		}
		l, err := packFormat(lua51.CheckString(L, 2))
		if err != nil {
			lua51.ArgError(L, 2, err.Error())
		}
		u.layout(l, nil)
		c.pos = u.pos
		return L.GetTop() - top
	}),
	cursorFunction("take", "n", luadoc.Result{Type: "string"}, "read the next n bytes", `print(cursor("abc"):take(2))`, "ab\n", func(L *lua.LState, c *cursor) int {
		L.Push(lua.LString(c.next(L, "take", true)))
		return 1
	}),
	cursorFunction("peek", "n", luadoc.Result{Type: "string"}, "return the next n bytes without moving the position", `print(cursor("abc"):peek(2))`, "ab\n", func(L *lua.LState, c *cursor) int {
		L.Push(lua.LString(c.next(L, "peek", false)))
		return 1
	}),
	cursorFunction("skip", "n", luadoc.Result{Name: "cursor", Type: "cursor"}, "skip n bytes", `print(cursor("abc"):skip(2):rest())`, "c\n", func(L *lua.LState, c *cursor) int {
		c.next(L, "skip", true)
		L.Push(L.Get(1))
		return 1
	}),
	cursorFunction("upto", "bytes", luadoc.Result{Type: "string"}, "read up to a delimiter, and skip the delimiter", `print(cursor("a: b"):upto(": "))`, "a\n", func(L *lua.LState, c *cursor) int {
		end := lua51.CheckString(L, 2)
		n := strings.Index(c.s[c.pos:], end)
		if n < 0 {
			raiseCode(L, "cursor:upto", "short", "the delimiter is not in the bytes that are left")
		}
		L.Push(lua.LString(c.s[c.pos : c.pos+n]))
		c.pos += n + len(end)
		return 1
	}),
	cursorFunction("rest", "", luadoc.Result{Type: "string"}, "read all remaining bytes", `print(cursor("abc", 2):rest())`, "bc\n", func(L *lua.LState, c *cursor) int {
		L.Push(lua.LString(c.s[c.pos:]))
		c.pos = len(c.s)
		return 1
	}),
	cursorFunction("left", "", luadoc.Result{Type: "integer"}, "return the number of remaining bytes", `print(cursor("abc"):left())`, "3\n", func(L *lua.LState, c *cursor) int {
		L.Push(lua.LNumber(len(c.s) - c.pos))
		return 1
	}),
	cursorFunction("at", "[position]", luadoc.Result{Type: "integer"}, "return the position of the next byte, counted from 1; with an argument, set it first", `local r = cursor("abc")`+"\n"+`print(r:at(), r:at(3), r:rest())`, "1\t3\tc\n", func(L *lua.LState, c *cursor) int {
		if L.GetTop() > 1 {
			pos := lua51.Position(lua51.CheckInt(L, 2), len(c.s)) - 1
			if pos < 0 || pos > len(c.s) {
				lua51.ArgError(L, 2, "position out of string")
			}
			c.pos = pos
		}
		L.Push(lua.LNumber(c.pos + 1))
		return 1
	}),
}

// next returns the next bytes, as many as argument 2 says, and moves past them if
// pass is set.
func (c *cursor) next(L *lua.LState, name string, pass bool) string {
	n := lua51.CheckInt(L, 2)
	switch {
	case n < 0:
		lua51.ArgError(L, 2, "the number of bytes is negative")
	case n > len(c.s)-c.pos:
		raiseCode(L, "cursor:"+name, "short", fmt.Sprintf("%d bytes are left (expected at least %d)", len(c.s)-c.pos, n))
	}
	s := c.s[c.pos : c.pos+n]
	if pass {
		c.pos += n
	}
	return s
}

func cursorFunction(name, params string, returns luadoc.Result, summary, example, prints string, run func(L *lua.LState, c *cursor) int) Function {
	return Function{
		Name: "cursor:" + name, Params: params, Returns: []luadoc.Result{returns}, Summary: summary, Example: example, Prints: prints,
		Run: func(L *lua.LState) int { return run(L, checkObject[*cursor](L, "cursor")) },
	}
}
