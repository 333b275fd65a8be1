// Package compiler generates code for gopher-lua's VM from the tokens of a chunk, as
// specified by the manual of Lua 5.1, with its limits and error messages. It does not
// run code.
//
// A parser builds a tree of gopher-lua's nodes for each statement, which is compiled
// in one walk. An expression is compiled to a given register. The registers of a
// function are its visible locals, in order, followed by temporary values. The
// content of the registers above these is undefined: the VM truncates its stack after
// a call, and metamethods use the registers that follow.
package compiler

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// Options are the parameters of Compile.
type Options struct {
	// Source is the name of the chunk, as messages show it.
	Source string
	// Tokens are the tokens of the chunk.
	Tokens *Tokens
	// Number reads a numeral, and reports whether it is one.
	Number func(string) (float64, bool)
	// SetStrings gives a function the texts of its constants, "" for others.
	SetStrings func(*lua.FunctionProto, []string)
	// Calls is how many calls of C would be open in Lua, which are at most 200
	// with the levels of the chunk.
	Calls int
}

// An Error is an error in a chunk.
type Error struct {
	Line    int // 0 if the message has no line in Lua either
	Message string
	// Incomplete is true if the chunk ended too early: more text could complete it.
	Incomplete bool
}

func (e *Error) Error() string { return e.Message }

// Compile returns the function of a chunk, or the error in the chunk.
func Compile(o *Options) (proto *lua.FunctionProto, err *Error) {
	defer func() {
		r := recover()
		if e, ok := r.(*Error); ok {
			proto, err = nil, e
		} else if r != nil {
			panic(r)
		}
	}()
	p := newParser(o)
	f := newFunction(o, nil)
	f.proto.IsVarArg = lua.VarArgIsVarArg
	f.open(false)
	for last := false; !last && !p.blockEnds(); {
		var s ast.Stmt
		s, last = p.statement()
		p.skip(";")
		f.stmts([]ast.Stmt{s})
	}
	if p.now != "" {
		p.fail("'<eof>' expected")
	}
	f.at = max(p.i-1, 0)
	f.finishBody()
	return f.proto, nil
}

// A function is a function that is being compiled.
type function struct {
	o      *Options
	parent *function
	proto  *lua.FunctionProto
	at     int // the token of the current node

	code    []uint32
	lines   []int
	taken   bool  // whether closures take any of its locals
	pending []int // jumps to the next instruction
	landed  int   // index of the last jump target, or -1

	constants constants
	locals    []local // the visible ones; the index is the register
	block     *block
	upvalues  []upvalue
	free      int // the first register that is not in use
	used      int // how many registers are ever in use
}

func newFunction(o *Options, parent *function) *function {
	f := &function{o: o, parent: parent, proto: &lua.FunctionProto{SourceName: o.Source}}
	f.landed = -1
	f.code = make([]uint32, 0, 32)
	f.lines = make([]int, 0, 32)
	return f
}

// finish ends the code of the function.
func (f *function) finish() {
	f.emit(lua.OP_RETURN, 0, 1, 0)
	f.shortenJumps()
	f.joinMoves()
	if !f.taken {
		f.markReturns()
	}
	p := f.proto
	p.Code, p.DbgSourcePositions = f.code, f.lines
	p.Constants = f.constants.values
	p.NumUpvalues = uint8(len(f.upvalues))
	// gopher-lua has at least two.
	p.NumUsedRegisters = uint8(max(f.used, 2))
	p.DbgUpvalues = make([]string, len(f.upvalues))
	for i, u := range f.upvalues {
		p.DbgUpvalues[i] = u.name
	}
	f.o.SetStrings(p, f.constants.texts)
}

// line returns the line of a token.
func (f *function) line(at int) int {
	list := f.o.Tokens.List
	if at < 0 {
		at = 0
	}
	return int(list[min(at, len(list)-1)].Line) + f.o.Tokens.Before
}

// end returns the place where a node ends.
func end(n ast.PositionHolder) int {
	if last := n.LastLine(); last != 0 {
		return last
	}
	return n.Line()
}

// next returns the place after another: that of the token that Lua's compiler
// has read too by the time it makes the code for what stands before.
func (f *function) next(at int) int { return at + 1 }

// fail ends the compiling with an error at the token after the current place,
// which Lua's compiler looks at.
func (f *function) fail(format string, args ...any) {
	panic(&Error{Line: f.line(f.next(f.at)), Message: fmt.Sprintf(format, args...)})
}

// failNear is fail for an error that shows the token.
func (f *function) failNear(message string) {
	f.fail("%s", message+f.o.Tokens.near(f.next(f.at)))
}
