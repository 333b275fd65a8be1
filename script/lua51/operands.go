package lua51

import "github.com/yuin/gopher-lua/ast"

// operands calls f with the expressions that e is made of, in the order in which
// they are evaluated. The statements of a function are none of them.
func operands(e ast.Expr, f func(*ast.Expr)) {
	switch e := e.(type) {
	case *ast.AttrGetExpr:
		f(&e.Object)
		f(&e.Key)
	case *ast.TableExpr:
		for _, field := range e.Fields {
			if field.Key != nil {
				f(&field.Key)
			}
			f(&field.Value)
		}
	case *ast.FuncCallExpr:
		if e.Func != nil {
			f(&e.Func)
		} else {
			f(&e.Receiver)
		}
		for i := range e.Args {
			f(&e.Args[i])
		}
	case *ast.LogicalOpExpr:
		f(&e.Lhs)
		f(&e.Rhs)
	case *ast.RelationalOpExpr:
		f(&e.Lhs)
		f(&e.Rhs)
	case *ast.StringConcatOpExpr:
		f(&e.Lhs)
		f(&e.Rhs)
	case *ast.ArithmeticOpExpr:
		f(&e.Lhs)
		f(&e.Rhs)
	case *ast.UnaryMinusOpExpr:
		f(&e.Expr)
	case *ast.UnaryNotOpExpr:
		f(&e.Expr)
	case *ast.UnaryLenOpExpr:
		f(&e.Expr)
	}
}
