package compiler

import (
	"math"

	"github.com/yuin/gopher-lua/ast"
)

// numeral returns the value of a numeral.
func (f *function) numeral(e *ast.NumberExpr) float64 {
	s := e.Value
	if len(s) < 16 && (s[0] != '0' || len(s) == 1) {
		n := int64(0) // 15 digits
		for i := 0; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
			n = n*10 + int64(s[i]-'0')
			if i == len(s)-1 {
				return float64(n)
			}
		}
	}
	v, ok := f.o.Number(s)
	if !ok {
		if f.o.Tokens != nil {
			s = f.o.Tokens.near(e.Line())
		}
		panic(&Error{Line: f.line(e.Line()), Message: "malformed number near '" + s + "'"})
	}
	return v
}

// fold returns the value of an expression of numerals, if it is one, as Lua's
// compiler does: a division by zero, and what is no number, are left to the
// machine.
func (f *function) fold(e ast.Expr) (float64, bool) {
	f.enter(e)
	defer f.leave()
	switch e := e.(type) {
	case *ast.NumberExpr:
		return f.numeral(e), true
	case *ast.UnaryMinusOpExpr:
		v, ok := f.fold(e.Expr)
		return -v, ok && v == v
	case *ast.ArithmeticOpExpr:
		y, ok := f.fold(e.Rhs)
		if !ok || f.o.variable[e] {
			return 0, false
		}
		x, ok := f.fold(e.Lhs)
		if !ok {
			if _, long := e.Lhs.(*ast.ArithmeticOpExpr); long {
				// Each part of a long sum is looked at once.
				if f.o.variable == nil {
					f.o.variable = make(map[ast.Expr]bool)
				}
				f.o.variable[e] = true
			}
			return 0, false
		}
		v := 0.0
		switch e.Operator {
		case "+":
			v = x + y
		case "-":
			v = x - y
		case "*":
			v = x * y
		case "/":
			if y == 0 {
				return 0, false
			}
			v = x / y
		case "%":
			if y == 0 {
				return 0, false
			}
			v = x - math.Floor(x/y)*y
		case "^":
			v = math.Pow(x, y)
		}
		return v, v == v
	}
	return 0, false
}
