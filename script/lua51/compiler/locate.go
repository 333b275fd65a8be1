package compiler

import (
	"github.com/yuin/gopher-lua/ast"
)

// The parser gives nodes the line that they begin in, and lines of few other
// tokens. Lua tells errors by the lines where fields, calls and operators end.
// So the tree is walked along the tokens, and each node gets the numbers of its
// tokens in place of lines:
//
//	Line      of a call: what its arguments begin with; of a function that is
//	          an expression or a local: the parenthesis of its parameters; of
//	          others: the first
//	LastLine  the last; the end of a function

// Locate gives the nodes of a chunk their places among its tokens. It reports
// false, and leaves the nodes of no use, when they do not fit.
func Locate(chunk []ast.Stmt, t *Tokens) (ok bool) {
	l := &locator{t: t, i: 1}
	defer func() {
		if r := recover(); r == errMisfit {
			ok = false
		} else if r != nil {
			panic(r)
		}
	}()
	l.block(chunk)
	return l.i == len(t.List)-1
}

type misfit struct{}

var errMisfit = misfit{}

// locator is on its way through the tokens.
type locator struct {
	t     *Tokens
	i     int   // the next token
	open  []int // parentheses around expressions, which the tree has not
	depth int
}

// enter goes down to a node. What is too deep for the compiler is too deep here.
func (l *locator) enter() {
	if l.depth++; l.depth > maxDepth {
		panic(errMisfit)
	}
}

func (l *locator) leave() { l.depth-- }

// body goes through do ... end.
func (l *locator) body(stmts []ast.Stmt) {
	l.want("do")
	l.block(stmts)
	l.want("end")
}

func (l *locator) peek() string { return l.t.at(l.i) }

// want passes over a token, and returns its number.
func (l *locator) want(text string) int {
	if l.peek() != text {
		panic(errMisfit)
	}
	l.i++
	return l.i - 1
}

// skip passes over a token if it comes next.
func (l *locator) skip(text string) bool {
	if l.peek() == text {
		l.i++
		return true
	}
	return false
}

// any passes over a token, and returns its number.
func (l *locator) any() int {
	l.i++
	return l.i - 1
}

// Goto is what stands for the name goto in the text that the parser gets: that is
// a keyword for it.
const Goto = "goto_of_lua_5_1"

// name passes over a name, which it gives back to what the parser got it for.
func (l *locator) name(name *string) {
	if *name == Goto && l.peek() == "goto" {
		*name = "goto"
	}
	l.i++
}

// key passes over the name of a field.
func (l *locator) key(e ast.Expr) {
	if s, ok := e.(*ast.StringExpr); ok {
		l.name(&s.Value)
	} else {
		l.i++
	}
	place(e, l.i-1)
}

func (l *locator) block(stmts []ast.Stmt) {
	for _, s := range stmts {
		l.stmt(s)
		l.skip(";")
	}
}

func (l *locator) stmt(s ast.Stmt) {
	l.enter()
	defer l.leave()
	s.SetLine(l.i)
	switch s := s.(type) {
	case *ast.AssignStmt:
		l.exprs(s.Lhs)
		l.want("=")
		l.exprs(s.Rhs)
	case *ast.LocalAssignStmt:
		l.want("local")
		if l.skip("function") {
			l.name(&s.Names[0])
			l.function(s.Exprs[0].(*ast.FunctionExpr))
			break
		}
		l.names(s.Names)
		if len(s.Exprs) > 0 {
			l.want("=")
			l.exprs(s.Exprs)
		}
		return // without an end it is no local function
	case *ast.FuncCallStmt:
		l.expr(s.Expr)
		if call, ok := s.Expr.(*ast.FuncCallExpr); !ok || call.AdjustRet {
			panic(errMisfit)
		}
	case *ast.DoBlockStmt:
		l.body(s.Stmts)
	case *ast.WhileStmt:
		l.want("while")
		l.expr(s.Condition)
		l.body(s.Stmts)
	case *ast.RepeatStmt:
		l.want("repeat")
		l.block(s.Stmts)
		l.want("until")
		l.expr(s.Condition)
	case *ast.NumberForStmt:
		l.want("for")
		l.name(&s.Name)
		l.want("=")
		l.expr(s.Init)
		l.want(",")
		l.expr(s.Limit)
		if s.Step != nil {
			l.want(",")
			l.expr(s.Step)
		}
		l.body(s.Stmts)
	case *ast.GenericForStmt:
		l.want("for")
		l.names(s.Names)
		l.want("in")
		l.exprs(s.Exprs)
		l.body(s.Stmts)
	case *ast.IfStmt:
		l.want("if")
		l.ifs(s)
	case *ast.FuncDefStmt:
		l.want("function")
		if s.Name.Func != nil {
			l.expr(s.Name.Func)
		} else {
			l.expr(s.Name.Receiver)
			l.want(":")
			l.name(&s.Name.Method)
		}
		l.function(s.Func)
	case *ast.ReturnStmt:
		l.want("return")
		l.exprs(s.Exprs)
	case *ast.BreakStmt:
		l.want("break")
	default:
		panic(errMisfit)
	}
	s.SetLastLine(l.i - 1)
}

