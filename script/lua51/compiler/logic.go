package compiler

import (
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// exits are jumps to where an expression of and, or, not and comparisons ends:
// those that have left its value in the register, and those that still have to
// set it to true or false.
type exits struct{ done, trues, falses []int }

// logic compiles such an expression to a register.
func (f *function) logic(e ast.Expr, reg, at int) {
	var x exits
	falls := f.value(e, reg, at, &x)
	f.settle(reg, falls, &x)
}

// settle ends an expression whose value, if it has not left by the exits, is in a
// register, or falls, and is false.
func (f *function) settle(reg int, falls bool, x *exits) {
	if falls || len(x.trues) > 0 || len(x.falses) > 0 {
		if !falls {
			x.done = append(x.done, f.jump())
		}
		f.patchHere(x.falses)
		if falls || len(x.falses) > 0 {
			f.here()
			f.emit(lua.OP_LOADBOOL, reg, 0, 1)
		}
		f.here()
		f.patchHere(x.trues)
		f.emit(lua.OP_LOADBOOL, reg, 1, 0)
		f.here()
	}
	f.patchHere(x.done)
}

// value compiles an expression to a register, which may also be left by exits.
// It reports whether the value is false, and not yet in the register, when it is
// not.
func (f *function) value(e ast.Expr, reg, at int, x *exits) (falls bool) {
	switch e := e.(type) {
	case *ast.LogicalOpExpr:
		f.branch(e.Lhs, e.Operator == "or", x, reg, f.next(end(e.Lhs)))
		return f.value(e.Rhs, reg, at, x)
	case *ast.RelationalOpExpr:
		f.branch(e, true, x, reg, at)
		return true
	case *ast.UnaryNotOpExpr:
		if v, ok := truth(e); ok {
			f.at = at
			b := 0
			if v {
				b = 1
			}
			f.emit(lua.OP_LOADBOOL, reg, b, 0)
			return false
		}
		switch e.Expr.(type) {
		case *ast.LogicalOpExpr, *ast.RelationalOpExpr, *ast.UnaryNotOpExpr:
			f.branch(e, true, x, reg, at)
			return true
		}
		f.unary(lua.OP_NOT, e.Expr, reg)
		return false
	}
	f.to(e, reg, at)
	return false
}

// truth returns whether a constant is true in a condition, if e is one.
func truth(e ast.Expr) (v, ok bool) {
	switch e := e.(type) {
	case *ast.NilExpr, *ast.FalseExpr:
		return false, true
	case *ast.TrueExpr, *numeral, *ast.StringExpr:
		return true, true
	case *ast.UnaryNotOpExpr:
		v, ok = truth(e.Expr)
		return !v, ok
	}
	return false, false
}

// branch compiles an expression, and jumps if it is true, or false, as wanted.
// It returns the jumps if x is nil; else they go there, and leave the value for
// the register.
func (f *function) branch(e ast.Expr, want bool, x *exits, reg, at int) []int {
	switch e := e.(type) {
	case *ast.LogicalOpExpr:
		return f.branches(e, want, x, reg, at)
	case *ast.RelationalOpExpr:
		return f.leaveBy(f.comparison(e, want), want, x)
	case *ast.UnaryNotOpExpr:
		jumps := f.branch(e.Expr, !want, nil, 0, end(e.Expr))
		if x == nil {
			return jumps
		}
		for _, pc := range jumps {
			f.leaveBy(pc, want, x)
		}
		return nil
	}
	c := 0
	if want {
		c = 1
	}
	if v, ok := truth(e); ok {
		if v != want {
			return nil
		}
		f.at = at
		if x == nil {
			return []int{f.jump()}
		}
		switch e.(type) {
		case *ast.TrueExpr, *ast.FalseExpr:
			return f.leaveBy(f.jump(), want, x)
		}
		f.to(e, reg, at)
		x.done = append(x.done, f.jump())
		return nil
	}
	was := f.free
	if x == nil {
		from := f.any(e, at)
		f.at = at
		f.emit(lua.OP_TEST, from, 0, c)
		f.free = was
		return []int{f.jump()}
	}
	from := f.any(e, at)
	f.at = at
	if from == reg {
		f.emit(lua.OP_TEST, reg, 0, c)
	} else {
		f.touch(reg)
		f.emit(lua.OP_TESTSET, reg, from, c)
	}
	x.done = append(x.done, f.jump())
	f.free = was
	return nil
}

// branches is branch for and, or, and their chain of left operands, which may have
// any length.
func (f *function) branches(e *ast.LogicalOpExpr, want bool, x *exits, reg, at int) (jumps []int) {
	type side struct {
		rhs  ast.Expr
		want bool
		x    *exits
		at   int
		same bool // both sides jump alike; else the left one jumps past the right one
	}
	var chain []side
	var first ast.Expr = e
	for {
		e, ok := first.(*ast.LogicalOpExpr)
		if !ok {
			break
		}
		same := (e.Operator == "or") == want
		chain = append(chain, side{e.Rhs, want, x, at, same})
		if !same {
			want, x = !want, nil
		}
		first, at = e.Lhs, f.next(end(e.Lhs))
	}
	jumps = f.branch(first, want, x, reg, at)
	for i := len(chain) - 1; i >= 0; i-- {
		s := chain[i]
		right := f.branch(s.rhs, s.want, s.x, reg, s.at)
		if s.same {
			jumps = append(jumps, right...)
		} else {
			f.patchHere(jumps)
			jumps = right
		}
	}
	return jumps
}

// comparison compiles a comparison that jumps if it is as wanted, and returns the
// jump. Those that it begins with may be any number.
func (f *function) comparison(e *ast.RelationalOpExpr, want bool) int {
	was := f.free
	chain := []*ast.RelationalOpExpr{e}
	for {
		lhs, ok := e.Lhs.(*ast.RelationalOpExpr)
		if !ok {
			break
		}
		chain = append(chain, lhs)
		e = lhs
	}
	a := f.operand(e.Lhs, f.next(end(e.Lhs)))
	for i := len(chain) - 1; ; i-- {
		e := chain[i]
		b := f.operand(e.Rhs, end(e.Rhs))
		f.free = was
		f.at = end(e.Rhs)
		if i == 0 {
			f.compare(e.Operator, a, b, want)
			return f.jump()
		}
		f.compare(e.Operator, a, b, true)
		f.settle(was, true, &exits{trues: []int{f.jump()}})
		f.reserve(1)
		a = was
	}
}

// leaveBy takes a jump to where the value is a boolean.
func (f *function) leaveBy(pc int, value bool, x *exits) []int {
	switch {
	case x == nil:
		return []int{pc}
	case value:
		x.trues = append(x.trues, pc)
	default:
		x.falses = append(x.falses, pc)
	}
	return nil
}

// compare adds the instruction that goes on to the jump after it if a comparison
// is as wanted.
func (f *function) compare(op string, x, y int, want bool) {
	code := lua.OP_EQ
	switch op {
	case "~=":
		want = !want
	case "<":
		code = lua.OP_LT
	case "<=":
		code = lua.OP_LE
	case ">":
		code, x, y = lua.OP_LT, y, x
	case ">=":
		code, x, y = lua.OP_LE, y, x
	}
	a := 0
	if want {
		a = 1
	}
	f.emit(code, a, x, y)
}
