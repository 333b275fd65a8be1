package lua51

import (
	"reflect"
	"sync/atomic"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// gopher-lua runs an instruction through a table of functions. Those of the
// instructions without which no program goes on for ever, jumps and calls, are
// wrapped here: whatever Lua does, it soon passes one of them, where it can be
// interrupted, and where a thread's stack is made larger before it is full.
//
// The documented way to interrupt it, a context, is asked at every instruction,
// and makes a loop half as fast; the wrapping costs less than can be measured.

// instruction is the function of an instruction, whose last parameter is a
// *callFrame.
type instruction = func(L *lua.LState, inst uint32, base unsafe.Pointer) int

//go:linkname jumpTable github.com/yuin/gopher-lua.jumpTable
var jumpTable [lua.OP_NOP + 1]instruction

// The instructions as they were.
var opJump, opForLoop, opForEach, opCall, opTailCall instruction

func init() {
	wrap := func(op int, was *instruction, with instruction) { *was, jumpTable[op] = jumpTable[op], with }
	wrap(lua.OP_JMP, &opJump, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		if interrupts.Load() != 0 {
			runInterrupt(L)
		}
		return opJump(L, inst, base)
	})
	wrap(lua.OP_FORLOOP, &opForLoop, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		if interrupts.Load() != 0 {
			runInterrupt(L)
		}
		return opForLoop(L, inst, base)
	})
	wrap(lua.OP_TFORLOOP, &opForEach, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		if interrupts.Load() != 0 {
			runInterrupt(L)
		}
		return opForEach(L, inst, base)
	})
	wrap(lua.OP_TAILCALL, &opTailCall, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		if interrupts.Load() != 0 {
			runInterrupt(L)
		}
		return opTailCall(L, inst, base)
	})
	wrap(lua.OP_CALL, &opCall, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		if callIndex(L) >= L.Options.CallStackSize-spareCalls {
			growStack(L)
		}
		if interrupts.Load() != 0 {
			runInterrupt(L)
		}
		return opCall(L, inst, base)
	})
}

// interrupts is how many states of the process are to be interrupted. An
// instruction looks at this only.
var interrupts atomic.Int32

// interrupt makes Lua that runs in the state call in.attend once, soon. It may
// be called concurrently.
func (in *Interp) Interrupt() {
	if in.interrupted.CompareAndSwap(false, true) {
		interrupts.Add(1)
	}
}

// settle takes an interrupt back, and reports whether there was one.
func (in *Interp) ClearInterrupt() bool {
	if !in.interrupted.CompareAndSwap(true, false) {
		return false
	}
	interrupts.Add(-1)
	return true
}

// attend calls what L's state was interrupted for.
func runInterrupt(L *lua.LState) {
	ud, ok := L.G.Registry.RawGetString(interpKey).(*lua.LUserData)
	if !ok {
		return // not a state of ours
	}
	if in := ud.Value.(*Interp); in.ClearInterrupt() && in.OnInterrupt != nil {
		in.OnInterrupt(L)
	}
}

// checkInterrupt is for Go that may run long without an instruction of Lua.
func CheckInterrupt(L *lua.LState) {
	if interrupts.Load() != 0 {
		runInterrupt(L)
	}
}

// A stack of calls that grows by itself has, from the beginning, a pointer for
// every 8 calls that it could hold. That is most of what an idle coroutine would
// take, so that it begins short, and is replaced by a longer one of the same
// frames when a call finds less than spareCalls left: what calls of Lua by Go
// need, such as metamethods in metamethods, which no instruction announces.
// (Lua 5.1 allows 200 of them.)
var (
	stackField    = fieldOf(reflect.TypeFor[lua.LState](), "stack")
	registryField = fieldOf(reflect.TypeFor[lua.LState](), "reg")
	growField     = fieldOf(registryField.typ.Elem(), "growBy")
	frameOffset   = offsetOf(reflect.TypeFor[lua.LState](), "currentFrame")
	// The first field of a frame is its index.
	_ = zeroOffset(frameType.typ, "Idx")
)

func offsetOf(t reflect.Type, name string) uintptr {
	f, ok := t.FieldByName(name)
	if !ok {
		panic("gopher-lua: " + t.String() + " has no field " + name)
	}
	return f.Offset
}

func zeroOffset(t reflect.Type, name string) struct{} {
	if offsetOf(t, name) != 0 {
		panic("gopher-lua: " + name + " is not the first field of " + t.String())
	}
	return struct{}{}
}

// callIndex is frameIndex for an instruction, which is in some frame.
func callIndex(L *lua.LState) int {
	return **(**int)(unsafe.Add(unsafe.Pointer(L), frameOffset))
}

// growStack doubles the calls that L can hold, up to maxCalls.
func growStack(L *lua.LState) {
	stack := reflect.ValueOf(L).Elem().FieldByIndex(stackField.index).Elem().Elem()
	f := stack.FieldByName("segments")
	if !f.IsValid() || L.Options.CallStackSize >= maxCalls {
		return // in one piece, or as long as it gets
	}
	calls := min(2*L.Options.CallStackSize, maxCalls)
	segments := settable(f)
	longer := reflect.MakeSlice(f.Type(), calls/lua.FramesPerSegment, calls/lua.FramesPerSegment)
	reflect.Copy(longer, segments)
	segments.Set(longer)
	L.Options.CallStackSize = calls
	// The values of so many calls come in larger steps too.
	grow := settable(reflect.ValueOf(L).Elem().FieldByIndex(registryField.index).Elem().FieldByIndex(growField.index))
	grow.SetInt(max(grow.Int(), int64(4*calls)))
}

// settable makes an unexported field one that can be set.
func settable(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
}
