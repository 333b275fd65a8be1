package lua51

import (
	lua "github.com/yuin/gopher-lua"
)

// listing is the instructions of a function, which tell from which variable the
// value in a register came.
type listing struct{ proto *lua.FunctionProto }

// at returns an instruction.
func (l listing) at(pc int) code { return decode(l.proto.Code[pc]) }

// local returns the name of the local that a register is for the instruction at
// pc, or "".
func (l listing) local(pc, reg int) string {
	for _, local := range l.proto.DbgLocals {
		if local.StartPc > pc {
			break
		}
		if pc < local.EndPc {
			if reg == 0 {
				return local.Name
			}
			reg--
		}
	}
	return ""
}

// name returns the name of the variable whose value is in a register at pc, and
// its kind: both empty if there is none.
func (l listing) name(pc, reg int) (kind, name string) {
	if name := l.local(pc, reg); shown(name) {
		return "local", name
	}
	return l.loaded(pc, reg)
}

// shown reports whether a name is a script's: those that the compiler adds
// begin with a parenthesis.
func shown(name string) bool { return name != "" && name[0] != '(' }

// loaded returns the name of the variable from which the value in a register
// came there.
func (l listing) loaded(pc, reg int) (kind, name string) {
	at := l.writer(pc, reg)
	if at < 0 || l.proto.SourceName == trampolineName {
		return "", ""
	}
	c := l.at(at)
	switch c.op {
	case lua.OP_GETGLOBAL:
		kind, name = "global", l.text(c.bx)
	case lua.OP_GETUPVAL:
		if c.b < len(l.proto.DbgUpvalues) {
			kind, name = "upvalue", l.proto.DbgUpvalues[c.b]
		}
	case lua.OP_GETTABLE, lua.OP_GETTABLEKS:
		kind, name = "field", l.key(at, c.c)
	case lua.OP_SELF:
		kind, name = "method", l.key(at, c.c)
	case lua.OP_MOVE, lua.OP_MOVEN:
		if c.b < c.a {
			return l.name(pc, c.b)
		}
	}
	if !shown(name) {
		return "", ""
	}
	return kind, name
}

// text is a constant that is a name.
func (l listing) text(i int) string {
	if i < len(l.proto.Constants) {
		if s, ok := l.proto.Constants[i].(lua.LString); ok {
			return string(s)
		}
	}
	return "?"
}

// key is the name of a field whose key is in a register or a constant: "?", as
// lua has it, if it is none of the text.
func (l listing) key(pc, rk int) string {
	if rk >= firstConstant {
		return l.text(rk - firstConstant)
	}
	if at := l.writer(pc, rk); at >= 0 && !shown(l.local(pc, rk)) && l.at(at).op == lua.OP_LOADK {
		return l.text(l.at(at).bx)
	}
	return "?"
}

// writer returns the instruction that gave a register the value that it has at pc,
// as Lua finds it: it goes through the code and takes each jump forward that does
// not pass pc, so that it knows no more than one way. It returns -1 for none.
func (l listing) writer(pc, reg int) int {
	last := -1
	for i := 0; i < pc; i++ {
		c := l.at(i)
		writes := c.a == reg
		switch c.op {
		case lua.OP_SETGLOBAL, lua.OP_SETUPVAL, lua.OP_SETTABLE, lua.OP_SETTABLEKS, lua.OP_SETLIST, lua.OP_EQ, lua.OP_LT, lua.OP_LE,
			lua.OP_JMP, lua.OP_RETURN, lua.OP_CLOSE, lua.OP_NOP:
			writes = false
		case lua.OP_LOADNIL:
			writes = c.a <= reg && reg <= c.b
		case lua.OP_SELF:
			writes = reg == c.a || reg == c.a+1
		case lua.OP_CALL, lua.OP_TAILCALL:
			writes = reg >= c.a
		case lua.OP_TFORLOOP:
			writes = reg >= c.a+2
		}
		if writes {
			last = i
		}
		switch c.op {
		case lua.OP_JMP, lua.OP_FORLOOP, lua.OP_FORPREP:
			if to := i + 1 + c.bx - jumpBias; i < to && to <= pc {
				i = to - 1
			}
		case lua.OP_CLOSURE:
			// What it takes is told by instructions that are never run.
			i += int(l.proto.FunctionPrototypes[c.bx].NumUpvalues)
		case lua.OP_SETLIST:
			if c.c == 0 {
				i++ // a number
			}
		}
	}
	return last
}
