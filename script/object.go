package script

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// NewObject makes a value of Lua of a type whose methods are verbs: those called
// TYPE:NAME. The caller holds the lock.
func (m *Machine) NewObject(typ string, v any) *lua.LUserData {
	ud := m.l.NewUserData()
	ud.Value = v
	ud.Metatable = m.l.GetTypeMetatable("sosh." + typ)
	return ud
}

// addMethod puts a verb that is a method, "channel:send", where values of its
// type find it.
func (m *Machine) addMethod(typ, name string, v *Verb) {
	methodsOf(m.l, typ).RawSetString(name, m.l.NewFunction(m.function(v)))
}

// methodsOf returns the table of a type's methods. Asking it for one that there
// is not is an error, as it is with handles.
func methodsOf(l *lua.LState, typ string) *lua.LTable {
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
			raise(L, 1, "%s", noMethod(typ, string(key), methods))
		}
		L.Push(lua.LNil)
		return 1
	}))
	methods.Metatable = none
	return methods
}

// noMethod is the error of a method that a type does not have.
func noMethod(typ, name string, methods *lua.LTable) string {
	plural := typ + "s"
	if strings.HasSuffix(typ, "s") {
		plural = typ + "es"
	}
	var names []string
	longest := "" // of those that name begins with, such as eq of equals
	methods.ForEach(func(k, _ lua.LValue) {
		n := k.String()
		names = append(names, n)
		if len(n) > max(len(longest), 1) && strings.HasPrefix(name, n) {
			longest = n
		}
	})
	slices.Sort(names)
	hint := didYouMean(name, names)
	if hint == "" && longest != "" {
		hint = "; did you mean " + longest + "?"
	}
	if !IsName(name) {
		name = strconv.Quote(name)
	}
	return plural + " have no method " + name + hint
}

// objectOf returns parameter 0, the object of a method.
func objectOf[T any](c *Call, typ string) (T, error) {
	if ud, ok := c.args[0].value.(*lua.LUserData); ok {
		if v, ok := ud.Value.(T); ok {
			return v, nil
		}
	}
	var none T
	return none, &ArgumentError{Index: 0, Err: fmt.Errorf("bad %s (expected what %s returned; a method is called with a colon)", typ, typ)}
}
