package lua51

import (
	"fmt"
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// rewrite rewrites what gopher-lua's compiler makes wrong code of, and no more:
//
//   - an assignment to several places stores into the first while the right
//     side of the next still reads it; it becomes a block that evaluates
//     everything into locals, and then stores
//   - a break out of a block that lies in its loop, and whose locals a closure
//     has taken, leaves the closure with the register; the loop gets a taken
//     local of its own, which makes the compiler close them
//   - the jump back to the beginning of a while, a repeat or a generic for goes
//     elsewhere if a jump stands there, as of break, or of if false; something
//     else gets to stand there
//   - a for with one or two names leaves the state and the control of the
//     iterator as they were when it is given less than three values, and one
//     whose iterator is made with f() .. x loses what f returned
//   - a numeric for refuses strings
//   - local f = function ... end finds the new f in the function
//   - v = t.x and 5 leaves the local v as it is when t.x is nil
//   - v = (...) loses the locals after v, and v = (f(v)) loses v
//   - a store into a field of a constant goes into some local
//   - a table of more than 25,550 items loses what follows, and {50 items, f()}
//     puts what f returns over the items
//   - a numeral such as 0010 is read as octal, and 1e999 as not a number
//
// The names of the locals that it adds have parentheses, so that no script can
// have them. Lines are kept.
func rewrite(chunk []ast.Stmt) (_ []ast.Stmt, err error) {
	m := &rewriter{}
	defer func() {
		r := recover()
		if e, ok := r.(*SyntaxError); ok {
			err = e
		} else if r != nil {
			panic(r)
		}
	}()
	m.fn = &function{}
	m.fn.open(nil)
	chunk = m.stmts(chunk)
	return chunk, nil
}

// rewriter walks over a chunk with the names that are visible.
type rewriter struct {
	fn    *function
	depth int
	watch []watched
	multi int // how many calls and ... there were
}

// watched is a name that is looked for in a function.
type watched struct {
	name string
	seen bool
}

// function is a function that is walked over, and its visible locals.
type function struct {
	parent *function
	locals []local
	block  *block
}

type local struct {
	name  string
	block *block
}

// block is a block of a function. It is taken when a closure uses one of its
// locals.
type block struct {
	parent *block
	loop   *loop // set when the block is the body of a loop
	base   int   // the number of locals outside
	taken  bool
}

// loop is a loop with the blocks that its breaks leave.
type loop struct{ left []*block }

func (f *function) open(l *loop) {
	f.block = &block{parent: f.block, loop: l, base: len(f.locals)}
}

func (f *function) close() {
	f.locals = f.locals[:f.block.base]
	f.block = f.block.parent
}

func (f *function) add(names ...string) {
	for _, n := range names {
		f.locals = append(f.locals, local{n, f.block})
	}
}

// isLocal reports whether name is a local of this very function.
func (f *function) isLocal(name string) bool {
	for i := len(f.locals) - 1; i >= 0; i-- {
		if f.locals[i].name == name {
			return true
		}
	}
	return false
}

// use notes the use of a name; a local of an outer function is taken by it.
func (m *rewriter) use(name string) {
	for i := range m.watch {
		if m.watch[i].name == name {
			m.watch[i].seen = true
		}
	}
	for f := m.fn; f != nil; f = f.parent {
		for i := len(f.locals) - 1; i >= 0; i-- {
			if f.locals[i].name == name {
				if f != m.fn {
					f.locals[i].block.taken = true
				}
				return
			}
		}
	}
}

// maxDepth is how deep a program may nest; the compiler is recursive.
const maxDepth = 10_000

func (m *rewriter) enter(p ast.PositionHolder) {
	if m.depth++; m.depth > maxDepth {
		panic(&SyntaxError{line: p.Line(), msg: "chunk has too many syntax levels"})
	}
}

// body walks over a block of its own.
func (m *rewriter) body(stmts []ast.Stmt, names ...string) []ast.Stmt {
	m.fn.open(nil)
	m.fn.add(names...)
	stmts = m.stmts(stmts)
	m.fn.close()
	return stmts
}

// loopBody walks over the body of a loop; last, if any, is walked over in the
// scope of the body.
func (m *rewriter) loopBody(stmts []ast.Stmt, last *ast.Expr, names ...string) []ast.Stmt {
	l := &loop{}
	m.fn.open(l)
	m.fn.add(names...)
	stmts = m.stmts(stmts)
	if last != nil {
		m.expr(last)
	}
	m.fn.close()
	for _, b := range l.left {
		if b.taken {
			return append(takenLocal(stmts[0]), stmts...)
		}
	}
	return stmts
}

// jumpBody is loopBody for a loop that ends with a jump back.
func (m *rewriter) jumpBody(stmts []ast.Stmt, last *ast.Expr, names ...string) []ast.Stmt {
	jumps := mayBeginWithJump(stmts)
	stmts = m.loopBody(stmts, last, names...)
	if jumps {
		first := at(&ast.LocalAssignStmt{Names: []string{"(first)"}}, stmts[0])
		stmts = append([]ast.Stmt{at(&ast.DoBlockStmt{Stmts: []ast.Stmt{first}}, stmts[0])}, stmts...)
	}
	return stmts
}

// mayBeginWithJump reports whether the first instruction of the statements may be
// a jump. Conditions that are constant, or begin so, have no other.
func mayBeginWithJump(stmts []ast.Stmt) bool {
	if len(stmts) == 0 {
		return false
	}
	switch s := stmts[0].(type) {
	case *ast.BreakStmt, *ast.DoBlockStmt, *ast.RepeatStmt:
		return true
	case *ast.WhileStmt:
		return beginsConstant(s.Condition)
	case *ast.IfStmt:
		return beginsConstant(s.Condition)
	}
	return false
}

// beginsConstant reports whether a constant is the first of a condition's operands.
func beginsConstant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.LogicalOpExpr:
		return beginsConstant(e.Lhs)
	case *ast.UnaryNotOpExpr:
		return beginsConstant(e.Expr)
	case *ast.TrueExpr, *ast.FalseExpr, *ast.NilExpr, *ast.NumberExpr, *ast.StringExpr:
		return true
	}
	return false
}

