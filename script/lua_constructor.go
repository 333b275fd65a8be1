package script

import (
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// maxFields is how many fields of a table one function builds. The compiler
// gets 25,550 items right (a batch of 50 has a number of 9 bits), and looks for
// each constant among all others of the function.
const maxFields = 4000

// batch is how many items the compiler stores at once. Several values after a
// full batch would be stored over it.
const batch = 50

// table returns a table constructor in a form that the compiler gets right.
func (m *mender) table(t *ast.TableExpr) ast.Expr {
	items := 0
	for _, f := range t.Fields {
		if f.Key != nil {
			m.expr(&f.Key)
		} else {
			items++
		}
		m.expr(&f.Value)
	}
	n := len(t.Fields)
	if n > 0 {
		last := t.Fields[n-1]
		if last.Key == nil && isMulti(last.Value) && items > 1 && (items-1)%batch == 0 {
			// The last item before goes with the values.
			cut := n - 2
			for t.Fields[cut].Key != nil {
				cut--
			}
			return splitTable(t, cut)
		}
	}
	if n > maxFields {
		return splitTable(t, n)
	}
	return t
}

// splitTable returns a call of a function that builds the table in parts, of
// which one begins at cut at the latest, and each is built by a function:
//
//	(function(...)
//	  local (t) = (function(...) return {first fields} end)(...);
//	  (function(...)
//	    local (u) = {next items}
//	    for (i) = 1, #(u) do (t)[(i) + n] = (u)[(i)] end
//	    (t).key = value
//	  end)(...)
//	  ...
//	  return (t)
//	end)(...)
func splitTable(t *ast.TableExpr, cut int) ast.Expr {
	id := func(name string) ast.Expr { return at(&ast.IdentExpr{Value: name}, t) }
	num := func(n int) ast.Expr { return at(&ast.NumberExpr{Value: strconv.Itoa(n)}, t) }
	varargs := false
	for _, f := range t.Fields {
		varargs = varargs || usesVarargs(f.Value) || f.Key != nil && usesVarargs(f.Key)
	}
	call := func(stmts ...ast.Stmt) *ast.FuncCallExpr {
		c := at(&ast.FuncCallExpr{
			Func:      at(&ast.FunctionExpr{ParList: &ast.ParList{HasVargs: varargs}, Stmts: stmts}, t),
			AdjustRet: true,
		}, t)
		if varargs {
			c.Args = []ast.Expr{at(&ast.Comma3Expr{}, t)}
		}
		return c
	}
	var stmts []ast.Stmt
	done := 0
	for from := 0; from < len(t.Fields); {
		to := min(from+maxFields, len(t.Fields))
		if from < cut {
			to = min(to, cut)
		}
		part := t.Fields[from:to]
		items := 0
		for _, f := range part {
			if f.Key == nil {
				items++
			}
		}
		if from == 0 {
			stmts = append(stmts, at(&ast.LocalAssignStmt{
				Names: []string{"(t)"},
				Exprs: []ast.Expr{call(at(&ast.ReturnStmt{Exprs: []ast.Expr{at(&ast.TableExpr{Fields: part}, t)}}, t))},
			}, t))
		} else {
			plain := &ast.TableExpr{}
			var keyed []ast.Stmt
			for _, f := range part {
				if f.Key == nil {
					plain.Fields = append(plain.Fields, f)
					continue
				}
				keyed = append(keyed, at(&ast.AssignStmt{
					Lhs: []ast.Expr{at(&ast.AttrGetExpr{Object: id("(t)"), Key: f.Key}, f.Value)},
					Rhs: []ast.Expr{f.Value},
				}, f.Value))
			}
			store := at(&ast.AssignStmt{
				Lhs: []ast.Expr{at(&ast.AttrGetExpr{Object: id("(t)"), Key: at(&ast.ArithmeticOpExpr{Operator: "+", Lhs: id("(i)"), Rhs: num(done)}, t)}, t)},
				Rhs: []ast.Expr{at(&ast.AttrGetExpr{Object: id("(u)"), Key: id("(i)")}, t)},
			}, t)
			body := append([]ast.Stmt{
				at(&ast.LocalAssignStmt{Names: []string{"(u)"}, Exprs: []ast.Expr{at(plain, t)}}, t),
				at(&ast.NumberForStmt{Name: "(i)", Init: num(1), Limit: at(&ast.UnaryLenOpExpr{Expr: id("(u)")}, t), Stmts: []ast.Stmt{store}}, t),
			}, keyed...)
			stmts = append(stmts, at(&ast.FuncCallStmt{Expr: call(body...)}, t))
		}
		done += items
		from = to
	}
	stmts = append(stmts, at(&ast.ReturnStmt{Exprs: []ast.Expr{id("(t)")}}, t))
	return call(stmts...)
}

// usesVarargs reports whether ... stands in e, outside of functions.
func usesVarargs(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Comma3Expr:
		return true
	case *ast.AttrGetExpr:
		return usesVarargs(e.Object) || usesVarargs(e.Key)
	case *ast.TableExpr:
		for _, f := range e.Fields {
			if f.Key != nil && usesVarargs(f.Key) || usesVarargs(f.Value) {
				return true
			}
		}
	case *ast.FuncCallExpr:
		for _, a := range e.Args {
			if usesVarargs(a) {
				return true
			}
		}
		return e.Func != nil && usesVarargs(e.Func) || e.Receiver != nil && usesVarargs(e.Receiver)
	case *ast.LogicalOpExpr:
		return usesVarargs(e.Lhs) || usesVarargs(e.Rhs)
	case *ast.RelationalOpExpr:
		return usesVarargs(e.Lhs) || usesVarargs(e.Rhs)
	case *ast.StringConcatOpExpr:
		return usesVarargs(e.Lhs) || usesVarargs(e.Rhs)
	case *ast.ArithmeticOpExpr:
		return usesVarargs(e.Lhs) || usesVarargs(e.Rhs)
	case *ast.UnaryMinusOpExpr:
		return usesVarargs(e.Expr)
	case *ast.UnaryNotOpExpr:
		return usesVarargs(e.Expr)
	case *ast.UnaryLenOpExpr:
		return usesVarargs(e.Expr)
	}
	return false
}
