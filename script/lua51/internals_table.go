package lua51

import (
	"math/bits"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// A table of gopher-lua has an array, which it makes as long as the largest index,
// a map of strings, a map of all other keys, and a list of the keys of both maps in
// their order, which only grows. The same parts are used otherwise here:
//
//   - The array ends with a value. It is at least half full when it grows; other
//     positive integers are among the other keys, as in Lua.
//   - The index behind the end of the array is not among the other keys: the length
//     of the array is a border, and a sequence is in the array as a whole.
//   - The list of keys is swept when it is full. A key that was removed keeps its
//     place until then, so that a traversal may remove what it is at.
//   - The map of the places in that list is empty until one is looked for.
//
// gopher-lua's functions still work on such a table, but do not see the integers
// that are not in the array. So the functions below are for all keys that a script
// chooses.

// partsOf are the parts of a table.
func partsOf(t *lua.LTable) *luaTable { return (*luaTable)(unsafe.Pointer(t)) }

// fillTo is the index up to which all integers are in the array: the nils between
// them take less than a map does.
const fillTo = 16

// Get is the value of a key in a table, without metamethods.
func Get(t *lua.LTable, key lua.LValue) lua.LValue {
	p := partsOf(t)
	switch k := key.(type) {
	case lua.LNumber:
		if i := int(k); uint(i)-1 < uint(len(p.array)) && lua.LNumber(i) == k {
			return p.array[i-1]
		}
	case lua.LString:
		if v, ok := p.strdict[string(k)]; ok {
			return v
		}
		return lua.LNil
	}
	return p.other(key)
}

// GetInt is the value of an integer in a table, without metamethods.
func GetInt(t *lua.LTable, i int) lua.LValue {
	p := partsOf(t)
	if uint(i)-1 < uint(len(p.array)) {
		return p.array[i-1]
	}
	return p.other(lua.LNumber(i))
}

// other is the value of a key that is no string, and not in the array.
func (p *luaTable) other(key lua.LValue) lua.LValue {
	if len(p.dict) > 0 {
		if v, ok := p.dict[key]; ok {
			return v
		}
	}
	return lua.LNil
}

// hashed is the value of a key that is not in the array.
func (p *luaTable) hashed(key lua.LValue) lua.LValue {
	if s, ok := key.(lua.LString); ok {
		if v, ok := p.strdict[string(s)]; ok {
			return v
		}
		return lua.LNil
	}
	return p.other(key)
}

// Set sets the value of a key in a table, without metamethods. The key is neither
// nil nor NaN.
func Set(t *lua.LTable, key, v lua.LValue) {
	p := partsOf(t)
	switch k := key.(type) {
	case lua.LNumber:
		if i := int(k); lua.LNumber(i) == k && p.setIndex(i, v) {
			return
		}
	case lua.LString:
		p.setText(string(k), key, v)
		return
	}
	p.setOther(key, v)
}

// SetInt sets the value of an integer in a table, without metamethods.
func SetInt(t *lua.LTable, i int, v lua.LValue) {
	if p := partsOf(t); !p.setIndex(i, v) {
		p.setOther(lua.LNumber(i), v)
	}
}

// length is the length of a table, without its __len: a border.
func length(t *lua.LTable) int {
	p := partsOf(t)
	if n := len(p.array); n > 0 && p.array[n-1] == lua.LNil {
		p.trim() // Go code has set that
	}
	return len(p.array)
}

// setIndex sets the value of an integer if that is in the array, or belongs there.
func (p *luaTable) setIndex(i int, v lua.LValue) bool {
	n := len(p.array)
	if uint(i)-1 < uint(n) {
		p.array[i-1] = v
		if i == n && v == lua.LNil {
			p.trim()
		}
		return true
	}
	if i < 1 || i > max(n+1, fillTo) || i >= lua.MaxArrayIndex {
		return false
	}
	if v == lua.LNil {
		return true
	}
	if n >= fillTo && n == cap(p.array) && !p.dense() {
		p.sweep()
		p.rearrange(i)
		switch n := len(p.array); {
		case i <= n:
			p.array[i-1] = v
			return true
		case i > max(n+1, fillTo):
			return false
		}
	}
	p.push(i, v)
	return true
}

// trim cuts the nils off the end of the array.
func (p *luaTable) trim() {
	n := len(p.array)
	for n > 0 && p.array[n-1] == lua.LNil {
		n--
	}
	p.array = p.array[:n]
}

// push sets an index behind the end of the array, which gets nils up to there.
func (p *luaTable) push(i int, v lua.LValue) {
	if i > cap(p.array) && i <= 4*fillTo {
		// Small arrays grow in few steps, and not to more than they need.
		longer := make([]lua.LValue, len(p.array), 4<<(uint(bits.Len(uint(i-1)/4)+1)&^1))
		copy(longer, p.array)
		p.array = longer
	}
	for len(p.array) < i-1 {
		p.array = append(p.array, lua.LNil)
	}
	p.array = append(p.array, v)
	if i > fillTo && len(p.keys) > len(p.dict)+len(p.strdict) {
		p.unlist(lua.LNumber(i)) // as a removed key
	}
	p.pull()
}

// pull takes into the array what stands behind its end among the other keys.
func (p *luaTable) pull() {
	for len(p.dict) > 0 {
		key := lua.LNumber(len(p.array) + 1)
		v, ok := p.dict[key]
		if !ok {
			return
		}
		delete(p.dict, key)
		p.unlist(key)
		p.array = append(p.array, v)
	}
}

// dense reports whether more than half of the array is in use.
func (p *luaTable) dense() bool {
	n, used := len(p.array), 0
	for _, v := range p.array {
		if v != lua.LNil {
			if used++; used > n/2 {
				return true
			}
		}
	}
	return false
}

// setText sets the value of a string. The key is the same string, or nil.
func (p *luaTable) setText(s string, key, v lua.LValue) {
	if v == lua.LNil {
		delete(p.strdict, s)
		return
	}
	if p.strdict == nil {
		p.strdict = make(map[string]lua.LValue)
	}
	n := len(p.strdict)
	if p.strdict[s] = v; len(p.strdict) != n {
		if key == nil {
			key = lua.LString(s)
		}
		p.list(key, 0)
	}
}

// setOther sets the value of a key that is no string, and does not belong in the
// array.
func (p *luaTable) setOther(key, v lua.LValue) {
	if v == lua.LNil {
		delete(p.dict, key)
		return
	}
	if p.dict == nil {
		p.dict = make(map[lua.LValue]lua.LValue)
	}
	n := len(p.dict)
	if p.dict[key] = v; len(p.dict) != n {
		p.list(key, indexOf(key))
	}
}

// indexOf is the index that a key is, or 0.
func indexOf(key lua.LValue) int {
	if n, ok := key.(lua.LNumber); ok {
		if i := int(n); i >= 1 && i < lua.MaxArrayIndex && lua.LNumber(i) == n {
			return i
		}
	}
	return 0
}

// insertItem makes room for a value at an index of the array, and sets it. It
// reports whether the array was long enough after that.
func insertItem(t *lua.LTable, at int, v lua.LValue) bool {
	p, n := partsOf(t), length(t)
	if at < 1 || at > n {
		return false
	}
	SetInt(t, n+1, p.array[n-1])
	if len(p.array) <= n {
		return false
	}
	copy(p.array[at:n], p.array[at-1:])
	p.array[at-1] = v
	return true
}

// removeItem removes the value at an index of the array, and returns it.
func removeItem(t *lua.LTable, at int) lua.LValue {
	p, n := partsOf(t), length(t)
	v := p.array[at-1]
	copy(p.array[at-1:], p.array[at:])
	p.array[n-1] = lua.LNil
	p.trim()
	return v
}

// largestNumber is the largest number among the keys of a table, or 0.
func largestNumber(t *lua.LTable) lua.LNumber {
	n := lua.LNumber(length(t))
	for k := range partsOf(t).dict {
		if v, ok := k.(lua.LNumber); ok && v > n {
			n = v
		}
	}
	return n
}
