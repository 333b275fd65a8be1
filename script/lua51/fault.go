package lua51

import (
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// gopher-lua says in words of its own what an instruction can't do, and leaves
// out the variable: "attempt to index a non-table object(nil) with key 'x'". In
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

// fault is an instruction of a function that can't do its work.
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

// The texts of gopher-lua that need no more than another one.
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
	case lua.OP_ADD, lua.OP_SUB, lua.OP_MUL, lua.OP_DIV, lua.OP_MOD, lua.OP_POW:
		if strings.HasPrefix(text, "cannot perform ") {
			return f.arithmetic()
		}
	case lua.OP_UNM:
		if text == "__unm undefined" {
			return f.arithmetic()
		}
	case lua.OP_LEN:
		if text == "__len undefined" {
			return "attempt to get length of " + f.operand(c.b)
		}
	case lua.OP_CONCAT:
		if types, ok := strings.CutPrefix(text, "cannot perform concat operation between "); ok {
			return f.concat(types)
		}
	case lua.OP_LT, lua.OP_LE:
		if types, ok := strings.CutPrefix(text, "attempt to compare "); ok {
			x, y, _ := strings.Cut(types, " with ")
			return compareWords(x, y)
		}
	}
	return ""
}

// compareWords is the error of comparing values of two types.
func compareWords(x, y string) string {
	if x == y {
		return "attempt to compare two " + x + " values"
	}
	return "attempt to compare " + x + " with " + y
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
// operand's, if that is no number.
func (f *fault) arithmetic() string {
	c := f.at(f.pc)
	switch c.op {
	case lua.OP_ADD, lua.OP_SUB, lua.OP_MUL, lua.OP_DIV, lua.OP_MOD, lua.OP_POW:
	case lua.OP_UNM:
		return "attempt to perform arithmetic on " + f.operand(c.b)
	default:
		return ""
	}
	bad := c.b
	if _, ok := ToNumber(f.value(bad)); ok {
		bad = c.c
	}
	return "attempt to perform arithmetic on " + f.operand(bad)
}

// concat is the error of a concatenation, which goes from right to left.
func (f *fault) concat(types string) string {
	c := f.at(f.pc)
	for i := c.c - 1; i >= c.b; i-- {
		x, y := f.value(i), f.value(i+1)
		if lua.LVCanConvToString(x) {
			if i+1 == c.c && !lua.LVCanConvToString(y) && f.l.GetMetaField(y, "__concat") == lua.LNil {
				return "attempt to concatenate " + f.operand(i+1)
			}
			continue
		}
		if f.l.GetMetaField(x, "__concat") == lua.LNil && (i+1 < c.c || f.l.GetMetaField(y, "__concat") == lua.LNil) {
			return "attempt to concatenate " + f.operand(i)
		}
	}
	// It is what a __concat returned.
	_, typ, _ := strings.Cut(types, " and ")
	return "attempt to concatenate a " + typ + " value"
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
