package lua51

import (
	"reflect"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// gopher-lua shows of a call what its own debug.getinfo needs. What is missing
// for a traceback in Lua's form, such as the instruction that a function is
// at, is read from the unexported fields.
var (
	frameField   = fieldOf(reflect.TypeFor[lua.Debug](), "frame")
	currentField = fieldOf(reflect.TypeFor[lua.LState](), "currentFrame")
	frameType    = frameField.Elem()
	indexField   = fieldOf(frameType.typ, "Idx")
	pcField      = fieldOf(frameType.typ, "Pc")
	tailField    = fieldOf(frameType.typ, "TailCall")
	parentField  = fieldOf(frameType.typ, "Parent")
	fnField      = fieldOf(frameType.typ, "Fn")
	baseField    = fieldOf(frameType.typ, "LocalBase")
)

// field is a field of a struct.
type field struct {
	index []int
	typ   reflect.Type
}

func (f field) Elem() field { return field{typ: f.typ.Elem()} }

func fieldOf(t reflect.Type, name string) field {
	f, ok := t.FieldByName(name)
	if !ok {
		panic("gopher-lua: " + t.String() + " has no field " + name)
	}
	return field{f.Index, f.Type}
}

// frame is a call on the stack of a thread. The zero frame is none.
type frame struct{ v reflect.Value }

func topFrame(ls *lua.LState) frame {
	return frame{}.of(reflect.ValueOf(ls).Elem().FieldByIndex(currentField.index))
}

func (frame) of(p reflect.Value) frame {
	if p.IsNil() {
		return frame{}
	}
	return frame{p.Elem()}
}

func (f frame) ok() bool        { return f.v.IsValid() }
func (f frame) parent() frame   { return f.of(f.v.FieldByIndex(parentField.index)) }
func (f frame) int(k field) int { return int(f.v.FieldByIndex(k.index).Int()) }

func (f frame) fn() reflect.Value    { return f.v.FieldByIndex(fnField.index).Elem() }
func (f frame) isGo() bool           { return f.fn().FieldByName("IsG").Bool() }
func (f frame) proto() reflect.Value { return f.fn().FieldByName("Proto").Elem() }
func (f frame) source() string       { return f.proto().FieldByName("SourceName").String() }
func (f frame) lineDefined() int     { return int(f.proto().FieldByName("LineDefined").Int()) }

// tails is how many calls before this one were replaced by tail calls.
func (f frame) tails() int {
	if f.isGo() {
		return 0
	}
	return f.int(tailField)
}

// line is the line that a Lua function is at.
func (f frame) line() int {
	lines := f.proto().FieldByName("DbgSourcePositions")
	if pc := f.int(pcField) - 1; pc >= 0 && pc < lines.Len() {
		return int(lines.Index(pc).Int())
	}
	return -1
}

// callName returns the name by which the running function was called, and what
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
	pc := p.int(pcField) - 1
	calls := p.proto().FieldByName("DbgCalls")
	for i := range calls.Len() {
		if c := calls.Index(i); int(c.FieldByName("Pc").Int()) == pc {
			name = c.FieldByName("Name").String()
			break
		}
	}
	if name == "" || name == "?" || name[0] == '(' {
		return "", ""
	}
	return name, p.loadedBy(pc)
}

// loadedBy returns how the function that is called at pc came to its register.
func (f frame) loadedBy(pc int) string {
	code := f.proto().FieldByName("Code")
	opcode := func(i int) (op, a int) {
		c := code.Index(i).Uint()
		return int(c >> 26), int(c>>18) & 0xff
	}
	_, reg := opcode(pc)
	for i := pc - 1; i >= 0; i-- {
		op, a := opcode(i)
		if a != reg {
			continue
		}
		switch op {
		case lua.OP_GETGLOBAL:
			return "global"
		case lua.OP_MOVE, lua.OP_MOVEN:
			return "local"
		case lua.OP_SELF:
			return "method"
		case lua.OP_GETTABLE, lua.OP_GETTABLEKS:
			return "field"
		case lua.OP_GETUPVAL:
			return "upvalue"
		case lua.OP_JMP, lua.OP_EQ, lua.OP_LT, lua.OP_LE, lua.OP_SETTABLE, lua.OP_SETTABLEKS:
			continue
		}
		break
	}
	return "local"
}

// frameIndex is how many calls stand below the running one of a thread.
func frameIndex(L *lua.LState) int {
	if f := topFrame(L); f.ok() {
		return f.int(indexField)
	}
	return 0
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

// ownSource is what the names of our own chunks begin with.
const OwnSource = "[sosh] "

// where gives "FILE:LINE: " for the function at the level, and nothing when
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
