package lua51

import (
	"runtime"

	lua "github.com/yuin/gopher-lua"
)

func openBase(in *Interp, L *lua.LState) {
	for name, f := range map[string]lua.LGFunction{
		"assert":         baseAssert,
		"collectgarbage": collectgarbage,
		"error":          baseError,
		"gcinfo":         gcinfo,
		"getfenv":        in.getfenv,
		"getmetatable":   getmetatable,
		"ipairs":         in.ipairs,
		"newproxy":       newproxy,
		"next":           in.baseNext,
		"pairs":          in.pairs,
		"rawequal":       rawequal,
		"rawget":         rawget,
		"rawset":         rawset,
		"select":         baseSelect,
		"setfenv":        in.setfenv,
		"setmetatable":   setmetatable,
		"type":           baseType,
		"unpack":         Unpack,
	} {
		RegisterGlobal(L, name, f)
	}
	in.next = L.G.Global.RawGetString("next")
	in.inext = L.NewFunction(inext)
	L.G.Global.RawSetString("_VERSION", lua.LString("Lua 5.1"))
}

// baseAssert is assert (5.1).
func baseAssert(L *lua.LState) int {
	if !lua.LVAsBool(CheckAny(L, 1)) {
		Raise(L, 1, "%s", OptString(L, 2, "assertion failed!"))
	}
	return L.GetTop()
}

// collectgarbage is collectgarbage (5.1). Go's collector has no steps.
func collectgarbage(L *lua.LState) int {
	opt := CheckOption(L, 1, "collect", "stop", "restart", "collect", "count", "step", "setpause", "setstepmul")
	OptInt(L, 2, 0)
	var v lua.LValue = lua.LNumber(0)
	switch opt {
	case "collect":
		runtime.GC()
	case "count":
		v = lua.LNumber(heapBytes() / 1024)
	case "step":
		runtime.GC()
		v = lua.LTrue
	case "setpause", "setstepmul":
		v = lua.LNumber(200)
	}
	L.Push(v)
	return 1
}

func heapBytes() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// gcinfo is what came before collectgarbage("count").
func gcinfo(L *lua.LState) int {
	pushNumber(L, float64(int(heapBytes()/1024)))
	return 1
}

// baseError is error (5.1).
func baseError(L *lua.LState) int {
	level := OptInt(L, 2, 1)
	var v lua.LValue = L.Get(1)
	if s, ok := v.(lua.LString); ok && level > 0 {
		v = lua.LString(Where(L, level)) + s
	} else if n, ok := v.(lua.LNumber); ok && level > 0 {
		v = lua.LString(Where(L, level) + FormatNumber(float64(n)))
	}
	L.Error(v, 0)
	return 0
}

// function finds the function that the n-th argument names: itself, or the one
// at a level of the stack. It is nil for level 0, which is the thread.
func (in *Interp) function(L *lua.LState, n int) *lua.LFunction {
	if f, ok := L.Get(n).(*lua.LFunction); ok {
		return f
	}
	level := OptInt(L, n, 1)
	if level < 0 {
		ArgError(L, n, "level must be non-negative")
	}
	if level == 0 {
		return nil
	}
	a, ok := in.at(L, level)
	if !ok {
		ArgError(L, n, "invalid level")
	}
	f := a.function()
	if f == nil {
		Raise(L, 1, "no function environment for tail call at level %d", level)
	}
	return f
}

// getfenv is getfenv (5.1).
func (in *Interp) getfenv(L *lua.LState) int {
	f := in.function(L, 1)
	switch {
	case f == nil:
		L.Push(L.Env)
	case f.IsG:
		L.Push(L.G.Global)
	default:
		L.Push(f.Env)
	}
	return 1
}

// setfenv is setfenv (5.1).
func (in *Interp) setfenv(L *lua.LState) int {
	env := CheckTable(L, 2)
	if v, ok := L.Get(1).(lua.LNumber); ok && v == 0 {
		L.Env = env
		return 0
	}
	f := in.function(L, 1)
	if f == nil || f.IsG {
		Raise(L, 1, "'setfenv' cannot change environment of given object")
	}
	f.Env = env
	L.Push(f)
	return 1
}

// getmetatable is getmetatable (5.1).
func getmetatable(L *lua.LState) int {
	L.Push(L.GetMetatable(CheckAny(L, 1)))
	return 1
}

