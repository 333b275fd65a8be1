package compiler

import (
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

func (f *function) stmts(list []ast.Stmt) {
	for _, s := range list {
		f.stmt(s)
		f.free = len(f.locals)
	}
}

// body compiles a block of its own.
func (f *function) body(list []ast.Stmt) {
	f.open(false)
	f.stmts(list)
	f.close()
}

func (f *function) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.AssignStmt:
		f.assign(s)
	case *ast.LocalAssignStmt:
		f.localAssign(s)
	case *ast.FuncCallStmt:
		f.call(s.Expr.(*ast.FuncCallExpr), 0)
	case *ast.DoBlockStmt:
		f.body(s.Stmts)
	case *ast.WhileStmt:
		f.while(s)
	case *ast.RepeatStmt:
		f.repeat(s)
	case *ast.NumberForStmt:
		f.numericFor(s)
	case *ast.GenericForStmt:
		f.genericFor(s)
	case *ast.IfStmt:
		f.ifs(s)
	case *ast.FuncDefStmt:
		f.funcDef(s)
	case *ast.ReturnStmt:
		f.returns(s)
	case *ast.BreakStmt:
		f.breaks(s)
	}
}

// ifs is an if with its elseifs.
func (f *function) ifs(s *ast.IfStmt) {
	var ends []int
	for {
		past := f.branch(s.Condition, false, nil, 0, end(s.Condition))
		f.body(s.Then)
		if len(s.Else) == 0 {
			f.patchHere(past)
			break
		}
		ends = append(ends, f.jump())
		f.patchHere(past)
		in, ok := s.Else[0].(*ast.IfStmt)
		if !ok || len(s.Else) > 1 {
			f.body(s.Else)
			break
		}
		s = in
	}
	f.patchHere(ends)
}

// funcDef is function a.b:c() ... end.
func (f *function) funcDef(s *ast.FuncDefStmt) {
	was := f.free
	var t target
	if s.Name.Func != nil {
		t = f.target(s.Name.Func)
	} else {
		f.at = end(s.Name.Receiver)
		name := &ast.StringExpr{Value: s.Name.Method}
		t = target{op: lua.OP_SETTABLEKS, object: f.any(s.Name.Receiver, end(s.Name.Receiver))}
		t.key = f.operand(name, f.at)
	}
	if t.op == lua.OP_MOVE {
		f.closure(s.Func, s.Name.Func == nil, t.reg, s.Line())
	} else {
		reg := f.free
		f.reserve(1)
		f.closure(s.Func, s.Name.Func == nil, reg, s.Line())
		f.at = s.Line()
		f.storeReg(t, reg)
	}
	f.free = was
}

// returns is a return. A call that stands alone takes the place of the function.
func (f *function) returns(s *ast.ReturnStmt) {
	first := f.free
	f.at = s.Line()
	switch {
	case len(s.Exprs) == 0:
		f.emit(lua.OP_RETURN, 0, 1, 0)
		return
	case len(s.Exprs) == 1 && !isMulti(s.Exprs[0]):
		e := s.Exprs[0]
		reg := f.any(e, end(e))
		f.at = end(e)
		f.emit(lua.OP_RETURN, reg, 2, 0)
		return
	}
	n := f.list(s.Exprs, all)
	if _, ok := s.Exprs[0].(*ast.FuncCallExpr); ok && len(s.Exprs) == 1 {
		last := len(f.code) - 1
		f.code[last] = encode(lua.OP_TAILCALL, first, fieldB(f.code[last]), 0)
	}
	f.at = end(s.Exprs[len(s.Exprs)-1])
	f.emit(lua.OP_RETURN, first, n+1, 0)
}

// breaks is a break: it closes what closures have taken of the blocks that it
// leaves.
func (f *function) breaks(s *ast.BreakStmt) {
	b, taken := f.block, false
	for ; b != nil && !b.loop; b = b.parent {
		taken = taken || b.taken
	}
	f.at = end(s)
	if taken {
		f.emit(lua.OP_CLOSE, b.first, 0, 0)
	}
	b.breaks = append(b.breaks, f.jump())
}
