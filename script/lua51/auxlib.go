package lua51

import (
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// The functions of this file are the auxiliary library of C's Lua: they check
// arguments, and raise errors with the texts of lauxlib.

// Arguments returns the arguments of a Go function from the i-th on.
func Arguments(L *lua.LState, i int) []lua.LValue {
	n := L.GetTop()
	if i > n {
		return nil
	}
	args := make([]lua.LValue, 0, n-i+1)
	for ; i <= n; i++ {
		args = append(args, L.Get(i))
	}
	return args
}

// PushAll pushes the values and returns their number.
func PushAll(L *lua.LState, vals []lua.LValue) int {
	if len(vals) > registerGrowth {
		// The stack grows once.
		top := L.GetTop()
		L.SetTop(top + len(vals))
		for i, v := range vals {
			L.Replace(top+1+i, v)
		}
		return len(vals)
	}
	for _, v := range vals {
		L.Push(v)
	}
	return len(vals)
}

// Raise raises a message with the position of the function at the level: 1 is
// the function that called the running one.
func Raise(L *lua.LState, level int, format string, args ...any) {
	msg := format
	if len(args) > 0 {
		msg = fmt.Sprintf(format, args...)
	}
	L.Error(lua.LString(Where(L, level)+msg), 0)
}

// ArgError raises an error about the n-th argument. The object of a method is
// not counted.
func ArgError(L *lua.LState, n int, msg string) {
	name, what := CallName(L)
	if what == "method" {
		n--
		if n == 0 {
			Raise(L, 1, "calling '%s' on bad self (%s)", name, msg)
		}
	}
	if name == "" {
		name = "?"
	}
	Raise(L, 1, "bad argument #%d to '%s' (%s)", n, name, msg)
}

// TypeError raises an error about the type of the n-th argument.
func TypeError(L *lua.LState, n int, want string) {
	ArgError(L, n, want+" expected, got "+TypeName(L, n))
}

// TypeName is the name of the type of the n-th argument.
func TypeName(L *lua.LState, n int) string {
	if n > L.GetTop() {
		return "no value"
	}
	return L.Get(n).Type().String()
}

// CheckAny returns the n-th argument, which must be there, be it nil.
func CheckAny(L *lua.LState, n int) lua.LValue {
	if n > L.GetTop() {
		ArgError(L, n, "value expected")
	}
	return L.Get(n)
}

// CheckTable returns the n-th argument, which must be a table.
func CheckTable(L *lua.LState, n int) *lua.LTable {
	t, ok := L.Get(n).(*lua.LTable)
	if !ok {
		TypeError(L, n, "table")
	}
	return t
}

// CheckFunction returns the n-th argument, which must be a function.
func CheckFunction(L *lua.LState, n int) *lua.LFunction {
	f, ok := L.Get(n).(*lua.LFunction)
	if !ok {
		TypeError(L, n, "function")
	}
	return f
}

// CheckThread returns the n-th argument, which must be a coroutine.
func CheckThread(L *lua.LState, n int) *lua.LState {
	t, ok := L.Get(n).(*lua.LState)
	if !ok {
		ArgError(L, n, "coroutine expected")
	}
	return t
}

// CheckString takes a string, or a number as its text.
func CheckString(L *lua.LState, n int) string {
	switch v := L.Get(n).(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return FormatNumber(float64(v))
	}
	TypeError(L, n, "string")
	return ""
}

// OptString is CheckString, and def where the argument is nil or missing.
func OptString(L *lua.LState, n int, def string) string {
	if L.Get(n) == lua.LNil {
		return def
	}
	return CheckString(L, n)
}

// ToNumber takes a number, or a string that reads as one.
func ToNumber(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		return parseNumber(string(v))
	}
	return 0, false
}

// CheckNumber takes a number, or a string that reads as one.
func CheckNumber(L *lua.LState, n int) float64 {
	v, ok := ToNumber(L.Get(n))
	if !ok {
		TypeError(L, n, "number")
	}
	return v
}

// OptNumber is CheckNumber, and def where the argument is nil or missing.
func OptNumber(L *lua.LState, n int, def float64) float64 {
	if L.Get(n) == lua.LNil {
		return def
	}
	return CheckNumber(L, n)
}

// toInt cuts a number to an integer; what is too large becomes the largest.
func toInt(v float64) int {
	switch {
	case v != v:
		return 0
	case v >= math.MaxInt:
		return math.MaxInt
	case v <= math.MinInt:
		return math.MinInt
	}
	return int(v)
}

// CheckInt takes a number without its fraction; what is too large becomes the
// largest.
func CheckInt(L *lua.LState, n int) int { return toInt(CheckNumber(L, n)) }

// OptInt is CheckInt, and def where the argument is nil or missing.
func OptInt(L *lua.LState, n, def int) int {
	if L.Get(n) == lua.LNil {
		return def
	}
	return CheckInt(L, n)
}

// CheckOption takes one of the words.
func CheckOption(L *lua.LState, n int, def string, words ...string) string {
	s := def
	if def == "" || L.Get(n) != lua.LNil {
		s = CheckString(L, n)
	}
	for _, w := range words {
		if s == w {
			return s
		}
	}
	ArgError(L, n, "invalid option '"+s+"'")
	return ""
}

// Call calls a Lua function from Go and returns its first result. It can't
// be left by a yield.
func Call(L *lua.LState, f lua.LValue, args ...lua.LValue) lua.LValue {
	if v, ok := callLua(L, f, args); ok {
		return v
	}
	L.Push(f)
	for _, a := range args {
		L.Push(a)
	}
	L.Call(len(args), 1)
	v := L.Get(-1)
	L.Pop(1)
	return v
}
