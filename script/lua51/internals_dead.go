package lua51

import (
	"slices"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// gopher-lua takes the running call off the stack of a thread that an error ends,
// and clears its registers. The others stay. In Lua all of them do, so that a
// traceback of a dead coroutine shows where it failed.

// remains is the running call of a thread, saved at an error.
type remains struct {
	frame     callFrame
	registers []lua.LValue
}

// remainsOf returns the remains of a thread that raises an error.
func remainsOf(L *lua.LState) *remains {
	s := (*luaState)(unsafe.Pointer(L))
	if s.currentFrame == nil {
		return nil
	}
	f := *s.currentFrame
	return &remains{f, slices.Clone(s.reg.array[f.Base:s.reg.top])}
}

// restore puts the call back on the stack of a thread that is dead.
func (r *remains) restore(L *lua.LState) {
	s := (*luaState)(unsafe.Pointer(L))
	s.currentFrame = &r.frame
	copy(s.reg.array[r.frame.Base:], r.registers)
	s.reg.top = r.frame.Base + len(r.registers)
}
