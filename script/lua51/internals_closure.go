package lua51

import (
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// newClosure makes a function, with the list of its upvalues in the same piece of
// memory where they are few.
func newClosure(p *lua.FunctionProto, env *lua.LTable) *lua.LFunction {
	var f *lua.LFunction
	switch p.NumUpvalues {
	case 1:
		c := new(struct {
			lua.LFunction
			up [1]*lua.Upvalue
		})
		f, c.Upvalues = &c.LFunction, c.up[:]
	case 2:
		c := new(struct {
			lua.LFunction
			up [2]*lua.Upvalue
		})
		f, c.Upvalues = &c.LFunction, c.up[:]
	default:
		f = &lua.LFunction{Upvalues: make([]*lua.Upvalue, p.NumUpvalues)}
	}
	f.Env, f.Proto = env, p
	return f
}

// findUpvalue returns the open upvalue of a register, and creates it if necessary.
func (s *luaState) findUpvalue(reg int) *lua.Upvalue {
	at := &s.uvcache
	for *at != nil && (*at).index < reg {
		at = &(*at).next
	}
	if *at == nil || (*at).index != reg {
		*at = &upvalue{next: *at, reg: s.reg, index: reg}
	}
	return (*lua.Upvalue)(unsafe.Pointer(*at))
}

// closeUpvalues closes the upvalues of a register and of all registers above it.
func (s *luaState) closeUpvalues(from int) {
	at := &s.uvcache
	for *at != nil && (*at).index < from {
		at = &(*at).next
	}
	up := *at
	*at = nil
	for up != nil {
		next := up.next
		up.value, up.closed, up.next = s.reg.array[up.index], true, nil
		up = next
	}
}
