package lua51

import (
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// gopher-lua has its own messages for failed instructions, without the name of the
// variable: "attempt to index a non-table object(nil) with key 'x'". In
// Lua's words that is "attempt to index local 't' (a nil value)".

// lua51Message returns an error that is being raised on L in Lua's words, where it
// is one of an instruction: then no function of Go runs on top of the stack, as
// error does when a script raises a text like that.
func lua51Message(L *lua.LState, err lua.LValue) lua.LValue {
	s, ok := err.(lua.LString)
	if !ok {
		return err
	}
	fr := topFrame(L)
	if !fr.ok() || fr.isGo() {
		return err
	}
	f := faultAt(L, fr)
	if f == nil {
		return err
	}
	place := f.proto.SourceName + ":" + strconv.Itoa(fr.line()) + ": "
	text, ok := strings.CutPrefix(string(s), place)
	if !ok {
		return err
	}
	if words := f.words(text); words != "" {
		return lua.LString(place + words)
	}
	return err
}

// fault is a failed instruction of a function.
type fault struct {
	l *lua.LState
	listing
	pc        int
	registers []lua.LValue
}

// faultAt is the instruction that a call of a Lua function is at.
func faultAt(L *lua.LState, fr frame) *fault {
	p, pc := fr.proto(), fr.pc()
	all, base := registers(L), fr.base()
	if pc < 0 || pc >= len(p.Code) || base > len(all) {
		return nil
	}
	return &fault{L, listing{p}, pc, all[base:]}
}

// The messages of gopher-lua that are replaced by a constant text.
var faultWords = map[string]string{
	"too many recursions in gettable": "loop in gettable",
	"too many recursions in settable": "loop in settable",
}

// words returns Lua's words for a text of gopher-lua's, or "".
func (f *fault) words(text string) string {
	if w := faultWords[text]; w != "" {
		return w
	}
	c := f.at(f.pc)
	switch c.op {
	case lua.OP_CALL, lua.OP_TAILCALL:
		if text == "attempt to call a non-function object" {
			kind, name := f.loaded(f.pc, c.a)
			return "attempt to call " + described(kind, name, f.value(c.a))
		}
	case lua.OP_TFORLOOP:
		if text == "attempt to call a non-function object" {
			return "attempt to call " + described("", "", f.value(c.a))
		}
	case lua.OP_GETTABLE, lua.OP_GETTABLEKS, lua.OP_SELF:
		return f.index(text, c.b)
	case lua.OP_SETTABLE, lua.OP_SETTABLEKS:
		return f.index(text, c.a)
	case lua.OP_GETGLOBAL, lua.OP_SETGLOBAL:
		return f.index(text, -1)
	}
	return ""
}

// index is the error of indexing what is in a register, or what its __index
// led to.
func (f *fault) index(text string, reg int) string {
	text, ok := strings.CutPrefix(text, "attempt to index a non-table object(")
	typ, _, ok2 := strings.Cut(text, ") with key '")
	switch {
	case !ok || !ok2:
		return ""
	case reg < 0 || f.value(reg).Type().String() != typ:
		return "attempt to index a " + typ + " value"
	}
	return "attempt to index " + f.operand(reg)
}

// arithmetic is the error of an instruction of arithmetic: it is the first
// operand's, if that is not a number.
func (f *fault) arithmetic() string {
	c := f.at(f.pc)
	bad := c.b
	if _, ok := ToNumber(f.value(bad)); ok && c.op != lua.OP_UNM {
		bad = c.c
	}
	return "attempt to perform arithmetic on " + f.operand(bad)
}

// concat is the error of a concatenation of registers that failed at the values i and
// i+1.
func (f *fault) concat(values []lua.LValue, i int) string {
	if lua.LVCanConvToString(values[i]) {
		i++
	}
	kind, name := f.name(f.pc, f.at(f.pc).b+i)
	return "attempt to concatenate " + described(kind, name, values[i])
}

// described is a value with the name of its variable, where it has one.
func described(kind, name string, v lua.LValue) string {
	if kind == "" {
		return "a " + v.Type().String() + " value"
	}
	return kind + " '" + name + "' (a " + v.Type().String() + " value)"
}

// operand describes the value of a register or constant.
func (f *fault) operand(rk int) string {
	kind, name := "", ""
	if rk < firstConstant {
		kind, name = f.name(f.pc, rk)
	}
	return described(kind, name, f.value(rk))
}

// value is the value of a register or constant.
func (f *fault) value(rk int) lua.LValue {
	var v lua.LValue
	switch {
	case rk >= firstConstant && rk-firstConstant < len(f.proto.Constants):
		v = f.proto.Constants[rk-firstConstant]
	case rk < len(f.registers):
		v = f.registers[rk]
	}
	if v == nil {
		return lua.LNil
	}
	return v
}
