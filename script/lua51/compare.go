package lua51

import (
	"math"
	"math/big"

	lua "github.com/yuin/gopher-lua"
)

// Lua compares values of one type only: a number and a 64-bit integer, which is
// userdata, would never be equal, and < an error. What unpack and json give is
// one or the other by what a peer sends, so that the instructions that compare
// compare the two by their values.

// Unordered is the order of what has none: NaN and any other number.
const Unordered = 2

// CompareMixed compares a number with a 64-bit integer, by their values; ok is
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

// equal is x == y (2.5.2) of two values of any types. Tables and userdata that
// differ are equal if their common __eq says so (2.8).
func equal(L *lua.LState, x, y lua.LValue) bool {
	if x == y {
		return true
	}
	switch x.(type) {
	case *lua.LTable, *lua.LUserData:
	default:
		return false
	}
	if x.Type() != y.Type() {
		return false
	}
	f := commonEvent(L, x, y, "__eq")
	return f != lua.LNil && lua.LVAsBool(callEvent(L, f, x, y))
}

// less is x < y (2.5.2) of two values that are not both numbers.
func less(L *lua.LState, x, y lua.LValue) bool {
	if a, b, ok := twoStrings(x, y); ok {
		return a < b
	}
	f := orderEvent(L, x, y, "__lt")
	if f == lua.LNil {
		raiseOrder(L, x, y)
	}
	return lua.LVAsBool(callEvent(L, f, x, y))
}

// lessEqual is x <= y (2.5.2) of two values that are not both numbers. Without
// __le, it is not y < x (2.8).
func lessEqual(L *lua.LState, x, y lua.LValue) bool {
	if a, b, ok := twoStrings(x, y); ok {
		return a <= b
	}
	if f := orderEvent(L, x, y, "__le"); f != lua.LNil {
		return lua.LVAsBool(callEvent(L, f, x, y))
	}
	f := orderEvent(L, y, x, "__lt")
	if f == lua.LNil {
		raiseOrder(L, x, y)
	}
	return !lua.LVAsBool(callEvent(L, f, y, x))
}

func twoStrings(x, y lua.LValue) (a, b lua.LString, ok bool) {
	a, ok = x.(lua.LString)
	b, ok2 := y.(lua.LString)
	return a, b, ok && ok2
}

// orderEvent returns the metamethod that both values have for a comparison, or
// nil.
func orderEvent(L *lua.LState, x, y lua.LValue, event string) lua.LValue {
	if x.Type() != y.Type() || x.Type() == lua.LTNumber {
		return lua.LNil
	}
	return commonEvent(L, x, y, event)
}

// commonEvent returns the metamethod that two values have in common, or nil.
func commonEvent(L *lua.LState, x, y lua.LValue, event string) lua.LValue {
	f := L.GetMetaField(x, event)
	if f != L.GetMetaField(y, event) {
		return lua.LNil
	}
	return f
}

// raiseOrder raises the error of comparing two values that have no order.
func raiseOrder(L *lua.LState, x, y lua.LValue) {
	if x.Type() == y.Type() {
		Raise(L, 0, "attempt to compare two %s values", x.Type())
	}
	Raise(L, 0, "attempt to compare %s with %s", x.Type(), y.Type())
}
