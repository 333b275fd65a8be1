package lua51

import (
	"math"
	"math/big"

	lua "github.com/yuin/gopher-lua"
)

// Lua compares values of one type only: a number and a 64-bit integer, which is
// userdata, would never be equal, and < an error. What unpack and json give is
// one or the other by what a peer sends, so that the instructions that compare
// are wrapped, and compare the two by their values.

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
