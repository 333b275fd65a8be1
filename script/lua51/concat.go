package lua51

import (
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
