package lua51

import (
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// The instructions as they were.
var opGetTable, opSetTable, opSetTableText, opSetGlobal instruction

// wrapFields has the instructions that read and set fields use a table's parts as
// internals_table.go does. Metamethods and errors are left to the
// original instructions of gopher-lua.
func wrapFields(wrap func(op int, was *instruction, with instruction)) {
	wrap(lua.OP_GETTABLE, &opGetTable, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		i, f := decode(inst), topFrame(L)
		first := f.base()
		if t, ok := registers(L)[first+i.b].(*lua.LTable); ok {
			key := operand(L, f, i.c)
			v := Get(t, key)
			if v == lua.LNil && t.Metatable != lua.LNil {
				v = inherited(t, key)
			}
			if v != lua.LNil || t.Metatable == lua.LNil {
				setRegister(L, first+i.a, v)
				return 0
			}
		}
		return opGetTable(L, inst, base)
	})
	wrap(lua.OP_SETTABLE, &opSetTable, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		i, f := decode(inst), topFrame(L)
		if t, ok := registers(L)[f.base()+i.a].(*lua.LTable); ok {
			key := operand(L, f, i.b)
			if t.Metatable != lua.LNil {
				t = holder(t, key)
			}
			if n, number := key.(lua.LNumber); t != nil && key != lua.LNil && (!number || n == n) {
				Set(t, key, operand(L, f, i.c))
				return 0
			}
		}
		return opSetTable(L, inst, base)
	})
	wrap(lua.OP_SETTABLEKS, &opSetTableText, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		i, f := decode(inst), topFrame(L)
		if t, ok := registers(L)[f.base()+i.a].(*lua.LTable); ok {
			key := operand(L, f, i.b)
			if t.Metatable != lua.LNil {
				t = holder(t, key)
			}
			if t != nil {
				partsOf(t).setText(string(key.(lua.LString)), key, operand(L, f, i.c))
				return 0
			}
		}
		return opSetTableText(L, inst, base)
	})
	wrap(lua.OP_SETGLOBAL, &opSetGlobal, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		i, f := decode(inst), topFrame(L)
		key := f.fn().Proto.Constants[i.bx]
		t := f.fn().Env
		if t.Metatable != lua.LNil {
			t = holder(t, key)
		}
		if t == nil {
			return opSetGlobal(L, inst, base)
		}
		partsOf(t).setText(string(key.(lua.LString)), key, registers(L)[f.base()+i.a])
		return 0
	})
	wrap(lua.OP_SETLIST, nil, func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		i, f := decode(inst), topFrame(L)
		first, n, block := f.base()+i.a, i.b, i.c
		if n == 0 {
			n = len(usedRegisters(L)) - first - 1
		}
		if block == 0 {
			block = int(f.fn().Proto.Code[*f.nextPc()])
			*f.nextPc()++
		}
		values := registers(L)[first : first+n+1]
		setList(partsOf(values[0].(*lua.LTable)), (block-1)*lua.FieldsPerFlush, values[1:])
		return 0
	})
}

// Index is t[key], with metamethods.
func Index(L *lua.LState, t *lua.LTable, key lua.LValue) lua.LValue {
	v := Get(t, key)
	if v == lua.LNil && t.Metatable != lua.LNil {
		if v = inherited(t, key); v == lua.LNil {
			v = L.GetTable(t, key)
		}
	}
	return v
}

// setList sets the values of the indices behind one.
func setList(p *luaTable, after int, values []lua.LValue) {
	for i, v := range values {
		if index := after + i + 1; !p.setIndex(index, v) {
			p.setOther(lua.LNumber(index), v)
		}
	}
}

// metamethod is the one that a table has for an event, or nil.
func metamethod(t *lua.LTable, event string) lua.LValue {
	if mt, ok := t.Metatable.(*lua.LTable); ok {
		if v, ok := partsOf(mt).strdict[event]; ok {
			return v
		}
	}
	return lua.LNil
}

// inherited is the value that a table without the key has from the tables that
// __index names, or nil.
func inherited(t *lua.LTable, key lua.LValue) lua.LValue {
	for range lua.MaxTableGetLoop {
		parent, ok := metamethod(t, "__index").(*lua.LTable)
		if !ok {
			break
		}
		if v := Get(parent, key); v != lua.LNil {
			return v
		}
		t = parent
	}
	return lua.LNil
}

// holder is the table that an assignment to a field of t sets: another one if
// __newindex names it, or nil if __newindex is not a table.
func holder(t *lua.LTable, key lua.LValue) *lua.LTable {
	for range lua.MaxTableGetLoop {
		if t.Metatable == lua.LNil || Get(t, key) != lua.LNil {
			return t
		}
		next := metamethod(t, "__newindex")
		if next == lua.LNil {
			return t
		}
		to, ok := next.(*lua.LTable)
		if !ok {
			break
		}
		t = to
	}
	return nil
}
