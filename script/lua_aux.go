package script

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// arguments returns the arguments of a Go function from the i-th on.
func arguments(L *lua.LState, i int) []lua.LValue {
	n := L.GetTop()
	if i > n {
		return nil
	}
	args := make([]lua.LValue, 0, n-i+1)
	for ; i <= n; i++ {
		args = append(args, L.Get(i))
	}
	return args
}

// pushAll pushes the values and returns their number.
func pushAll(L *lua.LState, vals []lua.LValue) int {
	for _, v := range vals {
		L.Push(v)
	}
	return len(vals)
}

// raise raises msg with the position of the function at the level, as
// luaL_error does: 1 is the function that called the Go function.
func raise(L *lua.LState, level int, format string, args ...any) {
	msg := format
	if len(args) > 0 {
		msg = fmt.Sprintf(format, args...)
	}
	L.Error(lua.LString(where(L, level)+msg), 0)
}

// where gives "FILE:LINE: " for the function at the level, and nothing when
// that is not a Lua function.
func where(L *lua.LState, level int) string {
	dbg, ok := L.GetStack(level)
	if !ok {
		return ""
	}
	f, err := L.GetInfo("Slf", dbg, lua.LNil)
	if fn, ok := f.(*lua.LFunction); err != nil || !ok || fn.IsG || dbg.CurrentLine <= 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d: ", dbg.Source, dbg.CurrentLine)
}

// argError raises an error about the n-th argument, as luaL_argerror does.
func argError(L *lua.LState, n int, msg string) {
	name := "?"
	if dbg, ok := L.GetStack(0); ok {
		L.GetInfo("n", dbg, lua.LNil)
		if dbg.Name != "" && !strings.HasPrefix(dbg.Name, "(") {
			name = dbg.Name
		}
	}
	raise(L, 1, "bad argument #%d to '%s' (%s)", n, name, msg)
}
