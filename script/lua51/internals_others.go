package lua51

import (
	"math"
	"math/bits"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// otherKeys are the keys of a table that are neither strings nor in the array, and
// their values, in the order in which they were set first. One that is removed
// keeps its place, with the value nil, until the entries are full and a new key
// comes: so a traversal may remove what it is at. It is the first in the list of
// keys of its table, for which it is a value.
type otherKeys struct {
	entries []otherKey
	// slots has the numbers of entries, from 1, where the hashes of their keys lead;
	// 0 is free. It is nil for few entries.
	slots []int32
	// numbers has the numbers that are keys, for as many as there is room for: those
	// of registers would keep others alive, which they share their memory with.
	numbers []float64
	alive   int // entries with a value
}

// otherKey is a key and its value. The key is nil (no value of Lua's) where an index
// moved to the array.
type otherKey struct{ key, value lua.LValue }

// newOthers makes a hash table for few keys, and a list of keys with it, in one piece.
func newOthers() (h *otherKeys, list []lua.LValue) {
	all := new(struct {
		otherKeys
		entries [4]otherKey
		numbers [4]float64
		list    [2]lua.LValue
	})
	h = &all.otherKeys
	h.entries, h.numbers = all.entries[:0], all.numbers[:]
	all.list[0] = h
	return h, all.list[:1]
}

func (*otherKeys) String() string       { return "keys" }
func (*otherKeys) Type() lua.LValueType { return lua.LTNil }

// fewEntries are looked at one by one.
const fewEntries = 8

// slot is where the search for a number or for another key begins.
func (h *otherKeys) slot(key lua.LValue) int {
	var x uint64
	switch k := key.(type) {
	case lua.LNumber:
		return h.numberSlot(float64(k))
	case lua.LBool:
		if k {
			x = 1
		}
	case *lua.LTable, *lua.LFunction, *lua.LUserData, *lua.LState:
		x = uint64(uintptr((*valueWords)(unsafe.Pointer(&key)).value)) >> 3
	}
	return int(x * 0x9E3779B97F4A7C15 >> (64 - bits.Len(uint(len(h.slots)-1))))
}

func (h *otherKeys) numberSlot(key float64) int {
	x := math.Float64bits(key + 0) // which makes 0 of minus zero
	x ^= x >> 29
	return int(x * 0x9E3779B97F4A7C15 >> (64 - bits.Len(uint(len(h.slots)-1))))
}

// find is the number of a key's entry, or -1.
func (h *otherKeys) find(key lua.LValue) int {
	if n, ok := key.(lua.LNumber); ok {
		return h.findNumber(float64(n))
	}
	if h.slots == nil {
		for i := range h.entries {
			if h.entries[i].key == key {
				return i
			}
		}
		return -1
	}
	for s := h.slot(key); h.slots[s] != 0; s = (s + 1) & (len(h.slots) - 1) {
		if i := int(h.slots[s]) - 1; h.entries[i].key == key {
			return i
		}
	}
	return -1
}

// findNumber is find of a number.
func (h *otherKeys) findNumber(key float64) int {
	if h.slots == nil {
		for i := range h.entries {
			if n, ok := h.entries[i].key.(lua.LNumber); ok && float64(n) == key {
				return i
			}
		}
		return -1
	}
	for s := h.numberSlot(key); h.slots[s] != 0; s = (s + 1) & (len(h.slots) - 1) {
		i := int(h.slots[s]) - 1
		if n, ok := h.entries[i].key.(lua.LNumber); ok && float64(n) == key {
			return i
		}
	}
	return -1
}

// set sets the value of a key. It reports whether there was room.
func (h *otherKeys) set(key, v lua.LValue) bool {
	if i := h.find(key); i >= 0 {
		e := &h.entries[i]
		if isNil(e.value) {
			h.alive++
		}
		if e.value = v; isNil(v) {
			h.alive--
		}
		return true
	}
	switch {
	case isNil(v):
		return true
	case len(h.entries) == cap(h.entries):
		return false
	}
	h.alive++
	h.add(key, v)
	return true
}

// put is set, and makes room.
func (h *otherKeys) put(key, v lua.LValue) {
	if !h.set(key, v) {
		h.makeRoom(0)
		h.set(key, v)
	}
}

// add adds an entry, for which there is room.
func (h *otherKeys) add(key, v lua.LValue) {
	if n, ok := key.(lua.LNumber); ok {
		if h.numbers == nil {
			h.numbers = make([]float64, cap(h.entries))
		}
		p := &h.numbers[len(h.entries)]
		*p = float64(n)
		*(*valueWords)(unsafe.Pointer(&key)) = valueWords{numberType, unsafe.Pointer(p)}
	}
	h.entries = append(h.entries, otherKey{key, v})
	if h.slots != nil {
		h.note(len(h.entries))
	}
}

// note puts the number of an entry into a free slot.
func (h *otherKeys) note(number int) {
	s := h.slot(h.entries[number-1].key)
	for h.slots[s] != 0 {
		s = (s + 1) & (len(h.slots) - 1)
	}
	h.slots[s] = int32(number)
}

// vacate removes an entry whose key is now in the array. -1 means no entry.
func (h *otherKeys) vacate(i int) {
	if i >= 0 {
		if e := &h.entries[i]; !isNil(e.value) {
			h.alive--
		}
		h.entries[i] = otherKey{nil, lua.LNil}
	}
}

// makeRoom forgets the entries without a value, and has room for as many again as
// there are left, at least for some, and not for many more.
func (h *otherKeys) makeRoom(least int) {
	room := cap(h.entries)
	switch {
	case 2*h.alive >= room:
		room *= 2
	case 8*h.alive < room:
		room = 2 << bits.Len(uint(h.alive))
	}
	for room < max(4, least) {
		room = max(4, 2*room)
	}
	checkRoom(40*cap(h.entries), 40*room)
	old := h.entries
	h.entries, h.numbers = make([]otherKey, 0, room), nil
	switch {
	case room <= fewEntries:
		h.slots = nil
	case len(h.slots) == 2*room:
		clear(h.slots)
	default:
		h.slots = make([]int32, 2*room)
	}
	for _, e := range old {
		if !isNil(e.value) {
			h.add(e.key, e.value)
		}
	}
}

// next is the first field from an entry on.
func (h *otherKeys) next(from int) (k, v lua.LValue, ok bool) {
	for i := from; i < len(h.entries); i++ {
		if e := &h.entries[i]; !isNil(e.value) {
			return e.key, e.value, true
		}
	}
	return lua.LNil, lua.LNil, true
}
