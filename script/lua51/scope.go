package lua51

import (
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// gopher-lua's compiler notes where a local begins, but not where it ends: it
// takes its register for its number. What errors and debug.getlocal say of
// locals needs both.
//
// So every node gets, instead of its line, the number of a place: a line and
// the block that it is in. The compiler copies that to the instructions, which
// tell so how far a block goes, and then get their lines back.

// scopes are the blocks of a chunk and the places of its nodes. The number of
// a place is negative, so that it is not taken for a line.
type scopes struct {
	positions []position
	recent    [2]int // the numbers of the places that were used last
	blocks    []int  // the block around each, in its function; 0 is none
	last      int    // the line where the chunk ends
	before    int    // how many lines are before the chunk

	block int
	fn    *localScope
}

// position is where a node is. Each function has one of its own, which leads to its
// locals.
type position struct {
	line, block int
	fn          *localScope
}

// localScope is the locals of a function, as the compiler comes to them, and their
// blocks.
type localScope struct {
	names  []string
	blocks []int
}

// numberPlaces gives the nodes of a chunk, which has lines before it, the
// numbers of their places.
func numberPlaces(chunk []ast.Stmt, before int) *scopes {
	s := &scopes{blocks: []int{0}, before: before}
	if len(chunk) > 0 {
		end := chunk[len(chunk)-1]
		if s.last = end.LastLine(); s.last == 0 {
			s.last = end.Line()
		}
		s.last += 1 + before
	}
	s.fn = &localScope{}
	s.open()
	s.stmts(chunk)
	return s
}

func (s *scopes) open() {
	s.blocks = append(s.blocks, s.block)
	s.block = len(s.blocks) - 1
}

func (s *scopes) close() { s.block = s.blocks[s.block] }

// add notes locals of the block.
func (s *scopes) add(names ...string) {
	for _, n := range names {
		s.fn.names = append(s.fn.names, n)
		s.fn.blocks = append(s.fn.blocks, s.block)
	}
}

// number returns the number of a line in the block.
func (s *scopes) number(line int) int {
	if line < 0 {
		return line // a node that stands in two places
	}
	line += s.before
	for i, n := range s.recent {
		if n != 0 && s.positions[-n-1].line == line && s.positions[-n-1].block == s.block {
			if i > 0 {
				s.recent[0], s.recent[1] = n, s.recent[0]
			}
			return n
		}
	}
	s.positions = append(s.positions, position{line: line, block: s.block})
	s.recent[0], s.recent[1] = -len(s.positions), s.recent[0]
	return s.recent[0]
}

func (s *scopes) set(p ast.PositionHolder) {
	p.SetLine(s.number(p.Line()))
	if line := p.LastLine(); line != 0 {
		p.SetLastLine(s.number(line))
	}
}

// line returns the line that a number stands for.
func (s *scopes) line(n int) int {
	if n >= 0 || -n > len(s.positions) {
		return n
	}
	return s.positions[-n-1].line
}

// body walks over a block of its own.
func (s *scopes) body(stmts []ast.Stmt, names ...string) {
	s.open()
	s.add(names...)
	s.stmts(stmts)
	s.close()
}

func (s *scopes) stmts(stmts []ast.Stmt) {
	for _, st := range stmts {
		s.set(st)
		s.stmt(st)
	}
}

func (s *scopes) stmt(st ast.Stmt) {
	switch st := st.(type) {
	case *ast.AssignStmt:
		s.exprs(st.Lhs)
		s.exprs(st.Rhs)
	case *ast.LocalAssignStmt:
		s.exprs(st.Exprs)
		s.add(st.Names...)
	case *ast.FuncCallStmt:
		s.expr(st.Expr)
	case *ast.DoBlockStmt:
		s.body(st.Stmts)
	case *ast.WhileStmt:
		s.expr(st.Condition)
		s.body(st.Stmts)
	case *ast.RepeatStmt:
		s.open()
		s.stmts(st.Stmts)
		s.expr(st.Condition)
		s.close()
	case *ast.NumberForStmt:
		s.open()
		s.add("(for index)", "(for limit)", "(for step)", st.Name)
		s.expr(st.Init)
		s.expr(st.Limit)
		s.expr(st.Step)
		s.stmts(st.Stmts)
		s.close()
	case *ast.GenericForStmt:
		s.open()
		s.add("(for generator)", "(for state)", "(for control)")
		s.add(st.Names...)
		s.exprs(st.Exprs)
		s.stmts(st.Stmts)
		s.close()
	case *ast.IfStmt:
		s.expr(st.Condition)
		s.body(st.Then)
		s.body(st.Else)
	case *ast.FuncDefStmt:
		s.expr(st.Name.Func)
		s.expr(st.Name.Receiver)
		s.function(st.Func, st.Name.Func == nil)
	case *ast.ReturnStmt:
		s.exprs(st.Exprs)
	}
}

func (s *scopes) exprs(es []ast.Expr) {
	for _, e := range es {
		s.expr(e)
	}
}

func (s *scopes) expr(e ast.Expr) {
	if e == nil {
		return
	}
	if f, ok := e.(*ast.FunctionExpr); ok {
		s.function(f, false)
		return
	}
	s.set(e)
	operands(e, func(p *ast.Expr) { s.expr(*p) })
}

func (s *scopes) function(f *ast.FunctionExpr, method bool) {
	fn := &localScope{}
	s.positions = append(s.positions, position{line: f.Line() + s.before, block: s.block, fn: fn})
	f.SetLine(-len(s.positions))
	outer, around := s.fn, s.block
	s.fn, s.block = fn, 0
	s.open()
	if line := f.LastLine(); line != 0 {
		f.SetLastLine(s.number(line))
	}
	if method {
		s.add("self")
	}
	s.add(f.ParList.Names...)
	if f.ParList.HasVargs {
		s.add("arg")
	}
	s.stmts(f.Stmts)
	s.fn, s.block = outer, around
}

// restore gives the functions of a chunk their lines back, and their locals
// the ends of their blocks.
func (s *scopes) restore(main *lua.FunctionProto) {
	// The compiler makes a line of its own for the end of the chunk.
	main.LastLineDefined = s.last
	if n := len(main.DbgSourcePositions); n > 0 {
		main.DbgSourcePositions[n-1] = s.last
	}
	s.restoreFunction(main, s.fn, make([]int, len(s.blocks)))
}

// restoreFunction is restore for a function. The slice ends is to be used for
// the ends of its blocks.
func (s *scopes) restoreFunction(p *lua.FunctionProto, fn *localScope, ends []int) {
	for pc, n := range p.DbgSourcePositions {
		if n >= 0 || -n > len(s.positions) {
			continue
		}
		at := s.positions[-n-1]
		p.DbgSourcePositions[pc] = at.line
		for b := at.block; b > 0 && ends[b] != pc+1; b = s.blocks[b] {
			ends[b] = pc + 1
		}
	}
	known := fn != nil && len(fn.names) == len(p.DbgLocals)
	for i, l := range p.DbgLocals {
		if known = known && fn.names[i] == l.Name; !known {
			p.DbgLocals = nil // say nothing rather than what is wrong
			break
		}
		l.EndPc = max(ends[fn.blocks[i]], l.StartPc)
	}
	for _, in := range p.FunctionPrototypes {
		var fn *localScope
		if n := in.LineDefined; n < 0 && -n <= len(s.positions) {
			fn = s.positions[-n-1].fn
		}
		in.LineDefined, in.LastLineDefined = s.line(in.LineDefined), s.line(in.LastLineDefined)
		s.restoreFunction(in, fn, ends)
	}
}
