package lua51

import (
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func (f frame) isGo() bool                { return f.fn().IsG }
func (f frame) proto() *lua.FunctionProto { return f.fn().Proto }
func (f frame) source() string            { return f.proto().SourceName }

// line is the line that a Lua function is at.
func (f frame) line() int {
	lines := f.proto().DbgSourcePositions
	if pc := f.pc(); pc >= 0 && pc < len(lines) {
		return lines[pc]
	}
	return -1
}

// CallName returns the name by which the running function was called, and what
// sort of name that is, in the words of debug.getinfo's namewhat: "global",
// "local", "method", "field" or "upvalue". Both are empty when no call of a Lua
// function called it.
func CallName(L *lua.LState) (name, what string) { return topFrame(L).called() }

// called returns how the caller of f named it, and what sort of name that is,
// in the words of debug.getinfo's namewhat. Both are empty when it was not
// called by a Lua function's call.
func (f frame) called() (name, what string) {
	p := f.parent()
	if f.tails() > 0 || !p.ok() || p.isGo() || p.source() == trampolineName {
		return "", ""
	}
	l, pc := listing{p.fn().Proto}, p.pc()
	if pc < 0 || pc >= len(l.proto.Code) {
		return "", ""
	}
	switch c := l.at(pc); c.op {
	case lua.OP_TFORLOOP:
		return "(for generator)", "local"
	case lua.OP_CALL, lua.OP_TAILCALL:
		what, name = l.loaded(pc, c.a)
	}
	return name, what
}

// activation is a level of the stack as scripts see it, where the threads that
// pcall makes do not show.
type activation struct {
	ls    *lua.LState // the thread, and the level that it has there
	level int
	frame frame  // none for a tail call, and for a pcall or yield that was left
	pcall string // the name of that
}

func (a activation) tail() bool { return !a.frame.ok() && a.pcall == "" }

// walk calls f with the levels of L, from the running function on, until it
// returns false.
func (in *Interp) walk(L *lua.LState, f func(activation) bool) {
	if t := recordOf(L); t != nil && t.base == nil && L.Parent == nil && !L.Dead && !t.active && topFrame(L).ok() {
		// A coroutine that has yielded, perhaps in a pcall.
		for t.pending != nil {
			t = t.pending
		}
		L = t.ls
		if !f(activation{ls: L, pcall: "yield"}) {
			return
		}
	}
	for ls := L; ls != nil; {
		level := 0
		for fr := topFrame(ls); fr.ok(); fr = fr.parent() {
			if !fr.isGo() && fr.source() == trampolineName {
				break
			}
			if !f(activation{ls: ls, level: level, frame: fr}) {
				return
			}
			level++
			for range fr.tails() {
				if !f(activation{ls: ls, level: level}) {
					return
				}
				level++
			}
		}
		t := recordOf(ls)
		if t == nil || t.base == nil {
			return
		}
		if t.away && !f(activation{ls: ls, pcall: t.caller}) {
			return
		}
		ls = t.base
	}
}

// at returns the n-th level of L.
func (in *Interp) at(L *lua.LState, n int) (a activation, ok bool) {
	if n < 0 {
		return a, false
	}
	in.walk(L, func(x activation) bool {
		a, ok = x, n == 0
		n--
		return n >= 0
	})
	return a, ok
}

// function returns the function of a level, or nil.
func (a activation) function() *lua.LFunction {
	if !a.frame.ok() {
		return nil
	}
	dbg, ok := a.ls.GetStack(a.level)
	if !ok {
		return nil
	}
	f, err := a.ls.GetInfo("f", dbg, lua.LNil)
	if err != nil {
		return nil
	}
	fn, _ := f.(*lua.LFunction)
	return fn
}

// OwnSource is what the names of our own chunks begin with.
const OwnSource = "[sosh] "

// Where gives "FILE:LINE: " for the function at the level, and nothing when
// that is not a Lua function: 0 is the running function, 1 its caller.
func Where(L *lua.LState, level int) string {
	if level < 0 {
		return ""
	}
	f := topFrame(L)
	for n := level; n > 0 && f.ok(); n-- {
		if f.tails() > 0 || !f.parent().ok() {
			// Further than this thread, or a tail call.
			a, ok := InterpOf(L).at(L, level)
			if !ok {
				return ""
			}
			f = a.frame
			break
		}
		f = f.parent()
	}
	if !f.ok() || f.isGo() || f.source() == trampolineName || strings.HasPrefix(f.source(), OwnSource) {
		return ""
	}
	return f.source() + ":" + strconv.Itoa(f.line()) + ": "
}
