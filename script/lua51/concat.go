package lua51

import (
	"slices"

	"sosh/internal/show"

	lua "github.com/yuin/gopher-lua"
)

// DefaultMaxString is the limit of Options.MaxString, in bytes, unless set.
const DefaultMaxString = 1 << 30

// checkLength raises an error of the function at the level for a string that is
// longer than it may be.
func checkLength(L *lua.LState, level int, n int64) {
	if limit := InterpOf(L).MaxString; n > limit {
		Raise(L, level, "resulting string too large (limit %s)", show.Size(limit))
	}
}

// freeLength is what needs no look at the limit.
const freeLength = 1 << 16

// checkConcat refuses to make too long a string of the values. The operator .. has
// no limit of its own: a loop that doubles a string would fill the memory before
// anything else had a look at it.
func checkConcat(L *lua.LState, values []lua.LValue) {
	n := int64(0)
	for _, v := range values {
		if s, ok := v.(lua.LString); ok {
			n += int64(len(s))
		}
	}
	if n > freeLength {
		checkLength(L, 0, n)
	}
}

// concat is x .. y .. z (2.5.4) of the values of registers: from right to left,
// as many at once as are strings and numbers.
func concat(L *lua.LState, values []lua.LValue) lua.LValue {
	if s, ok := joined(values); ok {
		return s
	}
	values = slices.Clone(values) // a metamethod may move the registers
	last := len(values) - 1
	for last > 0 {
		x, y := values[last-1], values[last]
		if !lua.LVCanConvToString(x) || !lua.LVCanConvToString(y) {
			f := L.GetMetaField(x, "__concat")
			if f == lua.LNil {
				f = L.GetMetaField(y, "__concat")
			}
			if f == lua.LNil {
				Raise(L, 0, "%s", faultAt(L, topFrame(L)).concat(values, last-1))
			}
			last--
			values[last] = callEvent(L, f, x, y)
			continue
		}
		first := last - 1
		for first > 0 && lua.LVCanConvToString(values[first-1]) {
			first--
		}
		values[first], _ = joined(values[first : last+1])
		last = first
	}
	return values[0]
}

// joined is what strings and numbers are together, if they are all values.
func joined(values []lua.LValue) (lua.LValue, bool) {
	n := 0
	for _, v := range values {
		switch v := v.(type) {
		case lua.LString:
			n += len(v)
		case lua.LNumber:
			n += 8
		default:
			return nil, false
		}
	}
	b := make([]byte, 0, n)
	for _, v := range values {
		switch v := v.(type) {
		case lua.LString:
			b = append(b, v...)
		case lua.LNumber:
			b = appendNumber(b, float64(v))
		}
	}
	return lua.LString(b), true
}
