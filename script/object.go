package script

import (
	"sosh/script/lualib"

	lua "github.com/yuin/gopher-lua"
)

// NewObject makes a Lua value of a type whose methods are the verbs named TYPE:NAME. The
// caller holds the lock.
func (m *Machine) NewObject(typ string, v any) *lua.LUserData { return lualib.NewObject(m.l, typ, v) }

// addMethod adds a verb that is a method, such as "channel:send", to its type.
func (m *Machine) addMethod(typ, name string, v *Verb) {
	lualib.Methods(m.l, typ).RawSetString(name, m.l.NewFunction(m.function(v)))
	m.types[typ] = m.l.GetTypeMetatable("sosh." + typ)
}
