package compiler

import (
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// table compiles a table constructor to the first free register, and reserves
// it. Items wait in registers until there are enough to be stored at once;
// a field with a key is stored when it comes.
func (f *function) table(e *ast.TableExpr) {
	t := f.free
	f.at = e.Line()
	items := 0
	for _, field := range e.Fields {
		if field.Key == nil {
			items++
		}
	}
	f.reserve(1)
	f.emit(lua.OP_NEWTABLE, t, min(items, maxOperand), min(len(e.Fields)-items, maxOperand))
	stored, waiting := 0, 0
	for i, field := range e.Fields {
		last := i == len(e.Fields)-1
		switch {
		case field.Key != nil:
			was := f.free
			key := f.operand(field.Key, f.next(end(field.Key)))
			v := f.operand(field.Value, end(field.Value))
			f.free = was
			f.at = end(field.Value)
			f.emit(f.fieldOp(field.Key, lua.OP_SETTABLE, lua.OP_SETTABLEKS), t, key, v)
		case last && isMulti(field.Value):
			f.multi(field.Value, all)
			f.setList(t, all, stored, end(e))
			waiting = 0
		default:
			f.push(field.Value, f.next(end(field.Value)))
			if waiting++; waiting == lua.FieldsPerFlush {
				f.setList(t, waiting, stored, f.next(end(field.Value)))
				stored, waiting = stored+waiting, 0
			}
		}
	}
	if waiting > 0 {
		f.setList(t, waiting, stored, end(e))
	}
	f.free = t + 1
}

// setList stores the n values above a table in it, after those that it has.
func (f *function) setList(t, n, stored, at int) {
	f.at = at
	if n == all {
		n = 0
	}
	batch := stored/lua.FieldsPerFlush + 1
	if batch <= maxOperand {
		f.emit(lua.OP_SETLIST, t, n, batch)
	} else {
		f.emit(lua.OP_SETLIST, t, n, 0)
		f.code = append(f.code, uint32(batch))
		f.lines = append(f.lines, f.line(at))
	}
	f.free = t + 1
}
