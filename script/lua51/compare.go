package lua51

import (
	"math"
	"math/big"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// Lua compares values of one type only: a number and a 64-bit integer, which is
// userdata, would never be equal, and < an error. What unpack and json give is
// one or the other by what a peer sends, so that the instructions that compare
// are wrapped, and compare the two by their values.

var opEq, opLt, opLe instruction

// Where the fields of a frame are.
var (
	fnAt      = offsetOf(frameType.typ, "Fn")
	baseAt    = offsetOf(frameType.typ, "LocalBase")
	counterAt = offsetOf(frameType.typ, "Pc")
)

func init() {
	wrap := func(op int, was *instruction, holds func(order int) bool) {
		*was = jumpTable[op]
		jumpTable[op] = func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
			if int64Used.Load() {
				x, y, fr := operands(L, inst)
				if order, ok := CompareMixed(x, y); ok {
					// The instruction skips the next one, a jump, unless the
					// comparison is as its first argument says.
					if want := int(inst>>18)&0xff != 0; (order != Unordered && holds(order)) != want {
						*(*int)(unsafe.Add(fr, counterAt))++
					}
					return 0
				}
			}
			return (*was)(L, inst, base)
		}
	}
	wrap(lua.OP_EQ, &opEq, func(order int) bool { return order == 0 })
	wrap(lua.OP_LT, &opLt, func(order int) bool { return order < 0 })
	wrap(lua.OP_LE, &opLe, func(order int) bool { return order <= 0 })
}

// operands are the two values of an instruction that compares, and the frame that
// it is in.
func operands(L *lua.LState, inst uint32) (x, y lua.LValue, frame unsafe.Pointer) {
	frame = *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(L), frameOffset))
	fn := *(**lua.LFunction)(unsafe.Add(frame, fnAt))
	local := *(*int)(unsafe.Add(frame, baseAt))
	all := registers(L)
	value := func(rk int) lua.LValue {
		if rk >= firstConstant {
			return fn.Proto.Constants[rk-firstConstant]
		}
		return all[local+rk]
	}
	return value(int(inst & 0x1ff)), value(int(inst>>9) & 0x1ff), frame
}

// unordered is the order of what has none: NaN and any other number.
const Unordered = 2

// compareMixed compares a number with a 64-bit integer, by their values; ok is
// false of any other two.
func CompareMixed(x, y lua.LValue) (order int, ok bool) {
	n, isNumber := x.(lua.LNumber)
	ud, isUserData := y.(*lua.LUserData)
	if isNumber && isUserData {
		order, ok = compareNumber(float64(n), ud)
		return order, ok
	}
	n, isNumber = y.(lua.LNumber)
	ud, isUserData = x.(*lua.LUserData)
	if !isNumber || !isUserData {
		return 0, false
	}
	if order, ok = compareNumber(float64(n), ud); order != Unordered {
		order = -order
	}
	return order, ok
}

func compareNumber(n float64, ud *lua.LUserData) (order int, ok bool) {
	bits, signed, ok := Int64Of(ud)
	switch {
	case !ok:
		return 0, false
	case math.IsNaN(n):
		return Unordered, true
	}
	wide := new(big.Float).SetUint64(bits)
	if signed {
		wide.SetInt64(int64(bits))
	}
	return big.NewFloat(n).Cmp(wide), true // both exact
}