func (m *rewriter) stmts(stmts []ast.Stmt) []ast.Stmt {
	for i, s := range stmts {
		stmts[i] = m.stmt(s)
	}
	return stmts
}

func (m *rewriter) stmt(s ast.Stmt) ast.Stmt {
	m.enter(s)
	out := s
	switch s := s.(type) {
	case *ast.AssignStmt:
		m.exprs(s.Lhs)
		m.exprs(s.Rhs)
		out = m.assign(s)
	case *ast.LocalAssignStmt:
		if len(s.Names) == 1 && len(s.Exprs) == 1 {
			if _, ok := s.Exprs[0].(*ast.FunctionExpr); ok {
				m.watch = append(m.watch, watched{name: s.Names[0]})
				m.exprs(s.Exprs)
				last := len(m.watch) - 1
				if m.watch[last].seen {
					s.Exprs = append(s.Exprs, at(&ast.NilExpr{}, s))
				}
				m.watch = m.watch[:last]
				m.fn.add(s.Names...)
				break
			}
		}
		m.exprs(s.Exprs)
		m.fn.add(s.Names...)
	case *ast.FuncCallStmt:
		m.expr(&s.Expr)
	case *ast.DoBlockStmt:
		s.Stmts = m.body(s.Stmts)
	case *ast.WhileStmt:
		m.expr(&s.Condition)
		s.Stmts = m.jumpBody(s.Stmts, nil)
	case *ast.RepeatStmt:
		s.Stmts = m.jumpBody(s.Stmts, &s.Condition)
	case *ast.NumberForStmt:
		m.expr(&s.Init)
		m.expr(&s.Limit)
		if s.Step != nil {
			m.expr(&s.Step)
		}
		s.Init, s.Limit = asNumber(s.Init), asNumber(s.Limit)
		if s.Step != nil {
			s.Step = asNumber(s.Step)
		}
		s.Stmts = m.loopBody(s.Stmts, nil, s.Name)
	case *ast.GenericForStmt:
		before := m.multi
		m.exprs(s.Exprs)
		nested := m.multi - before
		for _, e := range s.Exprs {
			switch e.(type) {
			case *ast.FuncCallExpr, *ast.Comma3Expr:
				nested--
			}
		}
		s.Stmts = m.jumpBody(s.Stmts, nil, s.Names...)
		out = m.genericFor(s, nested > 0)
	case *ast.IfStmt:
		m.expr(&s.Condition)
		s.Then = m.body(s.Then)
		s.Else = m.body(s.Else)
	case *ast.FuncDefStmt:
		if s.Name.Func != nil {
			m.expr(&s.Name.Func)
			m.function(s.Func, false)
		} else {
			m.expr(&s.Name.Receiver)
			m.function(s.Func, true)
		}
	case *ast.ReturnStmt:
		m.exprs(s.Exprs)
	case *ast.BreakStmt:
		m.leave()
	}
	m.depth--
	return out
}

// leave notes the blocks that a break leaves within its loop.
func (m *rewriter) leave() {
	b := m.fn.block
	for b != nil && b.loop == nil {
		b = b.parent
	}
	if b == nil {
		return // no loop; the compiler says so
	}
	for in := m.fn.block; in != b; in = in.parent {
		b.loop.left = append(b.loop.left, in)
	}
}

