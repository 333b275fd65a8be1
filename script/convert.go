package script

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"sosh/internal/show"
	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// plausible reports whether v can be a value of p. If not, an optional p is left out,
// and v belongs to the next parameter.
func plausible(p *Param, v lua.LValue) bool {
	switch p.Type {
	case FunctionType:
		return v.Type() == lua.LTFunction
	case HandleType:
		return v.Type() == lua.LTUserData || v.Type() == lua.LTString
	case IntType, SizeType, SecondsType:
		_, ok := number(v)
		return ok
	case ObjectType:
		return v.Type() == lua.LTUserData
	case AnyType:
		return true
	case DataType:
		return v.Type() == lua.LTString || v.Type() == lua.LTNumber || v.Type() == lua.LTTable
	case ChoiceType:
		s, ok := v.(lua.LString)
		if !ok || p.Open {
			return ok
		}
		for _, want := range p.Values {
			if want == string(s) {
				return true
			}
		}
		return false
	}
	return v.Type() == lua.LTString || v.Type() == lua.LTNumber
}

func number(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		n, err := strconv.ParseFloat(string(v), 64)
		return n, err == nil
	}
	return 0, false
}

// expected says what a parameter takes; of an object also which verb makes one.
func (m *Machine) expected(p *Param) string {
	if p.Type == ObjectType {
		for _, v := range m.verbs {
			if len(v.Returns) > 0 && v.Returns[0].Type == p.Object {
				return p.Expected() + ", which " + v.Name + " returns"
			}
		}
	}
	return p.Expected()
}

// convert makes of v what p declares, or says what was expected. op is the
// verb's name.
func (m *Machine) convert(op string, p *Param, v lua.LValue) (argument, error) {
	a := argument{set: true, value: v}
	bad := func() (argument, error) {
		what := v.Type().String()
		switch v := v.(type) {
		case lua.LString:
			what = show.Quote([]byte(show.Truncate(string(v), 40)))
		case lua.LNumber:
			what = lua51.FormatNumber(float64(v))
		case *lua.LUserData:
			if mt, ok := v.Metatable.(*lua.LTable); ok {
				what = cmp.Or(lua.LVAsString(mt.RawGetString("__name")), what)
			}
		}
		return a, fmt.Errorf("bad %s %s (expected %s)", p.Name, what, m.expected(p))
	}
	switch s := v.(type) {
	case lua.LString:
		a.str = string(s)
	case lua.LNumber:
		a.str, a.num = lua51.FormatNumber(float64(s)), float64(s)
	}
	isString := v.Type() == lua.LTString || v.Type() == lua.LTNumber
	switch p.Type {
	case HandleType:
		h, err := m.toHandle(op, v)
		if p.ClosedToo && errors.Is(err, net.ErrClosed) {
			return a, nil
		}
		if err != nil {
			return a, err
		}
		if h == nil {
			return bad()
		}
		a.handle = h
	case KindType:
		kind, err := sockets.ParseKind(a.str)
		if err != nil || !isString {
			e := &ArgumentError{Err: err}
			names, _ := sockets.Kinds()
			e.Hint = show.DidYouMean(a.str, names)
			if err == nil {
				return bad()
			}
			return a, e
		}
		a.str = string(kind)
	case EventType:
		if _, err := sockets.ParseEventType(a.str); err != nil || !isString {
			return bad()
		}
	case IntType:
		n, ok := number(v)
		if !ok || n != math.Trunc(n) {
			return bad()
		}
		if math.Abs(n) > math.MaxInt32 {
			return a, fmt.Errorf("%s %s is too large (expected at most %d)", p.Name, lua51.FormatNumber(n), math.MaxInt32)
		}
		a.num = n
	case SizeType:
		n, ok := ParseSize(a.str)
		if !ok || !isString || n < 0 {
			return bad()
		}
		a.num = n
	case SecondsType:
		s, ok := ParseSeconds(a.str)
		if !ok || !isString {
			return bad()
		}
		a.num = s
	case BoolType:
		on, ok := toBool(v)
		if !ok {
			return bad()
		}
		if on {
			a.num = 1
		}
	case ChoiceType:
		for _, want := range p.Values {
			n, err := strconv.ParseFloat(want, 64)
			if want == a.str || v.Type() == lua.LTNumber && err == nil && n == a.num {
				a.str = want // 1.0 is a Lua number, written as 1
				return a, nil
			}
		}
		if p.Open && isString {
			return a, nil
		}
		return bad()
	case ListType:
		list, ok := toList(v)
		if !ok {
			return bad()
		}
		a.list = list
	case FunctionType:
		if v.Type() != lua.LTFunction {
			return bad()
		}
	case ObjectType:
		ud, ok := v.(*lua.LUserData)
		if !ok || ud.Metatable != m.types[p.Object] {
			return bad()
		}
	case DataType:
		if _, ok := v.(*lua.LTable); !isString && !ok {
			return bad()
		}
	case AnyType:
		if v.Type() == lua.LTBool {
			a.str = v.String()
		}
	default:
		if !isString {
			return bad()
		}
	}
	return a, nil
}

// Accepts reports whether the parameter can be given this text, as words have it. It does
// not look for handles, socket options or files of that name.
func (p *Param) Accepts(text string) bool {
	switch p.Type {
	case HandleType, OptionType:
		return true
	}
	_, err := new(Machine).convert("", p, lua.LString(text))
	return err == nil
}

// toList returns the strings of a table, or of a text separated by commas.
func toList(v lua.LValue) (list []string, ok bool) {
	switch v := v.(type) {
	case lua.LString:
		return strings.FieldsFunc(string(v), func(r rune) bool { return r == ',' || r == ' ' }), true
	case *lua.LTable:
		if countKeys(v) > v.Len() {
			return nil, false // {slow = true} is not a list
		}
		for i := 1; i <= v.Len(); i++ {
			s, ok := v.RawGetInt(i).(lua.LString)
			if !ok {
				return nil, false
			}
			list = append(list, string(s))
		}
		return list, true
	}
	return nil, false
}

func countKeys(t *lua.LTable) (n int) {
	for range lua51.Each(t) {
		n++
	}
	return n
}

func toBool(v lua.LValue) (on, ok bool) {
	switch v := v.(type) {
	case lua.LBool:
		return bool(v), true
	case lua.LNumber:
		return v != 0, v == 0 || v == 1
	case lua.LString:
		switch strings.ToLower(string(v)) {
		case "true", "on", "yes", "1":
			return true, true
		case "false", "off", "no", "0":
			return false, true
		}
	}
	return false, false
}

// ParseSize parses a number of bytes. A suffix k, M, G or T means a power of 1024; kB and
// KiB mean the same as k.
func ParseSize(s string) (float64, bool) {
	unit := 1.0
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	switch strings.ToLower(s[len(digits):]) {
	case "":
	case "k", "kb", "kib":
		unit = 1 << 10
	case "m", "mb", "mib":
		unit = 1 << 20
	case "g", "gb", "gib":
		unit = 1 << 30
	case "t", "tb", "tib":
		unit = 1 << 40
	default:
		return 0, false
	}
	n, err := strconv.ParseFloat(strings.TrimSuffix(digits, " "), 64)
	return n * unit, err == nil && n*unit == math.Trunc(n*unit) && n*unit < 1<<53
}

// ParseSeconds parses a time that is not negative: seconds, with fractions, or a number
// with a unit of time.ParseDuration.
func ParseSeconds(s string) (float64, bool) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		d, derr := time.ParseDuration(s)
		n, err = d.Seconds(), derr
	}
	return n, err == nil && n >= 0 && !math.IsInf(n, 0)
}
