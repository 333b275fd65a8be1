package lualib

import (
	"fmt"
	"math"
	"strconv"

	"sosh/internal/luadoc"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// A number of Lua is a float64, which holds whole numbers exactly up to 2^53.
// Above that the library returns and accepts userdata of a Go int64 or uint64,
// whose arithmetic is that of LuaJIT's 64-bit integers: it wraps around, division
// truncates towards zero, and a signed with an unsigned integer gives an unsigned
// one. It is userdata and not a string so that a script can compute with it.

const maxExact = 1 << 53

var int64Functions = []Function{
	{
		Name: "int64", Params: "value", Returns: []luadoc.Result{{Type: "userdata", Doc: "a signed integer of 64 bits"}},
		Summary: "convert a number, a string of digits (0x for hex) or another 64-bit integer to a signed 64-bit integer",
		Help: `Arithmetic between 64-bit integers, and with whole numbers, uses 64 bits and wraps around; / truncates toward zero. Comparison with numbers is exact: n == 5, n < 2^53. As a table key, and for rawequal, a 64-bit integer differs from the number of the same value.
tonumber converts it to a number, which is exact up to 2^53.`,
		Example: "local n = int64(\"9223372036854775807\")\nprint(n, n - 1, n > 5)",
		Prints:  "9223372036854775807\t9223372036854775806\ttrue\n",
		Run:     func(L *lua.LState) int { L.Push(newInt(L, int64(checkInt64(L, 1)))); return 1 },
	},
	{
		Name: "uint64", Params: "value", Returns: []luadoc.Result{{Type: "userdata", Doc: "an unsigned integer of 64 bits"}},
		Summary: "convert a value to an unsigned 64-bit integer, as int64 does",
		Example: "print(uint64(\"0xffffffffffffffff\"), uint64(-1) / 2)",
		Prints:  "18446744073709551615\t9223372036854775807\n",
		Run:     func(L *lua.LState) int { L.Push(newInt(L, checkInt64(L, 1))); return 1 },
	},
}

// openInt64 makes the metatable of 64-bit integers.
func (lib *library) openInt64(L *lua.LState) {
	mt := L.NewTable()
	lib.int64s = mt
	mt.RawSetString("__name", lua.LString("int64"))
	for event, op := range map[string]func(L *lua.LState, a, b uint64, signed bool) uint64{
		"__add": func(_ *lua.LState, a, b uint64, _ bool) uint64 { return a + b },
		"__sub": func(_ *lua.LState, a, b uint64, _ bool) uint64 { return a - b },
		"__mul": func(_ *lua.LState, a, b uint64, _ bool) uint64 { return a * b },
		"__div": func(L *lua.LState, a, b uint64, signed bool) uint64 { q, _ := divide(L, a, b, signed); return q },
		"__mod": func(L *lua.LState, a, b uint64, signed bool) uint64 { _, r := divide(L, a, b, signed); return r },
		"__pow": func(_ *lua.LState, a, b uint64, signed bool) uint64 { return power(a, b, signed) },
		"__unm": func(_ *lua.LState, a, _ uint64, _ bool) uint64 { return -a },
	} {
		mt.RawSetString(event, L.NewFunction(func(L *lua.LState) int {
			a, b := operand(L, 1), operand(L, 2)
			signed := isSigned(L.Get(1)) && isSigned(L.Get(2))
			v := op(L, a, b, signed)
			if signed {
				L.Push(newInt(L, int64(v)))
			} else {
				L.Push(newInt(L, v))
			}
			return 1
		}))
	}
	for event, holds := range map[string]func(order int) bool{
		"__eq": func(order int) bool { return order == 0 },
		"__lt": func(order int) bool { return order < 0 },
		"__le": func(order int) bool { return order <= 0 },
	} {
		mt.RawSetString(event, L.NewFunction(func(L *lua.LState) int {
			L.Push(lua.LBool(holds(lua51.CompareInt64(L.Get(1), L.Get(2)))))
			return 1
		}))
	}
	mt.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LString(lua51.Int64Text(L.Get(1))))
		return 1
	}))
	mt.RawSetString("__concat", L.NewFunction(func(L *lua.LState) int {
		text := func(v lua.LValue) string {
			if s := lua51.Int64Text(v); s != "" {
				return s
			}
			switch v.(type) {
			case lua.LString, lua.LNumber:
				return lua.LVAsString(lua51.ToString(L, v))
			}
			lua51.Raise(L, 1, "attempt to concatenate a %s value", v.Type())
			return ""
		}
		L.Push(lua.LString(text(L.Get(1)) + text(L.Get(2))))
		return 1
	}))
}

