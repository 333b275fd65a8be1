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
	case *numeral:
		f.loadNumber(reg, e.value, at)
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
		f.getField(e, reg, f.any(e.Object, end(e.Object)), at)
		f.free = was
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
		f.arithmetic(e, reg)
	case *ast.StringConcatOpExpr:
		f.concat(e, reg)
	case *ast.UnaryMinusOpExpr:
		f.unary(lua.OP_UNM, e.Expr, reg)
	case *ast.UnaryLenOpExpr:
		f.unary(lua.OP_LEN, e.Expr, reg)
	case *ast.UnaryNotOpExpr, *ast.RelationalOpExpr, *ast.LogicalOpExpr:
		f.logic(e, reg, at)
	}
}

// arithmetic compiles an operation and its chain of left operands, which may have any
// length, without recursion.
func (f *function) arithmetic(e *ast.ArithmeticOpExpr, reg int) {
	was := f.free
	chain := []*ast.ArithmeticOpExpr{e}
	for {
		lhs, ok := e.Lhs.(*ast.ArithmeticOpExpr)
		if !ok {
			break
		}
		chain = append(chain, lhs)
		e = lhs
	}
	x := f.operand(e.Lhs, f.next(end(e.Lhs)))
	for i := len(chain) - 1; i >= 0; i-- {
		e := chain[i]
		y := f.operand(e.Rhs, end(e.Rhs))
		to := was
		if i == 0 {
			to = reg
		}
		f.touch(to)
		f.at = end(e.Rhs)
		f.emit(operations[e.Operator], to, x, y)
		f.free, x = was+1, was
	}
	f.free = was
}

var operations = map[string]int{
	"+": lua.OP_ADD, "-": lua.OP_SUB, "*": lua.OP_MUL, "/": lua.OP_DIV, "%": lua.OP_MOD, "^": lua.OP_POW,
}

// push compiles an expression to the first free register, which it reserves and
// returns.
func (f *function) push(e ast.Expr, at int) int {
	reg := f.free
	if before(e) != nil {
		f.fields(e, at)
	} else {
		f.to(e, reg, at)
	}
	f.free = reg
	if reg >= maxRegisters {
		f.at = at // of the error
	}
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

// before returns the expression before the final field or arguments of an expression,
// or nil.
func before(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.AttrGetExpr:
		return e.Object
	case *ast.FuncCallExpr:
		if e.Func != nil {
			return e.Func
		}
		return e.Receiver
	}
	return nil
}

// fields compiles an expression that ends with a field or a call to the first free
// register. What it begins with may have any number of them.
func (f *function) fields(e ast.Expr, at int) {
	first := f.free
	var chain []ast.Expr
	for b := before(e); b != nil; b = before(e) {
		chain = append(chain, e)
		e = b
	}
	var reg int
	inner := chain[len(chain)-1]
	if call, ok := inner.(*ast.FuncCallExpr); ok && call.Func != nil {
		reg = f.push(e, end(e))
	} else {
		reg = f.any(e, placeBefore(inner))
	}
	for i := len(chain) - 1; i >= 0; i-- {
		place := at
		if i > 0 {
			place = placeBefore(chain[i-1])
		}
		switch e := chain[i].(type) {
		case *ast.FuncCallExpr:
			f.callFrom(e, first, reg, 1)
		case *ast.AttrGetExpr:
			f.getField(e, first, reg, place)
		}
		f.free = first
		f.reserve(1)
		reg = first
	}
}

// placeBefore returns the place where the value is wanted that stands before a field
// or a call.
func placeBefore(e ast.Expr) int {
	if e, ok := e.(*ast.FuncCallExpr); ok && e.Func == nil {
		return beforeArguments(e)
	}
	return end(before(e))
}

// getField compiles the field of an object that is in a register.
func (f *function) getField(e *ast.AttrGetExpr, reg, obj, at int) {
	key := f.operand(e.Key, end(e.Key))
	f.touch(reg)
	f.at = at
	f.emit(f.fieldOp(e.Key, lua.OP_GETTABLE, lua.OP_GETTABLEKS), reg, obj, key)
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
	case *numeral:
		k = f.number(e.value)
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
	up := f.upvalue(e.Value)
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
