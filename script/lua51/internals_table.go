package lua51

import (
	"fmt"
	"math/bits"
	"sync/atomic"
	"unsafe"

	"sosh/internal/show"

	lua "github.com/yuin/gopher-lua"
)

// A table of gopher-lua has an array as long as the largest index (array), a map of
// strings (strdict), a map of all other keys (dict), and a list of the keys of both
// maps in their order, which only grows (keys), with their places (k2i). These
// parts are used otherwise here:
//
//   - The array ends with a value, and grows while enough of it is in use. The index
//     behind its end is not among the other keys: the length of the array is a
//     border, and a sequence is in the array as a whole.
//   - All other keys that are not strings are in otherKeys, a hash table of our own,
//     which is the first item of the list of keys. dict is empty.
//   - The list of strings is swept when it is full. A string that was removed keeps
//     its place until then, so that a traversal may remove the current key.
//   - The map of the places in that list is empty until one is looked for.
//
// gopher-lua's functions find strings and the array in such a table, but no other
// keys. So the functions below are for all keys that a script chooses.

// largeArray is how many items an array has that grows by a quarter of itself; others
// double.
const largeArray = 1 << 22

// tableLimit is Options.MaxString of the machine that was made last, or 0.
var tableLimit atomic.Int64

// checkRoom raises an error for a part of a table that would take, together with the
// part that it replaces, more bytes than tableLimit.
func checkRoom(old, room int) {
	if limit := tableLimit.Load(); limit > 0 && int64(old)+int64(room) > limit {
		panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: lua.LString(fmt.Sprintf(
			"not enough memory: a table that holds %s grows to %s (limit %s)", show.Size(int64(old)), show.Size(int64(room)), show.Size(limit)))})
	}
}

// partsOf are the parts of a table.
func partsOf(t *lua.LTable) *luaTable { return (*luaTable)(unsafe.Pointer(t)) }

// fillTo is the index up to which all integers are in the array: the nils between
// them take less than a hash table does.
const fillTo = 16

// mostNils is how many nils are put into an array that has room for them.
const mostNils = 64

// others are the keys that are neither strings nor in the array, or nil.
func (p *luaTable) others() *otherKeys {
	if len(p.dict) > 0 {
		p.adopt()
	}
	if len(p.keys) > 0 {
		h, _ := p.keys[0].(*otherKeys)
		return h
	}
	return nil
}

// makeOthers are the others, which need not be there yet.
func (p *luaTable) makeOthers() *otherKeys {
	h := p.others()
	if h == nil {
		var list []lua.LValue
		if h, list = newOthers(); p.keys == nil {
			// Where there are keys, gopher-lua takes it that there are places.
			p.keys, p.k2i = list, make(map[lua.LValue]int)
		} else {
			clear(p.k2i)
			p.keys = append(p.keys, nil)
			copy(p.keys[1:], p.keys)
			p.keys[0] = h
		}
	}
	return h
}

// adopt takes the keys that gopher-lua has set.
func (p *luaTable) adopt() {
	dict := p.dict
	p.dict = nil
	for k, v := range dict {
		p.makeOthers().put(k, v)
	}
}

// Get is the value of a key in a table, without metamethods.
func Get(t *lua.LTable, key lua.LValue) lua.LValue {
	p := partsOf(t)
	switch k := key.(type) {
	case lua.LNumber:
		if i := int(k); uint(i)-1 < uint(len(p.array)) && lua.LNumber(i) == k {
			return p.array[i-1]
		}
		return p.number(float64(k))
	case lua.LString:
		return p.text(string(k))
	}
	if h := p.others(); h != nil {
		if i := h.find(key); i >= 0 {
			return h.entries[i].value
		}
	}
	return lua.LNil
}

// GetInt is the value of an integer in a table, without metamethods.
func GetInt(t *lua.LTable, i int) lua.LValue {
	p := partsOf(t)
	if uint(i)-1 < uint(len(p.array)) {
		return p.array[i-1]
	}
	return p.number(float64(i))
}

// number is the value of a number that is not in the array.
func (p *luaTable) number(key float64) lua.LValue {
	if h := p.others(); h != nil {
		if i := h.findNumber(key); i >= 0 {
			return h.entries[i].value
		}
	}
	return lua.LNil
}

