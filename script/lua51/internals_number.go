package lua51

import (
	"math"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// A number in a register is a pointer to it. gopher-lua takes the memory of 32 at
// once, for each thread, and has values for some small ones that are made once, but
// takes minus zero for zero. Numbers that instructions make are made here.

// smallNumbers are values that need no memory of their own. They are there once
// a machine is made.
var smallNumbers [256]lua.LValue

// valueWords are the words of an interface: which type it has, and where its value is.
type valueWords struct{ typ, value unsafe.Pointer }

// numberType is the first word of a number.
var numberType unsafe.Pointer

func makeSmallNumbers() {
	for i := range smallNumbers {
		smallNumbers[i] = lua.LNumber(i)
	}
	numberType = (*valueWords)(unsafe.Pointer(&smallNumbers[0])).typ
}

// numbersAtOnce is for how many numbers memory is taken.
const numbersAtOnce = 32

// numberValue returns a number as a value of the thread.
func numberValue(L *lua.LState, v float64) lua.LValue {
	return numberIn((*luaState)(unsafe.Pointer(L)).reg.alloc, v)
}

// numberIn returns a number as a value, with memory of the allocator's.
func numberIn(al *allocator, v float64) lua.LValue {
	if i := int64(v); uint64(i) < uint64(len(smallNumbers)) && math.Float64bits(float64(i)) == math.Float64bits(v) {
		return smallNumbers[i]
	}
	i := len(al.fptrs)
	if i == cap(al.fptrs) {
		al.fptrs, i = make([]float64, 0, numbersAtOnce), 0
	}
	al.fptrs = al.fptrs[:i+1]
	p := &al.fptrs[i]
	*p = v
	words := valueWords{numberType, unsafe.Pointer(p)}
	return *(*lua.LValue)(unsafe.Pointer(&words))
}

// pushNumber puts a number on the stack of the running function of Go's.
func pushNumber(L *lua.LState, v float64) { L.Push(numberValue(L, v)) }
