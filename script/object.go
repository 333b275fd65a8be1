package script

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"
)

// NewObject makes a value of Lua of a type whose methods are verbs: those called
// TYPE:NAME. The caller holds the lock.
func (m *Machine) NewObject(typ string, v any) *lua.LUserData { return NewObject(m.l, typ, v) }

// addMethod puts a verb that is a method, "channel:send", where values of its
// type find it.
func (m *Machine) addMethod(typ, name string, v *Verb) {
	Methods(m.l, typ).RawSetString(name, m.l.NewFunction(m.function(v)))
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
