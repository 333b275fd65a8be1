package lua51

import (
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// The fields of tables, as far as neither metamethods that are functions nor new
// keys are needed. What these functions do not do is left to the instructions.

// maxIndexLoop is how many tables are gone through by __index here.
const maxIndexLoop = 8

// getText is t[key]; ok is false if it is not as simple.
func getText(of *lua.LTable, key string) (v lua.LValue, ok bool) {
	for range maxIndexLoop {
		t := (*luaTable)(unsafe.Pointer(of))
		if v, ok := t.strdict[key]; ok {
			return v, true
		}
		if isNil(t.Metatable) {
			return lua.LNil, true
		}
		meta, ok := t.Metatable.(*lua.LTable)
		if !ok {
			return nil, false
		}
		index, ok := (*luaTable)(unsafe.Pointer(meta)).strdict["__index"]
		if !ok {
			return lua.LNil, true
		}
		if of, ok = index.(*lua.LTable); !ok {
			return nil, false
		}
	}
	return nil, false
}

// getIndex is t[i]; ok is false if it is not as simple.
func getIndex(of *lua.LTable, i float64) (v lua.LValue, ok bool) {
	t := (*luaTable)(unsafe.Pointer(of))
	at := int(i) - 1
	if uint(at) >= uint(len(t.array)) || float64(at+1) != i {
		v = t.number(i)
		return v, !isNil(v) || isNil(t.Metatable)
	}
	v = t.array[at]
	return v, !isNil(v) || isNil(t.Metatable)
}

// setText does t[key] = v for a key that the table has. It reports whether it did.
func setText(of *lua.LTable, key string, v lua.LValue) bool {
	t := (*luaTable)(unsafe.Pointer(of))
	if isNil(v) {
		return false
	}
	if _, ok := t.strdict[key]; !ok {
		return false
	}
	t.strdict[key] = v
	return true
}

// setIndex does t[i] = v in the array of a table, or behind its end where there is
// room. It reports whether it did.
func setIndex(of *lua.LTable, i float64, v lua.LValue) bool {
	t := (*luaTable)(unsafe.Pointer(of))
	at, n := int(i)-1, len(t.array)
	switch {
	case float64(at+1) != i || isNil(v) && at >= n-1:
		return false
	case uint(at) < uint(n) && (!isNil(t.array[at]) || isNil(t.Metatable)):
		t.array[at] = v
		return true
	case at == n && n < cap(t.array) && isNil(t.Metatable) && t.others() == nil:
		t.array = append(t.array, v)
		return true
	}
	return false
}

// itemAfter is t[i+1], without metamethods; ok is false if it is not as simple.
func itemAfter(of *lua.LTable, i float64) (v lua.LValue, ok bool) {
	t := (*luaTable)(unsafe.Pointer(of))
	at := int(i)
	if float64(at) != i || at < 0 {
		return nil, false
	}
	if at < len(t.array) {
		return t.array[at], true
	}
	return t.number(i + 1), true
}