// text is the value of a string.
func (p *luaTable) text(key string) lua.LValue {
	if v, ok := p.strdict[key]; ok {
		return v
	}
	return lua.LNil
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

// setOther sets the value of a key that is neither a string nor in the array. A new
// index may belong there once the hash table is full.
func (p *luaTable) setOther(key, v lua.LValue) {
	h := p.others()
	if h == nil {
		if isNil(v) {
			return
		}
		h = p.makeOthers()
	}
	if h.set(key, v) {
		return
	}
	if i := indexOf(key); i > 0 && p.rearrange(h, i) && p.setIndex(i, v) {
		return
	}
	h.makeRoom(len(p.array) / 64) // it takes time to look at a long array
	h.set(key, v)
}

// length is the length of a table, without its __len: a border.
func length(t *lua.LTable) int {
	p := partsOf(t)
	if n := len(p.array); n > 0 && isNil(p.array[n-1]) {
		p.trim() // Go code has set that
	}
	return len(p.array)
}

// setIndex sets the value of an integer if that is in the array, or belongs there.
func (p *luaTable) setIndex(i int, v lua.LValue) bool {
	n := len(p.array)
	if uint(i)-1 < uint(n) {
		p.array[i-1] = v
		if i == n && isNil(v) {
			p.trim()
		}
		return true
	}
	if i < 1 || i > max(n+1, fillTo) && (i > cap(p.array) || i > n+mostNils) || i >= lua.MaxArrayIndex {
		return false
	}
	if isNil(v) {
		return i <= max(n+1, fillTo) // or it may be among the other keys
	}
	if i > max(n+1, fillTo) {
		if h := p.others(); h != nil && h.findNumber(float64(i)) >= 0 {
			return false // it keeps its place: it may be set in a traversal
		}
	}
	if n >= fillTo && n == cap(p.array) && !p.dense() {
		if h := p.makeOthers(); p.rearrange(h, i) {
			return p.setIndex(i, v)
		}
	}
	p.push(i, v)
	return true
}

// trim cuts the nils off the end of the array.
func (p *luaTable) trim() {
	n := len(p.array)
	for n > 0 && isNil(p.array[n-1]) {
		n--
	}
	p.array = p.array[:n]
}

// push sets an index behind the end of the array, which gets nils up to there.
func (p *luaTable) push(i int, v lua.LValue) {
	if i > cap(p.array) {
		room := 1 << bits.Len(uint(i-1))
		if i <= 4*fillTo { // in few steps: 4, 16, 64
			room = 4 << (uint(bits.Len(uint(i-1)/4)+1) &^ 1)
		} else if i > largeArray {
			room = i + i/4
		}
		p.grow(room)
	}
	h := p.others()
	for len(p.array) < i-1 {
		p.append(h, lua.LNil)
	}
	p.append(h, v)
	if h != nil {
		p.pull(h)
	}
}

// append puts a value behind the end of the array, which another key of that index
// had up to now.
func (p *luaTable) append(h *otherKeys, v lua.LValue) {
	if h != nil && len(p.array) >= fillTo && len(h.entries) > 0 {
		if at := h.findNumber(float64(len(p.array) + 1)); at >= 0 {
			if isNil(v) {
				v = h.entries[at].value
			}
			h.vacate(at)
		}
	}
	p.array = append(p.array, v)
}

// grow makes room in the array for as many items.
func (p *luaTable) grow(room int) {
	checkRoom(16*cap(p.array), 16*room)
	longer := make([]lua.LValue, len(p.array), room)
	copy(longer, p.array)
	p.array = longer
}

// pull moves the values that follow the end of the array from the other keys into it.
func (p *luaTable) pull(h *otherKeys) {
	for h.alive > 0 {
		at := h.findNumber(float64(len(p.array) + 1))
		if at < 0 || isNil(h.entries[at].value) {
			return
		}
		p.array = append(p.array, h.entries[at].value)
		h.vacate(at)
	}
}

// indexOf returns a key as an array index, or 0.
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
	if h := partsOf(t).others(); h != nil {
		for _, e := range h.entries {
			if v, ok := e.key.(lua.LNumber); ok && v > n && !isNil(e.value) {
				n = v
			}
		}
	}
	return n
}
