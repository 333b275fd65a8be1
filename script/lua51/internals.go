package lua51

import (
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// The files internals*.go hold everything that relies on what gopher-lua does not
// export: its fields, its table of instructions, their encoding, and the names of
// its functions on Go's stack. No other file does. internals_check.go tests these
// assumptions when the first machine is made; doc/lua-internals.md says what each
// is for, and what to do when gopher-lua changes.

// layout is where gopher-lua's fields are, in bytes from the beginning of their
// struct. checkFields fills it.
var layout struct {
	reg, stack, currentFrame        uintptr // of an LState
	array, top, growBy              uintptr // of its registry
	idx, fn, parent, pc, base, tail uintptr // of a callFrame
	segments                        uintptr // of a stack of calls that grows
	texts                           uintptr // of a FunctionProto
}

// fieldAt is a pointer to the field of a struct.
func fieldAt[T any](p unsafe.Pointer, offset uintptr) *T { return (*T)(unsafe.Add(p, offset)) }

// registers are the values of a thread's stack, used ones and others.
func registers(L *lua.LState) []lua.LValue {
	return *fieldAt[[]lua.LValue](*fieldAt[unsafe.Pointer](unsafe.Pointer(L), layout.reg), layout.array)
}

// usedRegisters are the registers that hold values now.
func usedRegisters(L *lua.LState) []lua.LValue {
	reg := *fieldAt[unsafe.Pointer](unsafe.Pointer(L), layout.reg)
	if reg == nil {
		return nil
	}
	values := *fieldAt[[]lua.LValue](reg, layout.array)
	return values[:min(*fieldAt[int](reg, layout.top), len(values))]
}

// setRegister sets a register of the running function, which is then a used one:
// metamethods get the registers behind these.
func setRegister(L *lua.LState, i int, v lua.LValue) {
	reg := *fieldAt[unsafe.Pointer](unsafe.Pointer(L), layout.reg)
	(*fieldAt[[]lua.LValue](reg, layout.array))[i] = v
	if top := fieldAt[int](reg, layout.top); *top <= i {
		*top = i + 1
	}
}

// frame is a call on the stack of a thread. The zero frame is none. It is valid
// until the call returns.
type frame struct{ p unsafe.Pointer }

// topFrame is the call that a thread runs.
func topFrame(L *lua.LState) frame {
	return frame{*fieldAt[unsafe.Pointer](unsafe.Pointer(L), layout.currentFrame)}
}

func (f frame) ok() bool           { return f.p != nil }
func (f frame) index() int         { return *fieldAt[int](f.p, layout.idx) }
func (f frame) parent() frame      { return frame{*fieldAt[unsafe.Pointer](f.p, layout.parent)} }
func (f frame) fn() *lua.LFunction { return *fieldAt[*lua.LFunction](f.p, layout.fn) }

// nextPc is a pointer to the instruction that a Lua function runs next.
func (f frame) nextPc() *int { return fieldAt[int](f.p, layout.pc) }

// pc is the instruction that a Lua function is at.
func (f frame) pc() int { return *f.nextPc() - 1 }

// base is the register of a function's first local.
func (f frame) base() int { return *fieldAt[int](f.p, layout.base) }

// values is how many registers of a call on the stack of L hold values: up to the
// function that it calls, or to the top.
func (f frame) values(L *lua.LState) int {
	end := len(usedRegisters(L))
	for callee := topFrame(L); callee.ok() && callee != f; callee = callee.parent() {
		end = (*callFrame)(callee.p).Base
	}
	return end - f.base()
}

// tails is how many calls before this one were replaced by tail calls.
func (f frame) tails() int {
	if f.isGo() {
		return 0
	}
	return *fieldAt[int](f.p, layout.tail)
}

// frameIndex is how many calls stand below the running one of a thread.
func frameIndex(L *lua.LState) int {
	if f := topFrame(L); f.ok() {
		return f.index()
	}
	return 0
}

// A stack of calls that grows by itself has, from the beginning, a pointer for
// every 8 calls that it could hold. That is most of what an idle coroutine would
// take, so that it begins short, and is replaced by a longer one of the same
// frames when a call finds less than spareCalls left: what calls of Lua by Go
// need, such as metamethods in metamethods, which no instruction announces.
// (Lua 5.1 allows 200 of them.)

// growStack doubles the calls that L can hold, up to maxCalls.
func growStack(L *lua.LState) {
	if L.Options.CallStackSize >= maxCalls || !L.Options.MinimizeStackMemory {
		// As long as it gets, or in one piece. The handler of xpcall gets what is
		// left: it sees the stack as it is now.
		if w := recordOf(L); w != nil && w.handler != nil && w.inError == 0 {
			Raise(L, 0, "stack overflow")
		}
		return
	}
	// An interface's second word is the pointer that it holds.
	stack := fieldAt[[2]unsafe.Pointer](unsafe.Pointer(L), layout.stack)[1]
	segments := fieldAt[[]unsafe.Pointer](stack, layout.segments)
	calls := min(2*L.Options.CallStackSize, maxCalls)
	longer := make([]unsafe.Pointer, calls/lua.FramesPerSegment)
	copy(longer, *segments)
	*segments = longer
	L.Options.CallStackSize = calls
	// The values of so many calls come in larger steps too.
	grow := fieldAt[int](*fieldAt[unsafe.Pointer](unsafe.Pointer(L), layout.reg), layout.growBy)
	*grow = max(*grow, 4*calls)
}

// setTexts gives a function the texts of its constants, which are "" for others.
func setTexts(proto *lua.FunctionProto, texts []string) {
	*fieldAt[[]string](unsafe.Pointer(proto), layout.texts) = texts
}

// code is an instruction, taken apart.
type code struct{ op, a, b, c, bx int }

func decode(i uint32) code {
	return code{int(i >> 26), int(i>>18) & 0xff, int(i & 0x1ff), int(i>>9) & 0x1ff, int(i & 0x3ffff)}
}

const (
	// firstConstant is the number of the first constant, where an instruction
	// can have a register too.
	firstConstant = 256
	// jumpBias is what an instruction has for a jump of no length.
	jumpBias = 1<<17 - 1
)
