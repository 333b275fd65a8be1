package lualib

import (
	"fmt"
	"strings"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// ErrorType returns the metatable of errors that are tables with the fields op,
// code, message and where. Their text is the message.
func ErrorType(L *lua.LState) *lua.LTable {
	mt := L.NewTypeMetatable("sosh.error")
	if mt.RawGetString("__name") == lua.LNil {
		mt.RawSetString("__name", lua.LString("error"))
		mt.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
			L.Push(L.GetField(lua51.CheckTable(L, 1), "message"))
			return 1
		}))
	}
	return mt
}

// raiseCode raises an error that is a table, as verbs do, with a code such as
// "short".
func raiseCode(L *lua.LState, op, code, msg string) {
	L.Error(codeError(L, op, code, msg), 1)
}

// codeError makes the error of raiseCode.
func codeError(L *lua.LState, op, code, msg string) *lua.LTable {
	t := L.NewTable()
	t.RawSetString("op", lua.LString(op))
	t.RawSetString("code", lua.LString(code))
	t.RawSetString("message", lua.LString(op+": "+msg))
	t.RawSetString("where", lua.LString(strings.TrimSuffix(lua51.Where(L, 1), ": ")))
	t.Metatable = ErrorType(L)
	return t
}

// Failf raises an error of the function called name: the name, a colon and the
// formatted text, with the position of the caller in the script.
func Failf(L *lua.LState, name, format string, args ...any) {
	lua51.Raise(L, 1, "%s", name+": "+fmt.Sprintf(format, args...))
}

// IsShort reports whether a raised value is the error of a function that needs more
// bytes: a table with code "short".
func IsShort(L *lua.LState, raised lua.LValue) bool {
	t, ok := raised.(*lua.LTable)
	return ok && t.Metatable == ErrorType(L) && t.RawGetString("code") == lua.LString("short")
}

// Used returns how many of n bytes a codec's decode has used: the second value that
// it returned is that number, or the string of the bytes that are left.
func Used(v lua.LValue, n int) (int, error) {
	used := -1
	switch v := v.(type) {
	case lua.LNumber:
		used = int(v)
		if lua.LNumber(used) != v {
			used = -1
		}
	case lua.LString:
		used = n - len(v)
	}
	if used < 1 || used > n {
		text := v.Type().String()
		if _, ok := v.(lua.LNumber); ok {
			text = v.String()
		}
		return 0, fmt.Errorf("decode returned a message and %s (expected the number of bytes used, at most %d, or the rest of the bytes)", text, n)
	}
	return used, nil
}
