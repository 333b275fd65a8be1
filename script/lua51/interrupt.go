package lua51

import (
	"sync/atomic"

	lua "github.com/yuin/gopher-lua"
)

// interrupts is how many states of the process are to be interrupted. An
// instruction looks at this only.
var interrupts atomic.Int32

// Interrupt makes Lua that runs in the state call OnInterrupt once, soon. It may
// be called concurrently.
func (in *Interp) Interrupt() {
	if in.interrupted.CompareAndSwap(false, true) {
		interrupts.Add(1)
	}
}

// ClearInterrupt takes an interrupt back, and reports whether there was one.
func (in *Interp) ClearInterrupt() bool {
	if !in.interrupted.CompareAndSwap(true, false) {
		return false
	}
	interrupts.Add(-1)
	return true
}

// runInterrupt calls what L's state was interrupted for.
func runInterrupt(L *lua.LState) {
	ud, ok := L.G.Registry.RawGetString(interpKey).(*lua.LUserData)
	if !ok {
		return // not a state of ours
	}
	if in := ud.Value.(*Interp); in.ClearInterrupt() && in.OnInterrupt != nil {
		in.OnInterrupt(L)
	}
}

// CheckInterrupt is for Go that may run long without an instruction of Lua.
func CheckInterrupt(L *lua.LState) {
	if interrupts.Load() != 0 {
		runInterrupt(L)
	}
}
