package suite

import (
	"math"
	"math/big"
	"strings"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// order compares two numbers, of which each may be a 64-bit integer, or two strings:
// -1, 0, 1 or [lua51.Unordered]. ok is false if x and y are anything else.
func order(x, y lua.LValue) (order int, ok bool) {
	a, isText := x.(lua.LString)
	b, areTexts := y.(lua.LString)
	if isText && areTexts {
		return strings.Compare(string(a), string(b)), true
	}
	if order, ok := lua51.CompareMixed(x, y); ok {
		return order, true
	}
	_, _, xWide := lua51.Int64Of(x)
	_, _, yWide := lua51.Int64Of(y)
	if xWide && yWide {
		return lua51.CompareInt64(x, y), true
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
	return lua51.Unordered, true
}

// distance returns how far two numbers are from each other, of which either may be a
// 64-bit integer, without rounding those.
func distance(x, y lua.LValue) float64 {
	exact := func(v lua.LValue) *big.Float {
		f := new(big.Float).SetPrec(128)
		if bits, signed, ok := lua51.Int64Of(v); ok && signed {
			return f.SetInt64(int64(bits))
		} else if ok {
			return f.SetUint64(bits)
		}
		return f.SetFloat64(float64(v.(lua.LNumber)))
	}
	a, _ := lua51.ToFloat(x)
	b, _ := lua51.ToFloat(y)
	if _, plain := x.(lua.LNumber); plain && y.Type() == lua.LTNumber || a-b != a-b {
		return math.Abs(a - b)
	}
	d, _ := new(big.Float).SetPrec(128).Sub(exact(x), exact(y)).Float64()
	return math.Abs(d)
}
