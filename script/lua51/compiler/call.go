package compiler

import (
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// all as a number of values means all values.
const all = -1

// isMulti reports whether an expression may have any number of values.
func isMulti(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		return !e.AdjustRet
	case *ast.Comma3Expr:
		return !e.AdjustRet
	}
	return false
}

// multi compiles an expression with any number of values to the free registers,
// of which it reserves as many as are wanted.
func (f *function) multi(e ast.Expr, want int) {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		f.call(e, want)
	case *ast.Comma3Expr:
		f.varargs(e, want, end(e))
		f.reserve(max(want, 0))
	}
}

// varargs compiles ... to the free registers, and reserves none.
func (f *function) varargs(e *ast.Comma3Expr, want, at int) {
	f.proto.IsVarArg &^= lua.VarArgNeedsArg
	f.touch(f.free + max(want, 1) - 1)
	f.at = at
	if want > 0 {
		f.emit(lua.OP_VARARG, f.free, want+1, 0)
		return
	}
	if want == 0 {
		return
	}
	f.emit(lua.OP_VARARG, f.free, 0, 0)
}

// list compiles expressions to the free registers, and reserves as many as are
// wanted. It returns how many values there are, or all.
func (f *function) list(es []ast.Expr, want int) int {
	first := f.free
	for i, e := range es {
		at := end(e)
		if i < len(es)-1 {
			at = f.next(at)
		} else if isMulti(e) {
			if want == all {
				f.multi(e, all)
				return all
			}
			if rest := want - i; rest != 1 {
				f.multi(e, max(rest, 0))
				f.free = first + want
				return want
			}
		}
		f.push(e, at)
	}
	n := len(es)
	if want == all {
		return n
	}
	if n < want {
		f.loadNil(f.free, want-n)
	}
	f.free = first + want
	return want
}

// call compiles a call, and reserves as many registers as results are wanted.
func (f *function) call(e *ast.FuncCallExpr, want int) {
	first := f.free
	if e.Func != nil {
		f.push(e.Func, end(e.Func))
		f.callFrom(e, first, first, want)
	} else {
		f.callFrom(e, first, f.any(e.Receiver, beforeArguments(e)), want)
	}
}

// beforeArguments returns the place of the token before the arguments of a call.
func beforeArguments(e *ast.FuncCallExpr) int { return e.Line() - 1 }

// callFrom is call from the arguments on: the function is in a register, first, or
// the object of a method is in one.
func (f *function) callFrom(e *ast.FuncCallExpr, first, object, want int) {
	args := 0
	if e.Func == nil {
		f.self(e, first, object)
		args = 1
	}
	n := f.arguments(e, args)
	f.at = e.Line()
	f.emit(lua.OP_CALL, first, n+1, want+1)
	f.free = first
	f.reserve(max(want, 0))
}

// arguments compiles the arguments of a call, and returns how many there are
// with those before, or all.
func (f *function) arguments(e *ast.FuncCallExpr, before int) int {
	for i, arg := range e.Args {
		if i == len(e.Args)-1 && isMulti(arg) {
			f.multi(arg, all)
			return all
		}
		f.push(arg, f.next(end(arg)))
	}
	return before + len(e.Args)
}

// self compiles the lookup of a method; the object is in a register.
func (f *function) self(e *ast.FuncCallExpr, first, obj int) {
	name := beforeArguments(e)
	key := f.text(e.Method)
	if key <= maxOperand-firstConstant {
		key += firstConstant
	} else {
		// The instruction reads the key before it writes there.
		key = max(f.free, first+1)
		f.touch(key)
		f.at = name
		f.emitBx(lua.OP_LOADK, key, f.text(e.Method))
	}
	f.free = first
	f.reserve(2)
	f.at = name
	f.emit(lua.OP_SELF, first, obj, key)
}

// closure compiles a function, and the instruction that makes a closure of it.
// The function begins in the line of a place.
func (f *function) closure(e *ast.FunctionExpr, self bool, reg, begin int) {
	in := newFunction(f.o, f)
	p := in.proto
	in.at = begin
	p.LineDefined, p.LastLineDefined = f.line(begin), f.line(end(e))
	in.open(false)
	if self {
		in.declare("self")
	}
	in.declare(e.ParList.Names...)
	p.NumParameters = uint8(len(in.locals))
	if e.ParList.HasVargs {
		p.IsVarArg = lua.VarArgHasArg | lua.VarArgIsVarArg | lua.VarArgNeedsArg
		in.declare("arg")
	}
	in.reserve(len(in.locals))
	in.stmts(e.Stmts)
	in.at = end(e)
	in.finishBody()
	if len(f.proto.FunctionPrototypes) == maxBx {
		panic(&Error{Message: "constant table overflow"})
	}
	f.proto.FunctionPrototypes = append(f.proto.FunctionPrototypes, p)
	f.at = end(e)
	f.emitBx(lua.OP_CLOSURE, reg, len(f.proto.FunctionPrototypes)-1)
	for _, u := range in.upvalues {
		op := lua.OP_GETUPVAL
		if u.local {
			op = lua.OP_MOVE
		}
		f.emit(op, 0, u.index, 0)
	}
}

// finishBody ends a function whose locals live as long as it runs: the
// instruction that returns closes them.
func (f *function) finishBody() {
	for _, l := range f.locals {
		l.info.EndPc = len(f.code) + 1
	}
	f.finish()
}
