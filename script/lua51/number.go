package lua51

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func openNumber(in *Interp, L *lua.LState) {
	RegisterGlobal(L, "tonumber", tonumber)
	RegisterGlobal(L, "tostring", tostring)
	in.tostring = L.G.Global.RawGetString("tostring")
	RegisterGlobal(L, "print", in.print)
}

// tonumber is tonumber (5.1).
func tonumber(L *lua.LState) int {
	base := OptInt(L, 2, 10)
	if base == 10 {
		if bits, signed, ok := Int64Of(L.Get(1)); ok && signed {
			L.Push(lua.LNumber(int64(bits)))
		} else if ok {
			L.Push(lua.LNumber(bits))
		} else if v, ok := ToNumber(CheckAny(L, 1)); ok {
			L.Push(lua.LNumber(v))
		} else {
			L.Push(lua.LNil)
		}
		return 1
	}
	s := CheckString(L, 1)
	if base < 2 || base > 36 {
		ArgError(L, 2, "base out of range")
	}
	if v, ok := parseBase(s, base); ok {
		L.Push(lua.LNumber(v))
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

// parseBase reads an integer as C's strtoul does, with a sign, and 0x in base
// 16; what is too large is the largest.
func parseBase(s string, base int) (float64, bool) {
	s = strings.Trim(s, " \t\n\v\f\r")
	neg := strings.HasPrefix(s, "-")
	if neg || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	if base == 16 && len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		s = s[2:]
	}
	if s == "" || s[0] == '-' || s[0] == '+' || strings.Contains(s, "_") {
		return 0, false
	}
	v, err := strconv.ParseUint(s, base, 64)
	if err != nil && err.(*strconv.NumError).Err != strconv.ErrRange {
		return 0, false
	}
	if neg {
		return -float64(v), true
	}
	return float64(v), true
}

// tostring is tostring (5.1).
func tostring(L *lua.LState) int {
	L.Push(ToString(L, CheckAny(L, 1)))
	return 1
}

// ToString is the text of a value, or what its __tostring gives.
func ToString(L *lua.LState, v lua.LValue) lua.LValue {
	switch v := v.(type) {
	case lua.LString:
		return v
	case lua.LNumber:
		return lua.LString(FormatNumber(float64(v)))
	}
	if f := L.GetMetaField(v, "__tostring"); f != lua.LNil {
		return Call(L, f, v)
	}
	return lua.LString(v.String())
}

// FormatNumber is the text of a number as Lua has it: %.14g.
func FormatNumber(v float64) string {
	if v > -1e14 && v < 1e14 && v == math.Trunc(v) {
		if v == 0 && math.Signbit(v) {
			return "-0" // as C's %.14g
		}
		return strconv.FormatInt(int64(v), 10)
	}
	if s, ok := notFinite(v); ok {
		return s
	}
	return strconv.FormatFloat(v, 'g', 14, 64)
}

// appendNumber is FormatNumber into a buffer.
func appendNumber(b []byte, v float64) []byte {
	if v > -1e14 && v < 1e14 && v == math.Trunc(v) && v != 0 {
		return strconv.AppendInt(b, int64(v), 10)
	}
	return append(b, FormatNumber(v)...)
}

// notFinite is C's text of what is no finite number.
func notFinite(v float64) (string, bool) {
	switch {
	case math.IsInf(v, 1):
		return "inf", true
	case math.IsInf(v, -1):
		return "-inf", true
	case v != v && math.Signbit(v):
		return "-nan", true
	case v != v:
		return "nan", true
	}
	return "", false
}

// print is print (5.1). It asks the global tostring.
func (in *Interp) print(L *lua.LState) int {
	n := L.GetTop()
	f := L.G.Global.RawGetString("tostring")
	var b []byte
	for i := 1; i <= n; i++ {
		if i > 1 {
			b = append(b, '\t')
		}
		var v lua.LValue
		if f == in.tostring {
			v = ToString(L, L.Get(i))
		} else {
			v = Call(L, f, L.Get(i))
		}
		switch v := v.(type) {
		case lua.LString:
			b = append(b, v...)
		case lua.LNumber:
			b = append(b, FormatNumber(float64(v))...)
		default:
			Raise(L, 1, "'tostring' must return a string to 'print'")
		}
	}
	in.Stdout.Write(append(b, '\n'))
	return 0
}

// parseNumber reads a numeral of Lua (2.1): a decimal one with an optional point
// and exponent, or a hexadecimal one, with blanks around it.
func parseNumber(s string) (float64, bool) {
	s = strings.Trim(s, " \t\n\v\f\r")
	t := s
	if t != "" && (t[0] == '-' || t[0] == '+') {
		t = t[1:]
	}
	if len(t) > 2 && t[0] == '0' && t[1]|0x20 == 'x' {
		v, ok := parseHex(t[2:])
		if s[0] == '-' {
			v = -v
		}
		return v, ok
	}
	i, digits, point := 0, 0, false
	for ; i < len(t) && (IsDigit(t[i]) || t[i] == '.' && !point); i++ {
		if t[i] == '.' {
			point = true
		} else {
			digits++
		}
	}
	if digits == 0 {
		return 0, false
	}
	if i < len(t) {
		if t[i]|0x20 != 'e' {
			return 0, false
		}
		i++
		if i < len(t) && (t[i] == '-' || t[i] == '+') {
			i++
		}
		if i == len(t) || strings.Trim(t[i:], "0123456789") != "" {
			return 0, false
		}
	}
	// Too large is infinite, as for C; ParseFloat gives that beside its error.
	v, _ := strconv.ParseFloat(s, 64)
	return v, true
}

// parseHex reads what follows 0x, as C99 has it: with a point and an exponent of
// 2, where there are.
func parseHex(s string) (float64, bool) {
	mantissa, exponent, ok := strings.Cut(strings.ToLower(s), "p")
	if !ok {
		exponent = "0"
	}
	digits := strings.TrimLeft(strings.TrimLeft(exponent, "+-"), "0123456789")
	if digits != "" || len(exponent) == 0 || !IsDigit(exponent[len(exponent)-1]) || strings.LastIndexAny(exponent, "+-") > 0 {
		return 0, false
	}
	if strings.Trim(mantissa, "0123456789abcdef.") != "" || strings.Count(mantissa, ".") > 1 || strings.Trim(mantissa, ".") == "" {
		return 0, false
	}
	// Too large is infinite, as for C; ParseFloat gives that beside its error.
	v, _ := strconv.ParseFloat("0x"+mantissa+"p"+exponent, 64)
	return v, true
}
