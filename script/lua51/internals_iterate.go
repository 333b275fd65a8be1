package lua51

import (
	"reflect"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// A generic for that goes on by the functions of pairs and ipairs. gopher-lua calls
// each iterator as Go calls Lua, with a loop of its own, so that a yield in it is
// refused; these two never yield.

// inextEntry and nextEntry are where the code of these functions begins.
var (
	inextEntry = reflect.ValueOf(inext).Pointer()
	nextEntry  = reflect.ValueOf((*Interp)(nil).baseNext).Pointer()
)

// entryOf is where the code of a function of Go's begins.
func entryOf(f lua.LGFunction) uintptr { return **(**uintptr)(unsafe.Pointer(&f)) }

// nextItem does a step of a for with ipairs. r are the registers of the loop: the
// function, the table, the index, and then the variables; back is the jump to the
// body. It returns the offset at which the loop continues, or 0 if it did nothing.
func nextItem(al *allocator, r []lua.LValue, inst, back uint32) int {
	t, ok := r[1].(*lua.LTable)
	i, ok2 := r[2].(lua.LNumber)
	variables := inst >> 9 & 0x1ff
	if !ok || !ok2 || variables > 2 {
		return 0
	}
	v, ok := itemAfter(t, float64(i))
	switch {
	case !ok:
		return 0
	case isNil(v):
		return 1
	}
	n := numberIn(al, float64(i)+1)
	r[2], r[3] = n, n
	if variables == 2 {
		r[4] = v
	}
	return 1 + jumpOf(back)
}

// nextPair does a step of a for with next, in the frame f, which is above the loop's.
// It returns the offset at which the loop continues, from the jump back to its body,
// or 0 if it did nothing.
func nextPair(L *lua.LState, cf, f *callFrame, inst, back uint32) int {
	s := (*luaState)(unsafe.Pointer(L))
	loop := cf.LocalBase + int(inst>>18&0xff)
	if cf.Idx >= s.Options.CallStackSize-spareCalls || loop+6 > len(s.reg.array) {
		return 0
	}
	r := s.reg.array[loop : loop+6]
	r[3], r[4], r[5] = r[0], r[1], r[2]
	*f = callFrame{
		Idx: cf.Idx + 1, Fn: r[0].(*lua.LFunction), Parent: cf,
		Base: loop + 3, LocalBase: loop + 4, ReturnBase: loop + 3, NArgs: 2, NRet: int(inst >> 9 & 0x1ff),
	}
	s.currentFrame = f
	s.reg.top = max(s.reg.top, loop+6)
	cut(s.reg, loop+6)
	callGo(L, s, f)
	r = s.reg.array[loop:]
	if isNil(r[3]) {
		return 1
	}
	r[2] = r[3]
	return 1 + jumpOf(back)
}
