package compiler

import (
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// beforeEnd returns the place before the end of a loop.
func beforeEnd(s ast.Stmt) int { return end(s) - 1 }

// A loop is a block that breaks leave, with its body as a block inside.

func (f *function) while(s *ast.WhileStmt) {
	start := f.here()
	past := f.branch(s.Condition, false, nil, 0, end(s.Condition))
	f.open(true)
	f.body(s.Stmts)
	f.at = beforeEnd(s)
	f.patchOne(f.jump(), start)
	f.patchHere(past)
	f.close()
}

// repeat is a repeat, whose condition sees the locals of its body.
func (f *function) repeat(s *ast.RepeatStmt) {
	start := f.here()
	f.open(true)
	f.open(false)
	f.stmts(s.Stmts)
	again := f.branch(s.Condition, false, nil, 0, end(s.Condition))
	b := f.block
	f.forget(b)
	if b.taken {
		f.emit(lua.OP_CLOSE, b.first, 0, 0)
		past := f.jump()
		f.patchHere(again)
		f.emit(lua.OP_CLOSE, b.first, 0, 0)
		f.patchOne(f.jump(), start)
		f.patchHere([]int{past})
	} else {
		f.patch(again, start)
	}
	f.close()
}

func (f *function) numericFor(s *ast.NumberForStmt) {
	f.open(true)
	first := f.free
	f.push(s.Init, end(s.Init))
	if s.Step != nil {
		f.push(s.Limit, end(s.Limit))
		f.push(s.Step, end(s.Step))
	} else {
		f.push(s.Limit, end(s.Limit))
		f.loadNumber(f.free, 1, f.at)
		f.reserve(1)
	}
	f.declare("(for index)", "(for limit)", "(for step)")
	f.at = f.next(f.at)
	prepare := f.emitBx(lua.OP_FORPREP, first, jumpBias)
	f.open(false)
	f.reserve(1)
	f.declare(s.Name)
	start := f.here()
	f.stmts(s.Stmts)
	f.close()
	f.patchHere([]int{prepare})
	f.at = beforeEnd(s)
	f.land()
	f.at = s.Line()
	again := f.emitBx(lua.OP_FORLOOP, first, jumpBias)
	f.at = beforeEnd(s)
	f.patchOne(again, start)
	f.close()
}

func (f *function) genericFor(s *ast.GenericForStmt) {
	f.open(true)
	first := f.free
	f.list(s.Exprs, 3)
	f.declare("(for generator)", "(for state)", "(for control)")
	f.touch(f.free + 2) // for the call of the iterator
	f.at = f.next(end(s.Exprs[len(s.Exprs)-1]))
	prepare := f.jump()
	f.open(false)
	f.reserve(len(s.Names))
	f.declare(s.Names...)
	start := f.here()
	f.stmts(s.Stmts)
	f.close()
	f.patchHere([]int{prepare})
	f.at = beforeEnd(s)
	f.land()
	f.at = s.Line()
	// What comes after for, the names with commas between them, and in.
	f.at += 2*len(s.Names) + 1
	f.emit(lua.OP_TFORLOOP, first, 0, len(s.Names))
	again := f.jump()
	f.at = beforeEnd(s)
	f.patchOne(again, start)
	f.close()
}
