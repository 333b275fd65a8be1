package lua51

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// arithmeticEvents are the metamethods of the instructions of arithmetic.
var arithmeticEvents = map[int]string{
	lua.OP_ADD: "__add", lua.OP_SUB: "__sub", lua.OP_MUL: "__mul", lua.OP_DIV: "__div",
	lua.OP_MOD: "__mod", lua.OP_POW: "__pow", lua.OP_UNM: "__unm",
}

// calculate is an operation of arithmetic with two numbers (2.5.1).
func calculate(op int, a, b float64) float64 {
	switch op {
	case lua.OP_ADD:
		return a + b
	case lua.OP_SUB:
		return a - b
	case lua.OP_MUL:
		return a * b
	case lua.OP_DIV:
		return a / b
	case lua.OP_MOD:
		return modulo(a, b)
	case lua.OP_POW:
		return power(a, b)
	}
	return -a
}

// modulo is a % b (2.5.1).
func modulo(a, b float64) float64 { return a - math.Floor(a/b)*b }

// power is a ^ b. Go's gives four right digits where a has no normal form.
func power(a, b float64) float64 {
	const smallest, scale = 0x1p-1022, 54
	if a > -smallest && a < smallest && a != 0 && !math.IsInf(b, 0) {
		return math.Pow(math.Ldexp(a, scale), b) * math.Pow(2, -scale*b)
	}
	return math.Pow(a, b)
}

// arithmetic is an operation of arithmetic with two values that are not both
// numbers: strings that read as numbers are (2.2.1), others need a metamethod
// (2.8). It runs as the instruction of the function on top of the stack.
func arithmetic(L *lua.LState, op int, x, y lua.LValue) lua.LValue {
	a, ok := ToNumber(x)
	b, ok2 := ToNumber(y)
	if ok && ok2 {
		return lua.LNumber(calculate(op, a, b))
	}
	event := arithmeticEvents[op]
	f := L.GetMetaField(x, event)
	if f == lua.LNil {
		f = L.GetMetaField(y, event)
	}
	if f == lua.LNil {
		Raise(L, 0, "%s", faultAt(L, topFrame(L)).arithmetic())
	}
	return callEvent(L, f, x, y)
}

// lengthOf is #x (2.5.5). Tables have a length of their own, whatever their
// metatable says (2.8).
func lengthOf(L *lua.LState, x lua.LValue) lua.LValue {
	switch x := x.(type) {
	case lua.LString:
		return lua.LNumber(len(x))
	case *lua.LTable:
		return lua.LNumber(length(x))
	}
	f := L.GetMetaField(x, "__len")
	if f == lua.LNil {
		fault := faultAt(L, topFrame(L))
		Raise(L, 0, "attempt to get length of %s", fault.operand(fault.at(fault.pc).b))
	}
	return callEvent(L, f, x, lua.LNil)
}

// callEvent calls a metamethod for an instruction, and returns its result.
func callEvent(L *lua.LState, f, x, y lua.LValue) lua.LValue {
	if !isCallable(L, f) {
		Raise(L, 0, "attempt to call a %s value", f.Type())
	}
	return Call(L, f, x, y)
}
