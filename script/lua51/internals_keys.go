package lua51

import (
	"iter"
	"math/bits"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// setText sets the value of a string. The key is the same string, or nil.
func (p *luaTable) setText(s string, key, v lua.LValue) {
	if isNil(v) {
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
		p.list(key)
	}
}

// list puts a string that is new in the map into the list of keys.
func (p *luaTable) list(key lua.LValue) {
	if p.keys == nil {
		p.keys, p.k2i = make([]lua.LValue, 0, 4), make(map[lua.LValue]int)
	}
	listed := len(p.keys)
	if p.others() != nil {
		listed--
	}
	if listed >= len(p.strdict) && p.place(key) >= 0 {
		return // it was removed, and has its place still
	}
	if len(p.keys) == cap(p.keys) {
		p.sweep()
		p.makeRoom()
	}
	if len(p.k2i) > 0 {
		p.k2i[key] = len(p.keys)
	}
	p.keys = append(p.keys, key)
}

// fewKeys are looked at one by one.
const fewKeys = 16

// place returns the index of a string in the list, or -1.
func (p *luaTable) place(key lua.LValue) int {
	if len(p.keys) <= fewKeys {
		for i, k := range p.keys {
			if k == key {
				return i
			}
		}
		return -1
	}
	if len(p.k2i) != len(p.keys) {
		p.locate()
	}
	if i, ok := p.k2i[key]; ok {
		return i
	}
	return -1
}

// locate indexes all keys and removes duplicates: without the index, gopher-lua lists a
// key again when its value changes.
func (p *luaTable) locate() {
	clear(p.k2i)
	n := 0
	for _, k := range p.keys {
		if _, twice := p.k2i[k]; !twice {
			p.k2i[k] = n
			p.keys[n] = k
			n++
		}
	}
	clear(p.keys[n:])
	p.keys = p.keys[:n]
}

// listedTwice reports whether the list may have a key twice.
func (p *luaTable) listedTwice() bool {
	return len(p.k2i) > 0 && len(p.k2i) != len(p.keys)
}

// sweep removes the strings without a value from the list.
func (p *luaTable) sweep() {
	if p.listedTwice() {
		p.locate()
	}
	n := 0
	if p.others() != nil {
		n = 1
	}
	if len(p.keys)-n < len(p.strdict) {
		return // all but the new one are there
	}
	clear(p.k2i)
	for _, k := range p.keys[n:] {
		if s, ok := k.(lua.LString); ok {
			if _, ok := p.strdict[string(s)]; ok {
				p.keys[n] = k
				n++
			}
		}
	}
	clear(p.keys[n:])
	p.keys = p.keys[:n]
}

// makeRoom gives the swept list room for as many keys again as it has, and for not
// many more.
func (p *luaTable) makeRoom() {
	n, room := len(p.keys), cap(p.keys)
	switch {
	case 2*n >= room:
		room = max(4, 2*room)
	case room > 4*fewKeys && 8*n < room:
		room = 4 << bits.Len(uint(n))
		strdict := make(map[string]lua.LValue, n) // the map is as large as it ever was
		for k, v := range p.strdict {
			strdict[k] = v
		}
		p.strdict, p.k2i = strdict, make(map[lua.LValue]int)
	default:
		return
	}
	keys := make([]lua.LValue, n, room)
	copy(keys, p.keys)
	p.keys = keys
}

// texts are the strings in the list, among them removed ones, and where they begin.
func (p *luaTable) texts() (keys []lua.LValue, first int) {
	if p.others() != nil {
		first = 1
	}
	if p.listedTwice() {
		p.locate()
	}
	return p.keys[first:], first
}

// Each is for all keys of a table and their values, in the order of next. Fields may
// be set to nil meanwhile.
func Each(t *lua.LTable) iter.Seq2[lua.LValue, lua.LValue] {
	return func(yield func(k, v lua.LValue) bool) {
		p := partsOf(t)
		for i := 0; i < len(p.array); i++ {
			if v := p.array[i]; !isNil(v) && !yield(lua.LNumber(i+1), v) {
				return
			}
		}
		keys, _ := p.texts()
		for _, k := range keys {
			if s, ok := k.(lua.LString); ok {
				if v, ok := p.strdict[string(s)]; ok && !yield(k, v) {
					return
				}
			}
		}
		if h := p.others(); h != nil {
			for _, e := range h.entries {
				if !isNil(e.value) && !yield(e.key, e.value) {
					return
				}
			}
		}
	}
}

// nextPlaces are the places in the lists of keys where next went last, each for some
// of the tables: it need not look for the string that it is given.
type nextPlaces [64]int

// of is the place of the last string that next gave of a table.
func (n *nextPlaces) of(p *luaTable) *int {
	return &n[uintptr(unsafe.Pointer(p))/unsafe.Sizeof(*p)%uintptr(len(n))]
}

// next is the field of a table after that of a key, which is nil for the first. The
// key is nil after the last. It is not ok if there is no such key.
func (n *nextPlaces) next(L *lua.LState, t *lua.LTable, key lua.LValue) (k, v lua.LValue, ok bool) {
	p := partsOf(t)
	index := indexOf(key)
	if isNil(key) || index > 0 && index <= len(p.array) {
		for i, v := range p.array[index:] {
			if !isNil(v) {
				return numberValue(L, float64(index+i+1)), v, true
			}
		}
		return n.text(p, 0)
	}
	if _, text := key.(lua.LString); text {
		at := *n.of(p)
		if at < 0 || at >= len(p.keys) || p.keys[at] != key {
			if at = p.place(key); at < 0 {
				return lua.LNil, lua.LNil, false
			}
		}
		return n.text(p, at+1)
	}
	if h := p.others(); h != nil {
		if i := h.find(key); i >= 0 {
			return h.next(i + 1)
		}
	}
	if index > 0 && index <= cap(p.array) {
		return n.text(p, 0) // it was cut off the array
	}
	return lua.LNil, lua.LNil, false
}

// text is the first field of a string from a place on, or what follows the strings.
func (n *nextPlaces) text(p *luaTable, at int) (k, v lua.LValue, ok bool) {
	keys, first := p.texts()
	if at = max(0, at-first); at < len(keys) {
		for i, k := range keys[at:] {
			if s, ok := k.(lua.LString); ok {
				if v, ok := p.strdict[string(s)]; ok {
					*n.of(p) = first + at + i
					return k, v, true
				}
			}
		}
	}
	if h := p.others(); h != nil {
		return h.next(0)
	}
	return lua.LNil, lua.LNil, true
}