// setmetatable is setmetatable (5.1).
func setmetatable(L *lua.LState) int {
	t := CheckTable(L, 1)
	mt := L.Get(2)
	if L.GetTop() < 2 || mt != lua.LNil && mt.Type() != lua.LTTable {
		ArgError(L, 2, "nil or table expected")
	}
	if old, ok := t.Metatable.(*lua.LTable); ok && old.RawGetString("__metatable") != lua.LNil {
		Raise(L, 1, "cannot change a protected metatable")
	}
	t.Metatable = mt
	L.Push(t)
	return 1
}

// newproxy makes a userdata, with a metatable for true, or with that of another.
func newproxy(L *lua.LState) int {
	ud := L.NewUserData()
	switch v := L.Get(1).(type) {
	case *lua.LUserData:
		ud.Metatable = v.Metatable
	default:
		if lua.LVAsBool(v) {
			ud.Metatable = L.NewTable()
		}
	}
	L.Push(ud)
	return 1
}

// baseNext is next (5.1).
func (in *Interp) baseNext(L *lua.LState) int {
	k, v, ok := in.nextPlaces.next(L, CheckTable(L, 1), L.Get(2))
	if !ok {
		L.Error(lua.LString("invalid key to 'next'"), 0) // without a position, as in Lua
	}
	if k == lua.LNil {
		L.Push(lua.LNil)
		return 1
	}
	L.Push(k)
	L.Push(v)
	return 2
}

// pairs is pairs (5.1).
func (in *Interp) pairs(L *lua.LState) int {
	t := CheckTable(L, 1)
	L.Push(in.next)
	L.Push(t)
	L.Push(lua.LNil)
	return 3
}

// ipairs is ipairs (5.1).
func (in *Interp) ipairs(L *lua.LState) int {
	t := CheckTable(L, 1)
	L.Push(in.inext)
	L.Push(t)
	pushNumber(L, 0)
	return 3
}

func inext(L *lua.LState) int {
	t := CheckTable(L, 1)
	i := CheckInt(L, 2) + 1
	v := GetInt(t, i)
	if v == lua.LNil {
		return 0
	}
	pushNumber(L, float64(i))
	L.Push(v)
	return 2
}

// rawequal is rawequal (5.1).
func rawequal(L *lua.LState) int {
	L.Push(lua.LBool(L.RawEqual(CheckAny(L, 1), CheckAny(L, 2))))
	return 1
}

// rawget is rawget (5.1).
func rawget(L *lua.LState) int {
	L.Push(Get(CheckTable(L, 1), CheckAny(L, 2)))
	return 1
}

// rawset is rawset (5.1).
func rawset(L *lua.LState) int {
	t := CheckTable(L, 1)
	k, v := CheckAny(L, 2), CheckAny(L, 3)
	switch n, _ := k.(lua.LNumber); {
	case k == lua.LNil:
		Raise(L, 1, "table index is nil")
	case n != n:
		Raise(L, 1, "table index is NaN")
	}
	Set(t, k, v)
	L.SetTop(1)
	return 1
}

// baseSelect is select (5.1).
func baseSelect(L *lua.LState) int {
	n := L.GetTop()
	if s, ok := L.Get(1).(lua.LString); ok && s == "#" {
		pushNumber(L, float64(n-1))
		return 1
	}
	i := CheckInt(L, 1)
	if i < 0 {
		i += n
	} else if i > n {
		i = n
	}
	if i < 1 {
		ArgError(L, 1, "index out of range")
	}
	return n - i
}

// baseType is type (5.1).
func baseType(L *lua.LState) int {
	L.Push(lua.LString(CheckAny(L, 1).Type().String()))
	return 1
}

// MaxResults is how many values a function of the library gives at most.
const MaxResults = 1 << 20

// Unpack is unpack (5.1).
func Unpack(L *lua.LState) int {
	t := CheckTable(L, 1)
	i := OptInt(L, 2, 1)
	j := length(t)
	if L.Get(3) != lua.LNil {
		j = CheckInt(L, 3)
	}
	if i > j {
		return 0
	}
	if n := uint(j) - uint(i); n >= MaxResults {
		Raise(L, 1, "too many results to unpack")
	}
	n := j - i + 1
	// The stack grows once.
	top := L.GetTop()
	L.SetTop(top + n)
	for k := range n {
		L.Replace(top+1+k, GetInt(t, i+k))
	}
	return n
}
