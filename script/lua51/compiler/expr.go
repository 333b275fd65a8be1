package compiler

import (
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// Lua's compiler makes the code that reads a variable, field or constant only
// when it knows where the value goes, and has often read the next token by then:
// its line is the one of that code. So expressions are compiled with the place
// where their value is wanted.

// to compiles an expression whose value goes to a register, a local's or the
// first that is free. That one is not reserved.
func (f *function) to(e ast.Expr, reg, at int) {
	f.enter(e)
	f.touch(reg)
	switch e := e.(type) {
	case *ast.NilExpr:
		f.at = at
		f.loadNil(reg, 1)
	case *ast.TrueExpr:
		f.at = at
		f.emit(lua.OP_LOADBOOL, reg, 1, 0)
	case *ast.FalseExpr:
		f.at = at
		f.emit(lua.OP_LOADBOOL, reg, 0, 0)
	case *ast.NumberExpr:
		f.loadNumber(reg, f.numeral(e), at)
	case *ast.StringExpr:
		f.at = at
		f.emitBx(lua.OP_LOADK, reg, f.text(e.Value))
	case *ast.Comma3Expr:
		// It cuts the stack.
		first := f.free
		f.varargs(e, 1, at)
		f.move(reg, first)
	case *ast.IdentExpr:
		f.variable(e, reg, at)
	case *ast.AttrGetExpr:
		was := f.free
		obj := f.any(e.Object, end(e.Object))
		key := f.operand(e.Key, end(e.Key))
		f.free = was
		f.at = at
		f.emit(f.fieldOp(e.Key, lua.OP_GETTABLE, lua.OP_GETTABLEKS), reg, obj, key)
	case *ast.FuncCallExpr:
		first := f.free
		f.call(e, 1)
		f.free = first
		f.at = at
		f.move(reg, first)
	case *ast.TableExpr:
		first := f.free
		f.table(e)
		f.free = first
		f.at = at
		f.move(reg, first)
	case *ast.FunctionExpr:
		f.closure(e, false, reg, e.Line())
	case *ast.ArithmeticOpExpr:
		if v, ok := f.fold(e); ok {
			f.loadNumber(reg, v, at)
			break
		}
		was := f.free
		x := f.operand(e.Lhs, f.next(end(e.Lhs)))
		y := f.operand(e.Rhs, end(e.Rhs))
		f.free = was
		f.at = end(e.Rhs)
		f.emit(arithmetic[e.Operator], reg, x, y)
	case *ast.StringConcatOpExpr:
		f.concat(e, reg)
	case *ast.UnaryMinusOpExpr:
		if v, ok := f.fold(e); ok {
			f.loadNumber(reg, v, at)
			break
		}
		f.unary(lua.OP_UNM, e.Expr, reg)
	case *ast.UnaryLenOpExpr:
		f.unary(lua.OP_LEN, e.Expr, reg)
	case *ast.UnaryNotOpExpr, *ast.RelationalOpExpr, *ast.LogicalOpExpr:
		f.logic(e, reg, at)
	}
	f.leave()
}

var arithmetic = map[string]int{
	"+": lua.OP_ADD, "-": lua.OP_SUB, "*": lua.OP_MUL, "/": lua.OP_DIV, "%": lua.OP_MOD, "^": lua.OP_POW,
}

// push compiles an expression to the first free register, which it reserves and
// returns.
func (f *function) push(e ast.Expr, at int) int {
	reg := f.free
	f.to(e, reg, at)
	f.free = reg
	f.reserve(1)
	return reg
}

// any compiles an expression to any register: its own, if it is a local.
func (f *function) any(e ast.Expr, at int) int {
	if e, ok := e.(*ast.IdentExpr); ok {
		if reg := f.local(e.Value); reg >= 0 {
			return reg
		}
	}
	return f.push(e, at)
}

// operand compiles an expression to a register or a constant, as instructions
// can have it.
func (f *function) operand(e ast.Expr, at int) int {
	k := -1
	switch e := e.(type) {
	case *ast.NilExpr:
		k = f.other(lua.LNil)
	case *ast.TrueExpr:
		k = f.other(lua.LTrue)
	case *ast.FalseExpr:
		k = f.other(lua.LFalse)
	case *ast.StringExpr:
		k = f.text(e.Value)
	case *ast.NumberExpr, *ast.ArithmeticOpExpr, *ast.UnaryMinusOpExpr:
		if v, ok := f.fold(e); ok {
			k = f.number(v)
		}
	}
	if k >= 0 && k <= maxOperand-firstConstant {
		return firstConstant + k
	}
	return f.any(e, at)
}

// fieldOp returns the instruction for a field: the quicker one for a name.
func (f *function) fieldOp(key ast.Expr, other, named int) int {
	if _, ok := key.(*ast.StringExpr); ok {
		return named
	}
	return other
}

// move copies a register.
func (f *function) move(to, from int) {
	if to != from {
		f.emit(lua.OP_MOVE, to, from, 0)
	}
}

func (f *function) loadNumber(reg int, v float64, at int) {
	f.at = at
	f.emitBx(lua.OP_LOADK, reg, f.number(v))
}

// variable reads a variable.
func (f *function) variable(e *ast.IdentExpr, reg, at int) {
	if from := f.local(e.Value); from >= 0 {
		f.at = at
		f.move(reg, from)
		return
	}
	up := f.upvalue(e.Value, e.Line())
	f.at = at
	if up >= 0 {
		f.emit(lua.OP_GETUPVAL, reg, up, 0)
		return
	}
	f.emitBx(lua.OP_GETGLOBAL, reg, f.text(e.Value))
}

func (f *function) unary(op int, e ast.Expr, reg int) {
	was := f.free
	x := f.any(e, end(e))
	f.free = was
	f.at = end(e)
	f.emit(op, reg, x, 0)
}

// concat is x .. y .. z: one instruction for registers that follow each other.
func (f *function) concat(e *ast.StringConcatOpExpr, reg int) {
	first := f.free
	last := ast.Expr(e)
	n := 0
	for {
		c, ok := last.(*ast.StringConcatOpExpr)
		if !ok {
			break
		}
		f.push(c.Lhs, f.next(end(c.Lhs)))
		last = c.Rhs
		n++
	}
	f.push(last, end(last))
	f.free = first
	f.at = end(last)
	f.emit(lua.OP_CONCAT, reg, first, first+n)
}
