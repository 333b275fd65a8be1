package script

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// parseNumber reads a numeral of Lua: a decimal one with an optional point and
// exponent, or a hexadecimal one, with blanks around it.
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
	digits := 0
	i := 0
	for ; i < len(t) && (isDigit(t[i]) || t[i] == '.'); i++ {
		if t[i] != '.' {
			digits++
		} else if strings.IndexByte(t[:i], '.') >= 0 {
			return 0, false
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
		if i == len(t) {
			return 0, false
		}
		for ; i < len(t); i++ {
			if !isDigit(t[i]) {
				return 0, false
			}
		}
	}
	// Too large is infinite, as for C; the value says so beside the error.
	v, _ := strconv.ParseFloat(s, 64)
	return v, true
}

func parseHex(s string) (float64, bool) {
	if len(s) <= 16 {
		v, err := strconv.ParseUint(s, 16, 64)
		return float64(v), err == nil
	}
	for i := range len(s) {
		if !strings.ContainsRune("0123456789abcdefABCDEF", rune(s[i])) {
			return 0, false
		}
	}
	// strtoul stops at the largest unsigned long.
	if strings.Trim(s[:len(s)-16], "0") == "" {
		return parseHex(s[len(s)-16:])
	}
	return math.MaxUint64, true
}

var _ lua.LValue
