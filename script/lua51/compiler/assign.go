package compiler

import (
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// A target is a variable or field that is assigned to.
type target struct {
	op          int
	reg, up     int // a local, an upvalue
	name        int // the constant that a global has as its name
	object, key int
}

// target compiles the object and the key of the target of an assignment.
func (f *function) target(e ast.Expr) target {
	switch e := e.(type) {
	case *ast.IdentExpr:
		if reg := f.local(e.Value); reg >= 0 {
			return target{op: lua.OP_MOVE, reg: reg}
		}
		if up := f.upvalue(e.Value); up >= 0 {
			return target{op: lua.OP_SETUPVAL, up: up}
		}
		return target{op: lua.OP_SETGLOBAL, name: f.text(e.Value)}
	case *ast.AttrGetExpr:
		obj := f.any(e.Object, end(e.Object))
		key := f.operand(e.Key, end(e.Key))
		return target{op: f.fieldOp(e.Key, lua.OP_SETTABLE, lua.OP_SETTABLEKS), object: obj, key: key}
	}
	return target{}
}

// store compiles an expression and stores its value.
func (f *function) store(t target, e ast.Expr) {
	at := end(e)
	was := f.free
	switch t.op {
	case lua.OP_MOVE:
		f.to(e, t.reg, at)
	case lua.OP_SETTABLE, lua.OP_SETTABLEKS:
		v := f.operand(e, at)
		f.at = at
		f.emit(t.op, t.object, t.key, v)
	default:
		v := f.any(e, at)
		f.at = at
		f.storeReg(t, v)
	}
	f.free = was
}

// storeReg stores the value of a register.
func (f *function) storeReg(t target, from int) {
	switch t.op {
	case lua.OP_MOVE:
		f.move(t.reg, from)
	case lua.OP_SETUPVAL:
		f.emit(lua.OP_SETUPVAL, from, t.up, 0)
	case lua.OP_SETGLOBAL:
		f.emitBx(lua.OP_SETGLOBAL, from, t.name)
	default:
		f.emit(t.op, t.object, t.key, from)
	}
}

// assign compiles an assignment. Objects, keys and values are all evaluated before
// the first store, which is the last in the text.
func (f *function) assign(s *ast.AssignStmt) {
	was := f.free
	if len(s.Lhs) == 1 && len(s.Rhs) == 1 {
		f.store(f.target(s.Lhs[0]), s.Rhs[0])
		f.free = was
		return
	}
	targets := make([]target, len(s.Lhs))
	for i, l := range s.Lhs {
		t := f.target(l)
		if t.op == lua.OP_SETTABLE || t.op == lua.OP_SETTABLEKS {
			// A local that stands later is assigned to before.
			later := f.assignedLocals(s.Lhs[i+1:])
			t.object = f.kept(t.object, later)
			t.key = f.kept(t.key, later)
		}
		targets[i] = t
	}
	n := len(targets)
	first := f.free
	f.at = end(s.Rhs[len(s.Rhs)-1])
	if len(s.Rhs) == n {
		f.list(s.Rhs[:n-1], n-1)
		f.store(targets[n-1], s.Rhs[n-1])
		n--
	} else {
		f.list(s.Rhs, n)
	}
	f.at = end(s.Rhs[len(s.Rhs)-1])
	for i := n - 1; i >= 0; i-- {
		f.storeReg(targets[i], first+i)
	}
	f.free = was
}

// assignedLocals returns the registers of the locals among the targets.
func (f *function) assignedLocals(lhs []ast.Expr) (regs []int) {
	for _, l := range lhs {
		if l, ok := l.(*ast.IdentExpr); ok {
			if reg := f.local(l.Value); reg >= 0 {
				regs = append(regs, reg)
			}
		}
	}
	return regs
}

// kept returns a register with the value of another, which may change.
func (f *function) kept(reg int, changing []int) int {
	for _, r := range changing {
		if r == reg {
			copied := f.free
			f.reserve(1)
			f.move(copied, reg)
			return copied
		}
	}
	return reg
}

// localAssign is the declaration of locals, or of a local function.
func (f *function) localAssign(s *ast.LocalAssignStmt) {
	first := f.free
	if fn, ok := f.localFunction(s); ok {
		f.at = fn.Line()
		f.declare(s.Names...)
		f.reserve(1)
		f.closure(fn, false, first, fn.Line())
		// It has its value from the next instruction on.
		f.locals[first].info.StartPc = len(f.code)
		return
	}
	f.at = s.Line()
	if len(s.Exprs) == 0 {
		f.loadNil(first, len(s.Names))
		f.reserve(len(s.Names))
	} else {
		f.list(s.Exprs, len(s.Names))
	}
	f.declare(s.Names...)
}

// localFunction returns the function of local function f() ... end. The parser
// gives that statement an end, and local f = function() ... end none.
func (f *function) localFunction(s *ast.LocalAssignStmt) (*ast.FunctionExpr, bool) {
	if len(s.Names) != 1 || len(s.Exprs) != 1 || s.LastLine() == 0 {
		return nil, false
	}
	fn, ok := s.Exprs[0].(*ast.FunctionExpr)
	return fn, ok
}