func (m *rewriter) exprs(es []ast.Expr) {
	for i := range es {
		m.expr(&es[i])
	}
}

func (m *rewriter) expr(p *ast.Expr) {
	m.enter(*p)
	switch e := (*p).(type) {
	case *ast.IdentExpr:
		m.use(e.Value)
	case *ast.NumberExpr:
		rewriteNumeral(e)
	case *ast.TableExpr:
		*p = m.table(e)
	case *ast.Comma3Expr:
		m.multi++
	case *ast.FuncCallExpr:
		m.multi++
		operands(e, m.expr)
	case *ast.FunctionExpr:
		m.function(e, false)
	default:
		operands(e, m.expr)
	}
	m.depth--
}

func (m *rewriter) function(e *ast.FunctionExpr, method bool) {
	m.fn = &function{parent: m.fn}
	m.fn.open(nil)
	if method {
		m.fn.add("self")
	}
	m.fn.add(e.ParList.Names...)
	if e.ParList.HasVargs {
		m.fn.add("arg")
	}
	e.Stmts = m.stmts(e.Stmts)
	m.fn = m.fn.parent
}

// asNumber returns an expression for a value of a numeric for, which may be a
// string: arithmetic makes a number of it.
func asNumber(e ast.Expr) ast.Expr {
	switch e.(type) {
	case *ast.NumberExpr, *ast.ArithmeticOpExpr, *ast.UnaryMinusOpExpr, *ast.UnaryLenOpExpr:
		return e
	}
	return at(&ast.ArithmeticOpExpr{Operator: "-", Lhs: e, Rhs: at(&ast.NumberExpr{Value: "0"}, e)}, e)
}

// genericFor gives a for the three values that it needs. Calls that are nested
// in its expressions need other registers than those that the for has taken.
func (m *rewriter) genericFor(s *ast.GenericForStmt, nested bool) ast.Stmt {
	if !nested {
		if len(s.Names) >= 3 || len(s.Exprs) >= 3 && !isMulti(s.Exprs[2]) {
			return s
		}
		if last := s.Exprs[len(s.Exprs)-1]; !isMulti(last) {
			for len(s.Exprs) < 3 {
				s.Exprs = append(s.Exprs, at(&ast.NilExpr{}, last))
			}
			return s
		}
		if len(s.Exprs) <= len(s.Names) {
			return s
		}
	}
	names := []string{"(f)", "(s)", "(c)"}
	l := at(&ast.LocalAssignStmt{Names: names, Exprs: s.Exprs}, s)
	l.SetLastLine(s.Line())
	s.Exprs = nil
	for _, n := range names {
		s.Exprs = append(s.Exprs, at(&ast.IdentExpr{Value: n}, l))
	}
	return at(&ast.DoBlockStmt{Stmts: []ast.Stmt{l, s}}, s)
}

// takenLocal returns statements that make a local of the block that they stand
// in taken by a closure, which is never made.
func takenLocal(p ast.PositionHolder) []ast.Stmt {
	f := at(&ast.FunctionExpr{
		ParList: &ast.ParList{},
		Stmts:   []ast.Stmt{at(&ast.ReturnStmt{Exprs: []ast.Expr{at(&ast.IdentExpr{Value: "(taken)"}, p)}}, p)},
	}, p)
	return []ast.Stmt{
		at(&ast.LocalAssignStmt{Names: []string{"(taken)"}}, p),
		at(&ast.IfStmt{
			Condition: at(&ast.FalseExpr{}, p),
			Then:      []ast.Stmt{at(&ast.LocalAssignStmt{Names: []string{"(closure)"}, Exprs: []ast.Expr{f}}, p)},
		}, p),
	}
}

// rewriteNumeral gives a numeral that Lua and Go read differently another form.
func rewriteNumeral(e *ast.NumberExpr) {
	s := e.Value
	plain := len(s) > 0 && len(s) < 16 && (s[0] != '0' || len(s) == 1)
	for i := 0; plain && i < len(s); i++ {
		plain = '0' <= s[i] && s[i] <= '9'
	}
	if plain {
		return
	}
	v, ok := parseNumber(s)
	if !ok {
		panic(&SyntaxError{line: e.Line(), msg: fmt.Sprintf("malformed number near '%s'", s)})
	}
	e.Value = strconv.FormatFloat(v, 'g', -1, 64)
}

// at gives a node the lines of another, and returns it.
func at[N ast.PositionHolder](node N, p ast.PositionHolder) N {
	node.SetLine(p.Line())
	last := p.LastLine()
	if last == 0 {
		last = p.Line()
	}
	node.SetLastLine(last)
	return node
}
