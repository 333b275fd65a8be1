package lua51

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func openFormat(_ *Interp, L *lua.LState) {
	Register(L, lua.StringLibName, map[string]lua.LGFunction{"format": format})
}

// spec is a conversion of string.format: %[flags][width][.precision]letter.
type spec struct {
	minus, plus, blank, alt, zero bool
	width                         int
	precision                     int // -1 for none
	letter                        byte
}

// format is string.format (5.4). The options are those of the manual: c d E e
// f g G i o u X x q s, and the flags of C's printf.
func format(L *lua.LState) int {
	f := CheckString(L, 1)
	arg := 1
	var b strings.Builder
	for i := 0; i < len(f); {
		n := strings.IndexByte(f[i:], '%')
		if n < 0 {
			b.WriteString(f[i:])
			break
		}
		b.WriteString(f[i : i+n])
		i += n + 1
		if i < len(f) && f[i] == '%' {
			b.WriteByte('%')
			i++
			continue
		}
		s, end, bad := readSpec(f, i)
		if bad != "" {
			Raise(L, 1, "%s", bad)
		}
		i = end
		if arg++; arg > L.GetTop() {
			ArgError(L, arg, "no value")
		}
		switch s.letter {
		case 'c':
			b.WriteString(s.pad(string([]byte{byte(CheckInt(L, arg))}), false))
		case 'd', 'i':
			neg, u := formatInteger(L, arg)
			b.WriteString(s.integer(neg, u, 10))
		case 'u':
			b.WriteString(s.integer(false, formatUnsigned(L, arg), 10))
		case 'o':
			b.WriteString(s.integer(false, formatUnsigned(L, arg), 8))
		case 'x', 'X':
			b.WriteString(s.integer(false, formatUnsigned(L, arg), 16))
		case 'e', 'E', 'f', 'g', 'G':
			v, ok := ToFloat(L.Get(arg))
			if !ok {
				v = CheckNumber(L, arg)
			}
			b.WriteString(s.float(v))
		case 'q':
			quote(&b, CheckString(L, arg))
		case 's':
			v := Int64Text(L.Get(arg))
			if v == "" {
				v = CheckString(L, arg)
			}
			if s.precision >= 0 && s.precision < len(v) {
				v = v[:s.precision]
			}
			b.WriteString(s.pad(v, false))
		default:
			Raise(L, 1, "invalid option '%%%s' to 'format'", string(rune(s.letter)))
		}
	}
	L.Push(lua.LString(b.String()))
	return 1
}

// formatInteger is an argument of %d as its sign and its absolute value, a 64-bit
// integer by all its digits.
func formatInteger(L *lua.LState, arg int) (neg bool, u uint64) {
	if bits, signed, ok := Int64Of(L.Get(arg)); ok {
		if signed && int64(bits) < 0 {
			return true, -bits
		}
		return false, bits
	}
	v := truncate(CheckNumber(L, arg))
	if v < 0 {
		return true, -uint64(v)
	}
	return false, uint64(v)
}

// formatUnsigned is an argument of %u, %o or %x.
func formatUnsigned(L *lua.LState, arg int) uint64 {
	if bits, _, ok := Int64Of(L.Get(arg)); ok {
		return bits
	}
	return unsigned(CheckNumber(L, arg))
}

// readSpec reads the conversion at i and returns where it ends.
func readSpec(f string, i int) (s spec, end int, bad string) {
	start := i
	for ; i < len(f) && strings.IndexByte("-+ #0", f[i]) >= 0; i++ {
		switch f[i] {
		case '-':
			s.minus = true
		case '+':
			s.plus = true
		case ' ':
			s.blank = true
		case '#':
			s.alt = true
		case '0':
			s.zero = true
		}
	}
	if i-start >= 6 {
		return s, i, "invalid format (repeated flags)"
	}
	digits := func() (n int) {
		for k := 0; k < 2 && i < len(f) && IsDigit(f[i]); k++ {
			n = n*10 + int(f[i]-'0')
			i++
		}
		return n
	}
	s.width = digits()
	s.precision = -1
	if i < len(f) && f[i] == '.' {
		i++
		s.precision = digits()
	}
	if i < len(f) && IsDigit(f[i]) {
		return s, i, "invalid format (width or precision too long)"
	}
	if i < len(f) {
		s.letter = f[i]
	}
	return s, i + 1, ""
}

// truncate is C's conversion to a long; what does not fit is the smallest.
func truncate(v float64) int64 {
	if v >= -1<<63 && v < 1<<63 {
		return int64(v)
	}
	return math.MinInt64
}

// unsigned is C's conversion to an unsigned long.
func unsigned(v float64) uint64 {
	if v >= 1<<63 && v < 1<<64 {
		return uint64(v)
	}
	return uint64(truncate(v))
}

// pad brings text to the width; zeros stand after a sign or 0x.
func (s spec) pad(text string, zeros bool) string {
	n := s.width - len(text)
	switch {
	case n <= 0:
		return text
	case s.minus:
		return text + strings.Repeat(" ", n)
	case !zeros || !s.zero:
		return strings.Repeat(" ", n) + text
	}
	head := 0
	if text[0] == '-' || text[0] == '+' || text[0] == ' ' {
		head = 1
	}
	if len(text) > head+1 && text[head] == '0' && text[head+1]|0x20 == 'x' {
		head += 2
	}
	return text[:head] + strings.Repeat("0", n) + text[head:]
}

// integer formats for d i u o x X.
func (s spec) integer(neg bool, u uint64, base int) string {
	digits := strconv.FormatUint(u, base)
	if s.precision == 0 && u == 0 {
		digits = ""
	}
	if n := s.precision - len(digits); n > 0 {
		digits = strings.Repeat("0", n) + digits
	}
	switch {
	case base == 10 && s.letter != 'u':
		switch {
		case neg:
			digits = "-" + digits
		case s.plus:
			digits = "+" + digits
		case s.blank:
			digits = " " + digits
		}
	case base == 8 && s.alt && !strings.HasPrefix(digits, "0"):
		digits = "0" + digits
	case base == 16 && s.alt && u != 0:
		digits = "0x" + digits
	}
	if s.letter == 'X' {
		digits = strings.ToUpper(digits)
	}
	return s.pad(digits, s.precision < 0)
}

// float formats for e E f g G.
func (s spec) float(v float64) string {
	sign := ""
	switch {
	case math.Signbit(v):
		sign = "-"
		v = math.Abs(v)
	case s.plus:
		sign = "+"
	case s.blank:
		sign = " "
	}
	if text, ok := notFinite(v); ok {
		if s.letter < 'a' {
			text = strings.ToUpper(text)
		}
		return s.pad(sign+text, false)
	}
	precision := s.precision
	if precision < 0 {
		precision = 6
	}
	verb := "%.*"
	if s.alt {
		verb = "%#.*"
	}
	if s.alt && precision == 0 && s.letter|0x20 == 'g' {
		precision = 1
	}
	return s.pad(sign+fmt.Sprintf(verb+string(rune(s.letter)), precision, v), true)
}

// quote writes s so that Lua reads it back.
func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\', '\n':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\r':
			b.WriteString(`\r`)
		case 0:
			b.WriteString(`\000`)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
}
