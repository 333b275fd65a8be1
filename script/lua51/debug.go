package lua51

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func openDebug(in *Interp, L *lua.LState) {
	Register(L, lua.DebugLibName, map[string]lua.LGFunction{
		"debug":        debugDebug,
		"gethook":      debugGethook,
		"getinfo":      in.debugGetinfo,
		"getlocal":     in.debugGetlocal,
		"getmetatable": debugGetmetatable,
		"getregistry":  debugGetregistry,
		"sethook":      debugSethook,
		"getupvalue":   debugGetupvalue,
		"setlocal":     in.debugSetlocal,
		"setupvalue":   debugSetupvalue,
		"setmetatable": debugSetmetatable,
		"traceback":    in.debugTraceback,
	})
}

// threadArg takes an optional thread as first argument of a function of debug:
// it returns the thread and by how much the other arguments move.
func threadArg(L *lua.LState) (*lua.LState, int) {
	if th, ok := L.Get(1).(*lua.LState); ok {
		return th, 1
	}
	return L, 0
}

// debugTraceback is debug.traceback (5.9).
func (in *Interp) debugTraceback(L *lua.LState) int {
	th, arg := threadArg(L)
	msg := L.Get(arg + 1)
	if L.GetTop() > arg && !lua.LVCanConvToString(msg) {
		L.Push(msg)
		return 1
	}
	level := 1
	if th != L {
		level = 0
	}
	level = OptInt(L, arg+2, level)
	text := in.traceback(th, level)
	if msg != lua.LNil {
		text = CheckString(L, arg+1) + "\n" + text
	}
	L.Push(lua.LString(text))
	return 1
}

// traceback is the traceback of a thread from a level on, in lua's form.
func (in *Interp) traceback(th *lua.LState, level int) string {
	head, tail := 12, 10
	head -= max(level, 0)
	var lines []string
	var bottom activation
	in.walk(th, func(a activation) bool {
		bottom = a
		if a.frame.ok() && !a.frame.isGo() && strings.HasPrefix(a.frame.source(), OwnSource) {
			return true
		}
		if level--; level < 0 {
			lines = append(lines, a.String())
		}
		return true
	})
	if owner(th) == nil && (!bottom.frame.ok() || !bottom.frame.isGo()) {
		lines = append(lines, "[C]: ?")
	}
	// Three dots take the place of two lines or more.
	if head = max(head, 0); len(lines) > head+tail+1 {
		lines = append(append(lines[:head:head], "..."), lines[len(lines)-tail:]...)
	}
	return strings.Join(append([]string{"stack traceback:"}, lines...), "\n\t")
}

// String is the line of a level in a traceback.
func (a activation) String() string {
	switch {
	case a.pcall != "":
		return "[C]: in function '" + a.pcall + "'"
	case a.tail():
		return "(tail call): ?"
	}
	pos := "[C]:"
	if !a.frame.isGo() {
		pos = fmt.Sprintf("%s:%d:", a.frame.source(), a.frame.line())
	}
	name, what := a.frame.called()
	switch {
	case what != "":
		return fmt.Sprintf("%s in function '%s'", pos, name)
	case a.frame.isGo():
		return pos + " ?"
	case a.frame.proto().LineDefined == 0:
		return pos + " in main chunk"
	}
	return fmt.Sprintf("%s in function <%s:%d>", pos, a.frame.source(), a.frame.proto().LineDefined)
}

// maxShortSource is how much of a file's name short_src has. Messages have all
// of it.
const maxShortSource = 52

// debugGetinfo is debug.getinfo (5.9), as far as gopher-lua knows.
func (in *Interp) debugGetinfo(L *lua.LState) int {
	th, arg := threadArg(L)
	what := OptString(L, arg+2, "flnSu")
	if strings.Trim(what, "flnSuL") != "" {
		ArgError(L, arg+2, "invalid option")
	}
	var a activation
	var fn *lua.LFunction
	switch v := L.Get(arg + 1).(type) {
	case lua.LNumber, lua.LString:
		var ok bool
		if a, ok = in.at(th, CheckInt(L, arg+1)); !ok {
			L.Push(lua.LNil)
			return 1
		}
		fn = a.function()
	case *lua.LFunction:
		fn = v
	default:
		ArgError(L, arg+1, "function or level expected")
	}
	t := L.NewTable()
	set := func(option byte, name string, v lua.LValue) {
		if strings.IndexByte(what, option) >= 0 {
			t.RawSetString(name, v)
		}
	}
	src, short, kind := "=[C]", "[C]", "C"
	first, last, line := -1, -1, -1
	name, namewhat := "", ""
	switch {
	case fn == nil && a.pcall == "":
		src, short, kind = "=(tail call)", "(tail call)", "tail"
	case fn != nil && !fn.IsG:
		short = fn.Proto.SourceName
		src = sourceOf(fn.Proto)
		if strings.HasPrefix(src, "@") && len(short) > maxShortSource {
			short = "..." + short[len(short)-maxShortSource:]
		}
		kind = "Lua"
		first, last = fn.Proto.LineDefined, fn.Proto.LastLineDefined
		if first == 0 {
			kind = "main"
		}
	}
	if a.frame.ok() {
		name, namewhat = a.frame.called()
		if !a.frame.isGo() {
			line = a.frame.line()
		}
	}
	set('S', "source", lua.LString(src))
	set('S', "short_src", lua.LString(short))
	set('S', "what", lua.LString(kind))
	set('S', "linedefined", lua.LNumber(first))
	set('S', "lastlinedefined", lua.LNumber(last))
	set('l', "currentline", lua.LNumber(line))
	if name != "" {
		set('n', "name", lua.LString(name))
	}
	set('n', "namewhat", lua.LString(namewhat))
	if fn != nil {
		set('f', "func", fn)
		set('u', "nups", lua.LNumber(len(fn.Upvalues)))
		if !fn.IsG && strings.Contains(what, "L") {
			lines := L.NewTable()
			for _, n := range fn.Proto.DbgSourcePositions {
				lines.RawSetInt(n, lua.LTrue)
			}
			t.RawSetString("activelines", lines)
		}
	} else {
		set('u', "nups", lua.LNumber(0))
	}
	L.Push(t)
	return 1
}

