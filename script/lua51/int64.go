package lua51

import (
	"strconv"
	"sync/atomic"

	lua "github.com/yuin/gopher-lua"
)

// A 64-bit integer is userdata of a Go int64 or uint64. The library makes such
// values, with their arithmetic; Lua 5.1 itself only has to know them where it
// compares, formats and converts numbers.

// int64Used is set once the process has made a 64-bit integer. Until then a
// comparison looks at this only.
var int64Used atomic.Bool

// NewInt64 makes a 64-bit integer; its arithmetic is that of the metatable.
func NewInt64[T int64 | uint64](L *lua.LState, v T, metatable *lua.LTable) *lua.LUserData {
	if !int64Used.Load() {
		int64Used.Store(true)
	}
	return &lua.LUserData{Value: v, Env: L.Env, Metatable: metatable}
}

// Int64Of returns the bits of a 64-bit integer.
func Int64Of(v lua.LValue) (bits uint64, signed, ok bool) {
	ud, isUserData := v.(*lua.LUserData)
	if !isUserData {
		return 0, false, false
	}
	switch n := ud.Value.(type) {
	case int64:
		return uint64(n), true, true
	case uint64:
		return n, false, true
	}
	return 0, false, false
}

// Int64Text is the decimal digits of a 64-bit integer, "" of anything else.
func Int64Text(v lua.LValue) string {
	bits, signed, ok := Int64Of(v)
	switch {
	case !ok:
		return ""
	case signed:
		return strconv.FormatInt(int64(bits), 10)
	}
	return strconv.FormatUint(bits, 10)
}

// ToFloat is a number, or the nearest to a 64-bit integer.
func ToFloat(v lua.LValue) (float64, bool) {
	if bits, signed, ok := Int64Of(v); ok {
		if signed {
			return float64(int64(bits)), true
		}
		return float64(bits), true
	}
	n, ok := v.(lua.LNumber)
	return float64(n), ok
}

// CompareInt64 compares two 64-bit integers by their values, whatever their
// signs.
func CompareInt64(x, y lua.LValue) int {
	a, aSigned, _ := Int64Of(x)
	b, bSigned, _ := Int64Of(y)
	aNegative, bNegative := aSigned && int64(a) < 0, bSigned && int64(b) < 0
	switch {
	case aNegative != bNegative && aNegative:
		return -1
	case aNegative != bNegative:
		return 1
	case a < b: // of two negative ones too
		return -1
	case a > b:
		return 1
	}
	return 0
}
