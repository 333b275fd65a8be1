package lua51

import (
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// gopher-lua runs an instruction through a table of functions. Jumps and
// calls, which every endless program executes, are wrapped here: every program soon
// runs one of them, where it can be interrupted, and where the stack of a thread
// grows before it is full.
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
var opJump, opForLoop, opForEach, opCall, opTailCall, opForPrep instruction

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
	wrap(lua.OP_LEN, nil, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		i, f := decode(inst), topFrame(L)
		x := operand(L, f, i.b)
		if t, ok := x.(*lua.LTable); ok {
			setRegister(L, f.base()+i.a, numberValue(L, float64(length(t))))
		} else {
			setRegister(L, f.base()+i.a, lengthOf(L, x))
		}
		return 0
	})
	wrap(lua.OP_ADD, nil, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		f := topFrame(L)
		x, y, ok := numbers(L, f, inst)
		return setResult(L, f, inst, x+y, ok)
	})
	wrap(lua.OP_SUB, nil, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		f := topFrame(L)
		x, y, ok := numbers(L, f, inst)
		return setResult(L, f, inst, x-y, ok)
	})
	wrap(lua.OP_MUL, nil, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		f := topFrame(L)
		x, y, ok := numbers(L, f, inst)
		return setResult(L, f, inst, x*y, ok)
	})
	wrap(lua.OP_DIV, nil, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		f := topFrame(L)
		x, y, ok := numbers(L, f, inst)
		return setResult(L, f, inst, x/y, ok)
	})
	wrap(lua.OP_MOD, nil, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		f := topFrame(L)
		x, y, ok := numbers(L, f, inst)
		return setResult(L, f, inst, modulo(x, y), ok)
	})
	wrap(lua.OP_POW, nil, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		f := topFrame(L)
		x, y, ok := numbers(L, f, inst)
		return setResult(L, f, inst, power(x, y), ok)
	})
	wrap(lua.OP_UNM, nil, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		i, f := decode(inst), topFrame(L)
		x := operand(L, f, i.b)
		if n, ok := x.(lua.LNumber); ok {
			setRegister(L, f.base()+i.a, numberValue(L, -float64(n)))
		} else {
			setRegister(L, f.base()+i.a, arithmetic(L, lua.OP_UNM, x, x))
		}
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
	wrapFields(wrap)
	wrap(lua.OP_EQ, nil, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		i, f := decode(inst), topFrame(L)
		x, y := operand(L, f, i.b), operand(L, f, i.c)
		order, ok := compareMixed(x, y)
		if ok {
			return skipUnless(f, i.a, order == 0)
		}
		return skipUnless(f, i.a, equal(L, x, y))
	})
	wrap(lua.OP_LT, nil, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		i, f := decode(inst), topFrame(L)
		x, y := operand(L, f, i.b), operand(L, f, i.c)
		if a, ok := x.(lua.LNumber); ok {
			if b, ok := y.(lua.LNumber); ok {
				return skipUnless(f, i.a, a < b)
			}
		}
		if order, ok := compareMixed(x, y); ok {
			return skipUnless(f, i.a, order < 0)
		}
		return skipUnless(f, i.a, less(L, x, y))
	})
	wrap(lua.OP_LE, nil, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		i, f := decode(inst), topFrame(L)
		x, y := operand(L, f, i.b), operand(L, f, i.c)
		if a, ok := x.(lua.LNumber); ok {
			if b, ok := y.(lua.LNumber); ok {
				return skipUnless(f, i.a, a <= b)
			}
		}
		if order, ok := compareMixed(x, y); ok {
			return skipUnless(f, i.a, order <= 0)
		}
		return skipUnless(f, i.a, lessEqual(L, x, y))
	})
}

// instructions has the functions that were in the table.
var instructions [lua.OP_NOP + 1]instruction

// runInstructions puts run into the table.
func runInstructions() {
	instructions = jumpTable
	for op := range jumpTable {
		jumpTable[op] = run
	}
}

// skipUnless ends a comparison, which skips the next instruction, a jump, unless
// its outcome is as its first argument says.
func skipUnless(f frame, want int, outcome bool) int {
	if outcome != (want != 0) {
		*f.nextPc()++
	}
	return 0
}

// compareMixed is CompareMixed, once there are 64-bit integers.
func compareMixed(x, y lua.LValue) (order int, ok bool) {
	if !int64Used.Load() {
		return 0, false
	}
	return CompareMixed(x, y)
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

// numbers are the operands of an instruction, if both are numbers.
func numbers(L *lua.LState, f frame, inst uint32) (x, y float64, ok bool) {
	i := decode(inst)
	a, ok := operand(L, f, i.b).(lua.LNumber)
	b, ok2 := operand(L, f, i.c).(lua.LNumber)
	return float64(a), float64(b), ok && ok2
}

// setResult sets the result of an arithmetic instruction: the number v if ok,
// otherwise the result of the operands' metamethod.
func setResult(L *lua.LState, f frame, inst uint32, v float64, ok bool) int {
	i := decode(inst)
	if ok {
		setRegister(L, f.base()+i.a, numberValue(L, v))
	} else {
		setRegister(L, f.base()+i.a, arithmetic(L, i.op, operand(L, f, i.b), operand(L, f, i.c)))
	}
	return 0
}

// operand is a value of an instruction that a frame is at.
func operand(L *lua.LState, f frame, rk int) lua.LValue {
	if rk >= firstConstant {
		return f.fn().Proto.Constants[rk-firstConstant]
	}
	return registers(L)[f.base()+rk]
}
