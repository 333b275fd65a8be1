package lualib

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"sosh/internal/show"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// Methods returns the table of the methods of a type, and makes it if there is
// none. Indexing a value of the type with any other name is an error.
func Methods(l *lua.LState, typ string) *lua.LTable {
	mt := l.NewTypeMetatable("sosh." + typ)
	methods, ok := mt.RawGetString("__index").(*lua.LTable)
	if ok {
		return methods
	}
	methods = l.NewTable()
	mt.RawSetString("__index", methods)
	mt.RawSetString("__name", lua.LString(typ))
	none := l.NewTable()
	none.RawSetString("__index", l.NewFunction(func(L *lua.LState) int {
		if key, ok := L.Get(2).(lua.LString); ok {
			lua51.Raise(L, 1, "%s", noMethod(typ, string(key), methods))
		}
		L.Push(lua.LNil)
		return 1
	}))
	methods.Metatable = none
	return methods
}

// noMethod is the text of the error for a method that a type does not have.
func noMethod(typ, name string, methods *lua.LTable) string {
	plural := typ + "s"
	if strings.HasSuffix(typ, "s") {
		plural = typ + "es"
	}
	var names []string
	longest := "" // of those that name begins with, such as eq of equals
	for k := range lua51.Each(methods) {
		n := k.String()
		names = append(names, n)
		if len(n) > max(len(longest), 1) && strings.HasPrefix(name, n) {
			longest = n
		}
	}
	slices.Sort(names)
	hint := show.DidYouMean(name, names)
	if hint == "" && longest != "" {
		hint = "did you mean " + longest + "?"
	}
	if hint != "" {
		hint = "; " + hint
	}
	if !lua51.IsName(name) {
		name = strconv.Quote(name)
	}
	return plural + " have no method " + name + hint
}

// NewObject returns a value of Lua that holds v and has the methods of typ, see
// [Methods].
func NewObject(L *lua.LState, typ string, v any) *lua.LUserData {
	ud := L.NewUserData()
	ud.Value = v
	ud.Metatable = L.GetTypeMetatable("sosh." + typ)
	return ud
}

// checkObject returns the object of a method, which is argument 1.
func checkObject[T any](L *lua.LState, typ string) T {
	if ud, ok := L.Get(1).(*lua.LUserData); ok {
		if v, ok := ud.Value.(T); ok {
			return v
		}
	}
	name, _ := lua51.CallName(L)
	lua51.Raise(L, 1, "bad %s in a call of %s (call methods with a colon)", typ, cmp.Or(name, "a method"))
	panic("unreachable")
}