// newInt returns v as a 64-bit integer of Lua.
func newInt[T int64 | uint64](L *lua.LState, v T) lua.LValue {
	return lua51.NewInt64(L, v, libraryOf(L).int64s)
}

// intValue returns v as a number if that is exact, else as a 64-bit integer.
func intValue[T int64 | uint64](L *lua.LState, v T) lua.LValue {
	if f := float64(v); f >= -maxExact && f <= maxExact && T(f) == v {
		return lua.LNumber(f)
	}
	return newInt(L, v)
}

// isSigned reports whether v is anything but a uint64, so that a result stays
// signed.
func isSigned(v lua.LValue) bool {
	_, signed, ok := lua51.Int64Of(v)
	return signed || !ok
}

// toInt64 converts a whole number, a string of digits or a 64-bit integer to 64
// bits.
func toInt64(v lua.LValue) (bits uint64, ok bool) {
	if bits, _, ok := lua51.Int64Of(v); ok {
		return bits, true
	}
	switch v := v.(type) {
	case lua.LNumber:
		return wholeBits(float64(v))
	case lua.LString:
		if n, err := strconv.ParseInt(string(v), 0, 64); err == nil {
			return uint64(n), true
		}
		if n, err := strconv.ParseUint(string(v), 0, 64); err == nil {
			return n, true
		}
	}
	return 0, false
}

// wholeBits converts a whole number to 64 bits.
func wholeBits(f float64) (bits uint64, ok bool) {
	switch {
	case f != math.Trunc(f) || math.IsInf(f, 0):
		return 0, false
	case f >= -1<<63 && f < 1<<63:
		return uint64(int64(f)), true
	case f >= 0 && f < 1<<64:
		return uint64(f), true
	}
	return 0, false
}

// checkInt64 returns argument n as 64 bits, or raises that it is no such integer.
func checkInt64(L *lua.LState, n int) uint64 {
	bits, ok := toInt64(lua51.CheckAny(L, n))
	if !ok {
		lua51.ArgError(L, n, fmt.Sprintf("64-bit integer expected, got %s", lua.LVAsString(lua51.ToString(L, L.Get(n)))))
	}
	return bits
}

// operand is checkInt64 for the operands of arithmetic.
func operand(L *lua.LState, n int) uint64 {
	v := L.Get(n)
	if v == lua.LNil && n == 2 {
		v = L.Get(1) // unary minus
	}
	bits, ok := toInt64(v)
	if !ok {
		lua51.Raise(L, 1, "attempt to perform 64-bit arithmetic on %s (expected a whole number)", lua.LVAsString(lua51.ToString(L, v)))
	}
	return bits
}

func divide(L *lua.LState, a, b uint64, signed bool) (q, r uint64) {
	switch {
	case b == 0:
		lua51.Raise(L, 1, "attempt to divide a 64-bit integer by zero")
	case !signed:
		return a / b, a % b
	case int64(b) == -1:
		return -a, 0 // math.MinInt64 / -1 wraps around
	}
	return uint64(int64(a) / int64(b)), uint64(int64(a) % int64(b))
}

func power(base, exp uint64, signed bool) uint64 {
	if signed && int64(exp) < 0 {
		switch int64(base) {
		case 1:
			return 1
		case -1:
			if exp%2 == 0 {
				return 1
			}
			return base
		}
		return 0
	}
	v := uint64(1)
	for ; exp > 0; exp >>= 1 {
		if exp&1 == 1 {
			v *= base
		}
		base *= base
	}
	return v
}