// ifs is an if from its condition on.
func (l *locator) ifs(s *ast.IfStmt) {
	for {
		l.expr(s.Condition)
		l.want("then")
		l.block(s.Then)
		if !l.skip("elseif") {
			break
		}
		s = s.Else[0].(*ast.IfStmt)
		s.SetLine(l.i - 1)
	}
	if l.skip("else") {
		l.block(s.Else)
	}
	l.want("end")
}

func (l *locator) names(names []string) {
	for i := range names {
		if i > 0 {
			l.want(",")
		}
		l.name(&names[i])
	}
}

// function is a function from its parameters on.
func (l *locator) function(f *ast.FunctionExpr) {
	f.SetLine(l.want("("))
	l.names(f.ParList.Names)
	if f.ParList.HasVargs {
		l.skip(",")
		l.want("...")
	}
	l.want(")")
	l.block(f.Stmts)
	f.SetLastLine(l.want("end"))
}

func (l *locator) exprs(es []ast.Expr) {
	for i, e := range es {
		if i > 0 {
			l.want(",")
		}
		l.expr(e)
	}
}

// expr is an expression with the parentheses around it.
func (l *locator) expr(e ast.Expr) {
	l.enter()
	start := l.i
	switch e := e.(type) {
	case *ast.AttrGetExpr:
		l.expr(e.Object)
		if l.skip("[") {
			l.expr(e.Key)
			l.want("]")
			break
		}
		l.want(".")
		l.key(e.Key)
	case *ast.FuncCallExpr:
		l.call(e)
	case *ast.LogicalOpExpr:
		l.binary(e.Lhs, e.Rhs, e.Operator)
	case *ast.RelationalOpExpr:
		l.binary(e.Lhs, e.Rhs, e.Operator)
	case *ast.StringConcatOpExpr:
		l.binary(e.Lhs, e.Rhs, "..")
	case *ast.ArithmeticOpExpr:
		l.binary(e.Lhs, e.Rhs, e.Operator)
	case *ast.UnaryMinusOpExpr:
		l.unary("-", e.Expr)
	case *ast.UnaryNotOpExpr:
		l.unary("not", e.Expr)
	case *ast.UnaryLenOpExpr:
		l.unary("#", e.Expr)
	case *ast.FunctionExpr:
		l.parens()
		l.want("function")
		l.function(e)
		l.closeParens(e, start)
		l.leave()
		return
	case *ast.TableExpr:
		l.parens()
		e.SetLine(l.i)
		l.table(e)
	case *ast.IdentExpr:
		l.parens()
		l.name(&e.Value)
		place(e, l.i-1)
	default:
		l.parens()
		place(e, l.any())
	}
	e.SetLastLine(l.i - 1)
	l.closeParens(e, start)
	l.leave()
}

func place(e ast.Expr, i int) {
	e.SetLine(i)
	e.SetLastLine(i)
}

// parens passes over the parentheses that an expression begins with.
func (l *locator) parens() {
	for l.peek() == "(" {
		l.open = append(l.open, l.any())
	}
}

// closeParens passes over those that end with an expression: they were opened
// where it begins.
func (l *locator) closeParens(e ast.Expr, start int) {
	for n := len(l.open); n > 0 && l.open[n-1] >= start && l.peek() == ")"; n-- {
		l.open = l.open[:n-1]
		last := l.any()
		if _, function := e.(*ast.FunctionExpr); !function {
			e.SetLastLine(last)
		}
	}
}

func (l *locator) binary(lhs, rhs ast.Expr, operator string) {
	l.expr(lhs)
	l.want(operator)
	l.expr(rhs)
}

func (l *locator) unary(operator string, e ast.Expr) {
	l.parens()
	l.want(operator)
	l.expr(e)
}

func (l *locator) call(e *ast.FuncCallExpr) {
	if e.Func != nil {
		l.expr(e.Func)
	} else {
		l.expr(e.Receiver)
		l.want(":")
		l.name(&e.Method)
	}
	e.SetLine(l.i)
	if l.peek() == "(" && l.t.List[l.i].Line != l.t.List[l.i-1].Line {
		panic(errMisfit) // Lua takes it for ambiguous
	}
	if !l.skip("(") {
		l.exprs(e.Args) // a string or a table
		return
	}
	l.exprs(e.Args)
	l.want(")")
}

func (l *locator) table(e *ast.TableExpr) {
	l.want("{")
	for i, field := range e.Fields {
		if i > 0 && !l.skip(",") {
			l.want(";")
		}
		switch {
		case field.Key == nil:
		case l.skip("["):
			l.expr(field.Key)
			l.want("]")
			l.want("=")
		default:
			l.key(field.Key)
			l.want("=")
		}
		l.expr(field.Value)
	}
	if !l.skip(",") {
		l.skip(";")
	}
	l.want("}")
}
