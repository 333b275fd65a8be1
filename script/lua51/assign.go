package lua51

import (
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// assign returns the statement for an assignment. All objects, keys and values
// are evaluated in the order of the text, and then stored from the last to the
// first, as lua does.
func (m *rewriter) assign(s *ast.AssignStmt) ast.Stmt {
	n := len(s.Lhs)
	if len(s.Rhs) == n {
		// One value is stored of a last call or ... in any case, and the
		// compiler makes wrong code for (f()) and (...).
		switch e := s.Rhs[n-1].(type) {
		case *ast.FuncCallExpr:
			e.AdjustRet = false
		case *ast.Comma3Expr:
			e.AdjustRet = false
		}
	}
	if n == 1 && len(s.Rhs) == 1 {
		switch l := s.Lhs[0].(type) {
		case *ast.AttrGetExpr:
			if !isConstant(l.Object) {
				return s
			}
		case *ast.IdentExpr:
			if !m.loses(l, s.Rhs[0]) {
				return s
			}
			name := "(v0)"
			return at(&ast.DoBlockStmt{Stmts: []ast.Stmt{
				at(&ast.LocalAssignStmt{Names: []string{name}, Exprs: s.Rhs}, s),
				at(&ast.AssignStmt{Lhs: s.Lhs, Rhs: []ast.Expr{at(&ast.IdentExpr{Value: name}, s)}}, s),
			}}, s)
		}
	}
	var out []ast.Stmt
	var names []string
	var exprs []ast.Expr
	temp := func(kind string, i int, e ast.Expr) ast.Expr {
		name := "(" + kind + strconv.Itoa(i) + ")"
		names = append(names, name)
		exprs = append(exprs, e)
		return at(&ast.IdentExpr{Value: name}, s)
	}
	stores := make([]ast.Stmt, n)
	for i, l := range s.Lhs {
		if g, ok := l.(*ast.AttrGetExpr); ok {
			c := at(&ast.AttrGetExpr{Object: g.Object, Key: g.Key}, g)
			if !m.stable(g.Object, s) {
				c.Object = temp("o", i, g.Object)
			}
			if !isConstant(g.Key) && !m.stable(g.Key, s) {
				c.Key = temp("k", i, g.Key)
			}
			l = c
		}
		stores[i] = at(&ast.AssignStmt{Lhs: []ast.Expr{l}}, s)
	}
	if len(names) > 0 {
		out = append(out, at(&ast.LocalAssignStmt{Names: names, Exprs: exprs}, s))
		names, exprs = nil, nil
	}
	kept := n
	last, _ := s.Lhs[n-1].(*ast.IdentExpr)
	if len(s.Rhs) == n && (last == nil || !m.loses(last, s.Rhs[n-1])) {
		// The last value may be stored at once: its store is the first.
		kept = n - 1
		stores[kept].(*ast.AssignStmt).Rhs = []ast.Expr{s.Rhs[kept]}
		exprs = s.Rhs[:kept:kept]
	} else {
		exprs = s.Rhs
	}
	for i := range kept {
		name := "(v" + strconv.Itoa(i) + ")"
		names = append(names, name)
		stores[i].(*ast.AssignStmt).Rhs = []ast.Expr{at(&ast.IdentExpr{Value: name}, s)}
	}
	if kept > 0 {
		out = append(out, at(&ast.LocalAssignStmt{Names: names, Exprs: exprs}, s))
	}
	for i := n - 1; i >= 0; i-- {
		out = append(out, stores[i])
	}
	return at(&ast.DoBlockStmt{Stmts: out}, s)
}

// loses reports whether the compiler would lose the value of e, an and or an
// or, on the way to a local: it forgets to store an operand that is false and
// the result, and stores one that is true too early when it is not.
func (m *rewriter) loses(id *ast.IdentExpr, e ast.Expr) bool {
	l, ok := e.(*ast.LogicalOpExpr)
	if !ok || !m.fn.isLocal(id.Value) {
		return false
	}
	for ok {
		and := l.Operator == "and"
		if m.operandLoses(l.Lhs, and, !and, !and) {
			return true
		}
		l, ok = l.Rhs.(*ast.LogicalOpExpr)
	}
	return false
}

// operandLoses is loses for an operand that is not the last. It is the result
// when it is false, for falseEnds, or true, for trueEnds; or says that it
// stands before an or.
func (m *rewriter) operandLoses(e ast.Expr, falseEnds, trueEnds, or bool) bool {
	switch e := e.(type) {
	case *ast.LogicalOpExpr:
		if e.Operator == "and" {
			return m.operandLoses(e.Lhs, falseEnds, false, false) || m.operandLoses(e.Rhs, falseEnds, trueEnds, or)
		}
		return m.operandLoses(e.Lhs, false, trueEnds, true) || m.operandLoses(e.Rhs, falseEnds, trueEnds, or)
	case *ast.RelationalOpExpr, *ast.NilExpr, *ast.FalseExpr, *ast.TrueExpr, *ast.NumberExpr, *ast.StringExpr:
		return or && !trueEnds
	case *ast.IdentExpr:
		return or && !trueEnds || falseEnds && !m.fn.isLocal(e.Value)
	}
	return or && !trueEnds || falseEnds
}

// stable reports whether e is a local of this function that s does not assign
// to, which can be read as well when s stores.
func (m *rewriter) stable(e ast.Expr, s *ast.AssignStmt) bool {
	id, ok := e.(*ast.IdentExpr)
	if !ok || !m.fn.isLocal(id.Value) {
		return false
	}
	for _, l := range s.Lhs {
		if l, ok := l.(*ast.IdentExpr); ok && l.Value == id.Value {
			return false
		}
	}
	return true
}

// isConstant reports whether the compiler may put e into an instruction as a
// constant.
func isConstant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.StringExpr, *ast.NumberExpr:
		return true
	case *ast.UnaryMinusOpExpr:
		return isConstant(e.Expr)
	case *ast.ArithmeticOpExpr:
		return isConstant(e.Lhs) && isConstant(e.Rhs)
	}
	return false
}

// isMulti reports whether e may give any number of values.
func isMulti(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		return !e.AdjustRet
	case *ast.Comma3Expr:
		return !e.AdjustRet
	}
	return false
}
