// Package compiler makes code for gopher-lua's machine from a syntax tree of
// gopher-lua's parser, as the manual of Lua 5.1 has it, with its limits and the
// words of its errors. It knows no machine and runs nothing.
//
// A tree is compiled in one walk. An expression is compiled towards a register:
// its value is put where it is needed. The registers of a function are its
// visible locals, in their order, and above them the values that are not used
// yet. Above these an instruction may find anything: the machine cuts its stack
// after a call, and gives metamethods the registers that follow.
package compiler

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// Options are what Compile takes beside a tree.
type Options struct {
	// Source is the name of the chunk, as messages show it.
	Source string
	// Before is how many lines stand before the chunk.
	Before int
	// Tokens are those of the chunk's text, after Locate has given the nodes of
	// the tree their places in it. Without them the nodes have lines.
	Tokens *Tokens
	// Number reads a numeral, and reports whether it is one.
	Number func(string) (float64, bool)
	// SetStrings gives a function the texts of its constants, "" for others.
	SetStrings func(*lua.FunctionProto, []string)

	variable map[ast.Expr]bool // sums that are known to be no constants
}

// An Error says why a chunk can't be compiled.
type Error struct {
	Line    int // 0 if the message has no line in Lua either
	Message string
}

func (e *Error) Error() string { return e.Message }

// Compile returns the function of a chunk, or an *Error.
func Compile(chunk []ast.Stmt, o *Options) (proto *lua.FunctionProto, err error) {
	defer func() {
		r := recover()
		if e, ok := r.(*Error); ok {
			proto, err = nil, e
		} else if r != nil {
			panic(r)
		}
	}()
	f := newFunction(o, nil)
	f.proto.IsVarArg = lua.VarArgIsVarArg
	f.open(false)
	f.stmts(chunk)
	switch {
	case o.Tokens != nil:
		f.at = max(len(o.Tokens.List)-2, 0) // the one before the end
	case len(chunk) > 0:
		last := chunk[len(chunk)-1]
		f.at = max(last.Line(), last.LastLine())
	default:
		f.at = 1
	}
	f.finishBody()
	return f.proto, nil
}

// maxDepth is how deep a chunk may nest; the compiler is recursive.
const maxDepth = 10_000

// A function is one that is being compiled.
type function struct {
	o      *Options
	parent *function
	depth  int // how deep the walk is in the tree
	proto  *lua.FunctionProto
	at     int // the place of what is compiled: a token, or a line

	code   []uint32
	lines  []int
	taken  bool // whether closures take any of its locals
	landed int  // the last instruction that a jump leads to, or is to lead to; -1 for none

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
	if parent != nil {
		f.depth = parent.depth
	}
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

// enter goes down to a node of the tree; leave is to follow.
func (f *function) enter(n ast.PositionHolder) {
	if f.depth++; f.depth > maxDepth {
		f.at = n.Line()
		f.fail("chunk has too many syntax levels")
	}
}

func (f *function) leave() { f.depth-- }

// line returns the line of a place.
func (f *function) line(at int) int { return f.o.line(at) }

func (o *Options) line(at int) int {
	if o.Tokens == nil {
		return at + o.Before
	}
	list := o.Tokens.List
	if at < 0 || len(list) == 0 {
		return 1 + o.Before
	}
	return int(list[min(at, len(list)-1)].Line) + o.Before
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
func (f *function) next(at int) int {
	if f.o.Tokens == nil {
		return at
	}
	return at + 1
}

// fail ends the compiling with an error at the token after the current place,
// which Lua's compiler looks at.
func (f *function) fail(format string, args ...any) {
	panic(&Error{Line: f.line(f.next(f.at)), Message: fmt.Sprintf(format, args...)})
}

// failNear is fail for an error that shows the token.
func (f *function) failNear(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if f.o.Tokens != nil {
		message += " near '" + f.o.Tokens.near(f.next(f.at)) + "'"
	}
	f.fail("%s", message)
}

// limit fails if n is more than a function may have of something.
func (f *function) limit(n, limit int, of string) {
	switch {
	case n <= limit:
	case f.proto.LineDefined == 0:
		f.fail("main function has more than %d %s", limit, of)
	default:
		f.fail("function at line %d has more than %d %s", f.proto.LineDefined, limit, of)
	}
}
