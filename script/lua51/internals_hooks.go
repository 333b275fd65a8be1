package lua51

import (
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// gopher-lua runs an instruction through a table of functions. Those of the
// instructions without which no program goes on for ever, jumps and calls, are
// wrapped here: whatever Lua does, it soon passes one of them, where it can be
// interrupted, and where a thread's stack is made larger before it is full.
// Concatenation is wrapped for a limit, comparison for 64-bit integers.
//
// The documented way to interrupt it, a context, is asked at every instruction,
// and makes a loop half as fast; the wrapping costs less than can be measured.

// instruction is the function of an instruction, whose last parameter is a
// *callFrame.
type instruction = func(L *lua.LState, inst uint32, base unsafe.Pointer) int

//go:linkname jumpTable github.com/yuin/gopher-lua.jumpTable
var jumpTable [lua.OP_NOP + 1]instruction

// The instructions as they were.
var opJump, opForLoop, opForEach, opCall, opTailCall, opMod, opLen, opEq, opLt, opLe, opForPrep instruction

// wrapInstructions changes the table for the whole process. No Lua may run
// meanwhile.
func wrapInstructions() {
	makeSmallNumbers()
	wrap := func(op int, was *instruction, with instruction) {
		if was != nil {
			*was = jumpTable[op]
		}
		jumpTable[op] = with
	}
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
	wrap(lua.OP_FORPREP, &opForPrep, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		checkLoop(L, registers(L)[topFrame(L).base()+decode(inst).a:])
		return opForPrep(L, inst, base)
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
		if topFrame(L).index() >= L.Options.CallStackSize-spareCalls {
			growStack(L)
		}
		if interrupts.Load() != 0 {
			runInterrupt(L)
		}
		return opCall(L, inst, base)
	})
	wrap(lua.OP_LEN, &opLen, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		i, f := decode(inst), topFrame(L)
		if t, ok := operand(L, f, i.b).(*lua.LTable); ok && t.Metatable == lua.LNil {
			setRegister(L, f.base()+i.a, numberValue(float64(length(t))))
			return 0
		}
		return opLen(L, inst, base)
	})
	wrap(lua.OP_MOD, &opMod, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		i, f := decode(inst), topFrame(L)
		x, ok := operand(L, f, i.b).(lua.LNumber)
		y, ok2 := operand(L, f, i.c).(lua.LNumber)
		if !ok || !ok2 {
			return opMod(L, inst, base)
		}
		setRegister(L, f.base()+i.a, numberValue(modulo(float64(x), float64(y))))
		return 0
	})
	wrap(lua.OP_CONCAT, nil, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		i, first := decode(inst), topFrame(L).base()
		values := registers(L)[first+i.b : first+i.c+1]
		checkConcat(L, values)
		v := concat(L, values)
		setRegister(L, first+i.a, v)
		return 0
	})
	wrapComparison(lua.OP_EQ, &opEq, func(order int) bool { return order == 0 })
	wrapComparison(lua.OP_LT, &opLt, func(order int) bool { return order < 0 })
	wrapComparison(lua.OP_LE, &opLe, func(order int) bool { return order <= 0 })
}

// checkLoop makes numbers of the three values of a numeric for, which may be
// strings, as Lua does.
func checkLoop(L *lua.LState, values []lua.LValue) {
	for i, what := range [...]string{"initial value", "limit", "step"} {
		if _, ok := values[i].(lua.LNumber); ok {
			continue
		}
		v, ok := ToNumber(values[i])
		if !ok {
			L.RaiseError("'for' %s must be a number", what)
		}
		values[i] = lua.LNumber(v)
	}
}

// wrapComparison has an instruction compare a number and a 64-bit integer by
// their values.
func wrapComparison(op int, was *instruction, holds func(order int) bool) {
	*was = jumpTable[op]
	jumpTable[op] = func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		if int64Used.Load() {
			i, f := decode(inst), topFrame(L)
			if order, ok := CompareMixed(operand(L, f, i.b), operand(L, f, i.c)); ok {
				// The instruction skips the next one, a jump, unless the
				// comparison is as its first argument says.
				if want := i.a != 0; (order != Unordered && holds(order)) != want {
					*f.nextPc()++
				}
				return 0
			}
		}
		return (*was)(L, inst, base)
	}
}

// operand is a value of an instruction that a frame is at.
func operand(L *lua.LState, f frame, rk int) lua.LValue {
	if rk >= firstConstant {
		return f.fn().Proto.Constants[rk-firstConstant]
	}
	return registers(L)[f.base()+rk]
}
