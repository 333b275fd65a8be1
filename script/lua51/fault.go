package lua51

import (
	"strconv"
	"strings"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// gopher-lua says in words of its own what an instruction can't do, and leaves
// out the variable: "attempt to index a non-table object(nil) with key 'x'". In
// Lua's words that is "attempt to index local 't' (a nil value)".

// inWords returns an error that is being raised on L in Lua's words, where it
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
	l         *lua.LState
	proto     *lua.FunctionProto
	pc        int
	registers []lua.LValue
}

// faultAt is the instruction that a call of a Lua function is at.
func faultAt(L *lua.LState, fr frame) *fault {
	p := (*lua.LFunction)(fr.v.FieldByIndex(fnField.index).UnsafePointer()).Proto
	pc := fr.int(pcField) - 1
	all, base := registers(L), fr.int(baseField)
	if pc < 0 || pc >= len(p.Code) || base > len(all) {
		return nil
	}
	return &fault{L, p, pc, all[base:]}
}

// registers are the values of a thread's stack.
func registers(L *lua.LState) []lua.LValue {
	reg := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(L), registryAt))
	return *(*[]lua.LValue)(unsafe.Add(reg, registryArray))
}

// code is an instruction, taken apart.
type code struct{ op, a, b, c, bx int }

func (f *fault) code(pc int) code {
	i := f.proto.Code[pc]
	return code{int(i >> 26), int(i>>18) & 0xff, int(i & 0x1ff), int(i>>9) & 0x1ff, int(i & 0x3ffff)}
}

// firstConstant is the number of the first constant, where an instruction can
// have a register too.
const firstConstant = 256

// The texts of gopher-lua that need no more than another one.
var faultWords = map[string]string{
	"too many recursions in gettable":      "loop in gettable",
	"too many recursions in settable":      "loop in settable",
	"for statement init must be a number":  loopWords["(for index)"],
	"for statement limit must be a number": loopWords["(for limit)"],
	"for statement step must be a number":  loopWords["(for step)"],
}

var loopWords = map[string]string{
	"(for index)": "'for' initial value must be a number",
	"(for limit)": "'for' limit must be a number",
	"(for step)":  "'for' step must be a number",
}

// words returns Lua's words for a text of gopher-lua's, or "".
func (f *fault) words(text string) string {
	if w := faultWords[text]; w != "" {
		return w
	}
	c := f.code(f.pc)
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
	c := f.code(f.pc)
	switch c.op {
	case lua.OP_SUB:
		// That may be the check of a numeric for.
		if w := loopWords[f.local(f.pc, c.a)]; w != "" && c.c >= firstConstant && f.value(c.c) == lua.LNumber(0) {
			return w
		}
	case lua.OP_ADD, lua.OP_MUL, lua.OP_DIV, lua.OP_MOD, lua.OP_POW:
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
	c := f.code(f.pc)
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

// local returns the name of the local that a register is for the instruction at
// pc, or "".
func (f *fault) local(pc, reg int) string {
	for _, l := range f.proto.DbgLocals {
		if l.StartPc > pc {
			break
		}
		if pc < l.EndPc {
			if reg == 0 {
				return l.Name
			}
			reg--
		}
	}
	return ""
}

// name returns the name of the variable whose value is in a register at pc, and
// its kind: both empty if there is none.
func (f *fault) name(pc, reg int) (kind, name string) {
	if name := f.local(pc, reg); shown(name) {
		return "local", name
	}
	return f.loaded(pc, reg)
}

// shown reports whether a name is a script's: those that mend and the compiler
// add begin with a parenthesis.
func shown(name string) bool { return name != "" && name[0] != '(' }

// loaded returns the name of the variable from which the value in a register
// came there.
func (f *fault) loaded(pc, reg int) (kind, name string) {
	at := f.writer(pc, reg)
	if at < 0 || f.proto.SourceName == trampolineName {
		return "", ""
	}
	c := f.code(at)
	switch c.op {
	case lua.OP_GETGLOBAL:
		kind, name = "global", f.text(c.bx)
	case lua.OP_GETUPVAL:
		if c.b < len(f.proto.DbgUpvalues) {
			kind, name = "upvalue", f.proto.DbgUpvalues[c.b]
		}
	case lua.OP_GETTABLE, lua.OP_GETTABLEKS:
		kind, name = "field", f.key(at, c.c)
	case lua.OP_SELF:
		if c.a != reg {
			return f.name(at, c.b)
		}
		kind, name = "method", f.key(at, c.c)
	case lua.OP_MOVE, lua.OP_MOVEN:
		if c.b < c.a {
			return f.name(at, c.b)
		}
	}
	if !shown(name) {
		return "", ""
	}
	return kind, name
}

// text is a constant that is a name.
func (f *fault) text(i int) string {
	if i < len(f.proto.Constants) {
		if s, ok := f.proto.Constants[i].(lua.LString); ok {
			return string(s)
		}
	}
	return "?"
}

// key is the name of a field whose key is in a register or a constant: "?", as
// lua has it, if it is none of the text.
func (f *fault) key(pc, rk int) string {
	if rk >= firstConstant {
		return f.text(rk - firstConstant)
	}
	if at := f.writer(pc, rk); at >= 0 && !shown(f.local(pc, rk)) && f.code(at).op == lua.OP_LOADK {
		return f.text(f.code(at).bx)
	}
	return "?"
}

// writer returns the instruction that gave a register the value that it has at
// pc, or -1 if that is one of several, as in (a or b)().
func (f *fault) writer(pc, reg int) int {
	last := -1
	// How far jumps lead that stand before last, and of all so far.
	skip, reach := -1, -1
	for i := 0; i < pc; i++ {
		c := f.code(i)
		writes, target := c.a == reg, -1
		switch c.op {
		case lua.OP_SETGLOBAL, lua.OP_SETUPVAL, lua.OP_SETTABLE, lua.OP_SETTABLEKS, lua.OP_SETLIST,
			lua.OP_TAILCALL, lua.OP_RETURN, lua.OP_CLOSE, lua.OP_NOP:
			writes = false
		case lua.OP_LOADBOOL:
			if c.c != 0 {
				target = i + 2
			}
		case lua.OP_LOADNIL:
			writes = c.a <= reg && reg <= c.b
		case lua.OP_SELF:
			writes = reg == c.a || reg == c.a+1
		case lua.OP_CALL, lua.OP_VARARG:
			writes = reg >= c.a
		case lua.OP_FORLOOP, lua.OP_FORPREP:
			writes = c.a <= reg && reg <= c.a+3
		case lua.OP_TFORLOOP:
			writes, target = reg >= c.a+2, i+2
		case lua.OP_EQ, lua.OP_LT, lua.OP_LE, lua.OP_TEST:
			writes, target = false, i+2
		case lua.OP_TESTSET:
			target = i + 2
		case lua.OP_JMP:
			writes, target = false, i+1+c.bx-jumpBias
		}
		if writes {
			last, skip = i, reach
		}
		if target <= pc {
			reach = max(reach, target)
		}
		if c.op == lua.OP_CLOSURE {
			// What it takes is told by instructions that are never run.
			i += int(f.proto.FunctionPrototypes[c.bx].NumUpvalues)
		}
	}
	if skip > last {
		return -1
	}
	return last
}

// jumpBias is what an instruction has for a jump of no length.
const jumpBias = 1<<17 - 1