// local returns the name of the local that the arguments of getlocal and setlocal
// name, and where its value is, or "": a register without a name is a temporary.
func (in *Interp) local(L, th *lua.LState, arg int) (name string, value *lua.LValue) {
	a, ok := in.at(th, CheckInt(L, arg+1))
	if !ok {
		ArgError(L, arg+1, "level out of range")
	}
	n := CheckInt(L, arg+2)
	if !a.frame.ok() || n < 1 {
		return "", nil
	}
	if limit := a.frame.values(a.ls); n <= limit {
		value = &registers(a.ls)[a.frame.base()+n-1]
		name = temporary
	}
	if !a.frame.isGo() {
		if local := (listing{a.frame.proto()}).local(a.frame.pc(), n-1); local != "" {
			name = local
		}
	}
	if value == nil {
		return "", nil
	}
	if *value == nil {
		*value = lua.LNil
	}
	return name, value
}

// temporary is the name of a register that does not hold a local.
const temporary = "(*temporary)"

// debugGetlocal is debug.getlocal (5.9).
func (in *Interp) debugGetlocal(L *lua.LState) int {
	th, arg := threadArg(L)
	name, value := in.local(L, th, arg)
	if name == "" {
		L.Push(lua.LNil)
		return 1
	}
	v := *value
	L.Push(lua.LString(name))
	L.Push(v)
	return 2
}

// debugSetlocal is debug.setlocal (5.9).
func (in *Interp) debugSetlocal(L *lua.LState) int {
	th, arg := threadArg(L)
	v := CheckAny(L, arg+3)
	name, value := in.local(L, th, arg)
	if name == "" {
		L.Push(lua.LNil)
		return 1
	}
	*value = v
	L.Push(lua.LString(name))
	return 1
}

// debugGetmetatable is debug.getmetatable (5.9).
func debugGetmetatable(L *lua.LState) int {
	v := CheckAny(L, 1)
	switch v := v.(type) {
	case *lua.LTable:
		L.Push(v.Metatable)
	case *lua.LUserData:
		L.Push(v.Metatable)
	default:
		L.Push(L.GetMetatable(v))
	}
	return 1
}

// debugSetmetatable is debug.setmetatable (5.9).
func debugSetmetatable(L *lua.LState) int {
	v, mt := CheckAny(L, 1), L.Get(2)
	if mt != lua.LNil && mt.Type() != lua.LTTable {
		ArgError(L, 2, "nil or table expected")
	}
	L.SetMetatable(v, mt)
	L.Push(lua.LTrue)
	return 1
}

// debugGetregistry is debug.getregistry (5.9): a table of its own, since the
// real one holds the library together.
func debugGetregistry(L *lua.LState) int {
	const key = "sosh.registry"
	t, ok := L.G.Registry.RawGetString(key).(*lua.LTable)
	if !ok {
		t = L.NewTable()
		L.G.Registry.RawSetString(key, t)
	}
	L.Push(t)
	return 1
}

// debugSethook is debug.sethook (5.9). gopher-lua has no hooks.
func debugSethook(L *lua.LState) int {
	if L.GetTop() > 0 && L.Get(1) != lua.LNil {
		Raise(L, 1, "hooks are not supported")
	}
	return 0
}

// debugGethook is debug.gethook (5.9).
func debugGethook(L *lua.LState) int {
	L.Push(lua.LNil)
	L.Push(lua.LString(""))
	L.Push(lua.LNumber(0))
	return 3
}

// debugGetupvalue is debug.getupvalue (5.9).
func debugGetupvalue(L *lua.LState) int {
	f, n := CheckFunction(L, 1), CheckInt(L, 2)
	if f.IsG || n < 1 || n > len(f.Upvalues) {
		return 0
	}
	name, v := L.GetUpvalue(f, n)
	L.Push(lua.LString(name))
	L.Push(v)
	return 2
}

// debugSetupvalue is debug.setupvalue (5.9).
func debugSetupvalue(L *lua.LState) int {
	f, n, v := CheckFunction(L, 1), CheckInt(L, 2), CheckAny(L, 3)
	if f.IsG || n < 1 || n > len(f.Upvalues) {
		return 0
	}
	L.Push(lua.LString(L.SetUpvalue(f, n, v)))
	return 1
}

// debugDebug is debug.debug (5.9).
func debugDebug(L *lua.LState) int {
	Raise(L, 1, "debug.debug is not supported")
	return 0
}
