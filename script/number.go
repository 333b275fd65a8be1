package script

import (
	"math"
	"math/big"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// Unordered is the order of two numbers of which one is nan.
const Unordered = unordered

// Float returns a number, or the nearest to a 64-bit integer; ok is false if v is
// neither.
func Float(v lua.LValue) (n float64, ok bool) { return exactFloat(v) }

// Order compares two numbers, of which each may be a 64-bit integer, or two strings:
// -1, 0, 1 or [Unordered]. ok is false if x and y are anything else.
func Order(x, y lua.LValue) (order int, ok bool) {
	a, isText := x.(lua.LString)
	b, areTexts := y.(lua.LString)
	if isText && areTexts {
		return strings.Compare(string(a), string(b)), true
	}
	if order, ok := compareMixed(x, y); ok {
		return order, true
	}
	_, _, xWide := int64Of(x)
	_, _, yWide := int64Of(y)
	if xWide && yWide {
		return compareInt64(x, y), true
	}
	m, isNumber := x.(lua.LNumber)
	n, areNumbers := y.(lua.LNumber)
	switch {
	case !isNumber || !areNumbers:
		return 0, false
	case m < n:
		return -1, true
	case m > n:
		return 1, true
	case m == n:
		return 0, true
	}
	return unordered, true
}

// Distance returns how far two numbers are from each other, of which either may be a
// 64-bit integer: their last digits count.
func Distance(x, y lua.LValue) float64 {
	exact := func(v lua.LValue) *big.Float {
		f := new(big.Float).SetPrec(128)
		if bits, signed, ok := int64Of(v); ok && signed {
			return f.SetInt64(int64(bits))
		} else if ok {
			return f.SetUint64(bits)
		}
		return f.SetFloat64(float64(v.(lua.LNumber)))
	}
	a, _ := exactFloat(x)
	b, _ := exactFloat(y)
	if _, plain := x.(lua.LNumber); plain && y.Type() == lua.LTNumber || a-b != a-b {
		return math.Abs(a - b)
	}
	d, _ := new(big.Float).SetPrec(128).Sub(exact(x), exact(y)).Float64()
	return math.Abs(d)
}
