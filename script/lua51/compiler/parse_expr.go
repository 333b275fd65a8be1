package compiler

import "github.com/yuin/gopher-lua/ast"

// A numeral is a folded expression of numerals.
type numeral struct {
	ast.ExprBase
	value float64
}

func (p *parser) exprs() []ast.Expr {
	list := []ast.Expr{p.expr()}
	for p.skip(",") {
		list = append(list, p.expr())
	}
	return list
}

func (p *parser) expr() ast.Expr { return p.operation(0) }

// unaryPriority is the priority of -, not and #.
const unaryPriority = 8

// priorities returns the left and the right priority of an operator, or 0 if the
// token is not an operator.
func priorities(operator string) (left, right int) {
	switch operator {
	case "or":
		return 1, 1
	case "and":
		return 2, 2
	case "<", ">", "<=", ">=", "~=", "==":
		return 3, 3
	case "..":
		return 5, 4
	case "+", "-":
		return 6, 6
	case "*", "/", "%":
		return 7, 7
	case "^":
		return 10, 9
	}
	return 0, 0
}

// operation is an expression of operators that bind stronger than the limit.
func (p *parser) operation(limit int) ast.Expr {
	p.enter()
	first := p.i
	var e ast.Expr
	switch operator := p.now; operator {
	case "not", "-", "#":
		p.next()
		e = p.located(unary(operator, p.operation(unaryPriority)), first)
	default:
		e = p.operand()
	}
	for {
		operator := p.now
		left, right := priorities(operator)
		if left <= limit {
			break
		}
		p.next()
		e = p.located(binary(operator, e, p.operation(right)), first)
	}
	p.calls--
	return e
}

// located gives an expression that ends before the token that is looked at its
// place.
func (p *parser) located(e ast.Expr, first int) ast.Expr {
	e.SetLine(first)
	e.SetLastLine(p.i - 1)
	return e
}

func unary(operator string, e ast.Expr) ast.Expr {
	switch operator {
	case "not":
		return &ast.UnaryNotOpExpr{Expr: e}
	case "#":
		return &ast.UnaryLenOpExpr{Expr: e}
	}
	if n, ok := e.(*numeral); ok && n.value == n.value {
		return &numeral{value: -n.value}
	}
	return &ast.UnaryMinusOpExpr{Expr: e}
}

func binary(operator string, x, y ast.Expr) ast.Expr {
	switch operator {
	case "and", "or":
		return &ast.LogicalOpExpr{Operator: operator, Lhs: x, Rhs: y}
	case "..":
		return &ast.StringConcatOpExpr{Lhs: x, Rhs: y}
	case "<", ">", "<=", ">=", "~=", "==":
		return &ast.RelationalOpExpr{Operator: operator, Lhs: x, Rhs: y}
	}
	if a, ok := x.(*numeral); ok {
		if b, ok := y.(*numeral); ok {
			if v, ok := fold(operator, a.value, b.value); ok {
				return &numeral{value: v}
			}
		}
	}
	return &ast.ArithmeticOpExpr{Operator: operator, Lhs: x, Rhs: y}
}

func (p *parser) operand() (e ast.Expr) {
	switch {
	case p.now == "":
		e, _ = p.primary()
		return e
	case p.isString():
		return p.text()
	case isNumeral(p.now):
		e = &numeral{value: p.value}
	case p.now == "nil":
		e = &ast.NilExpr{}
	case p.now == "true":
		e = &ast.TrueExpr{}
	case p.now == "false":
		e = &ast.FalseExpr{}
	case p.now == "...":
		if !p.vararg {
			p.fail("cannot use '...' outside a vararg function")
		}
		e = &ast.Comma3Expr{}
	case p.now == "{":
		return p.table()
	case p.now == "function":
		p.next()
		return p.function(p.line())
	default:
		e, _ = p.primary()
		return e
	}
	p.next()
	return p.located(e, p.i-1)
}

// text is a string.
func (p *parser) text() ast.Expr {
	e := &ast.StringExpr{Value: stringValue(p.now)}
	p.next()
	return p.located(e, p.i-1)
}

// key is a name as a string.
func (p *parser) key() ast.Expr {
	e := &ast.StringExpr{Value: p.name()}
	return p.located(e, p.i-1)
}

// variable is a name as an expression.
func (p *parser) variable() ast.Expr {
	e := &ast.IdentExpr{Value: p.name()}
	p.refer(e.Value)
	return p.located(e, p.i-1)
}

// field is the name after an object and a dot.
func (p *parser) field(object ast.Expr) ast.Expr {
	e := &ast.AttrGetExpr{Object: object, Key: p.key()}
	return p.located(e, object.Line())
}

// What an expression is that a statement may begin with.
const (
	isOther = iota
	isVariable
	isCall
)

// primary is a name or an expression in parentheses, with the fields and calls
// that follow.
func (p *parser) primary() (e ast.Expr, what int) {
	first := p.i
	switch line := p.line(); {
	case p.now == "(":
		p.next()
		e = p.expr()
		p.close(")", "(", line)
		switch e := e.(type) {
		case *ast.FuncCallExpr:
			e.AdjustRet = true
		case *ast.Comma3Expr:
			e.AdjustRet = true
		}
		if _, function := e.(*ast.FunctionExpr); !function {
			e.SetLastLine(p.i - 1)
		}
	case p.isName():
		e, what = p.variable(), isVariable
	default:
		p.fail("unexpected symbol")
	}
	for {
		switch {
		case p.now == ".":
			p.next()
			e, what = p.located(&ast.AttrGetExpr{Object: e, Key: p.key()}, first), isVariable
		case p.now == "[":
			p.next()
			key := p.expr()
			p.want("]")
			e, what = p.located(&ast.AttrGetExpr{Object: e, Key: key}, first), isVariable
		case p.now == ":":
			p.next()
			e, what = p.call(&ast.FuncCallExpr{Receiver: e, Method: p.name()}), isCall
		case p.now == "(", p.now == "{", p.isString():
			e, what = p.call(&ast.FuncCallExpr{Func: e}), isCall
		default:
			return e, what
		}
	}
}

// call is a call from its arguments on.
func (p *parser) call(e *ast.FuncCallExpr) ast.Expr {
	first := p.i
	switch line := p.line(); {
	case p.now == "(":
		if line != p.last() {
			p.fail("ambiguous syntax (function call x new statement)")
		}
		p.next()
		if p.now != ")" {
			e.Args = p.exprs()
		}
		p.close(")", "(", line)
	case p.now == "{":
		e.Args = []ast.Expr{p.table()}
	case p.isString():
		e.Args = []ast.Expr{p.text()}
	default:
		p.fail("function arguments expected")
	}
	return p.located(e, first)
}

func (p *parser) table() ast.Expr {
	e, first, line := &ast.TableExpr{}, p.i, p.line()
	p.next()
	for p.now != "}" {
		field := &ast.Field{}
		switch {
		case p.now == "[":
			p.next()
			field.Key = p.expr()
			p.want("]")
			p.want("=")
		case p.isName():
			if p.ahead = p.i + 1; p.t.at(p.ahead) == "=" {
				field.Key = p.key()
				p.next()
			}
		}
		field.Value = p.expr()
		e.Fields = append(e.Fields, field)
		if !p.skip(",") && !p.skip(";") {
			break
		}
	}
	p.close("}", "{", line)
	return p.located(e, first)
}
