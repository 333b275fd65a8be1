package lua51

import (
	"iter"
	"math/bits"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// list puts a key that is new in one of the maps into the list of keys. If it is an
// index, that may belong in the array now.
func (p *luaTable) list(key lua.LValue, index int) {
	if p.keys == nil {
		// Where there are keys, gopher-lua takes it that there are places.
		p.keys, p.k2i = make([]lua.LValue, 0, 4), make(map[lua.LValue]int)
	}
	removed := len(p.keys) + 1 - len(p.dict) - len(p.strdict)
	if removed > 0 && p.place(key) >= 0 {
		return // it has its place still
	}
	if len(p.keys) == cap(p.keys) {
		p.sweep()
		if index > 0 {
			if p.rearrange(index); p.other(key) == lua.LNil {
				return
			}
		}
		p.makeRoom()
	}
	if len(p.k2i) > 0 {
		p.k2i[key] = len(p.keys)
	}
	p.keys = append(p.keys, key)
}

// lookFor is how many keys are looked at one by one.
const lookFor = 16

// place is the place of a key in the list, or -1.
func (p *luaTable) place(key lua.LValue) int {
	if len(p.keys) <= lookFor {
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

// locate notes the places of all keys. It removes those that are there twice: where
// the places are not known, gopher-lua lists a key again that gets another value.
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

// unlisted is what has the place of a key in the list that is an index of the array
// now.
type unlisted lua.LNumber

func (u unlisted) String() string       { return lua.LNumber(u).String() }
func (u unlisted) Type() lua.LValueType { return lua.LTNumber }

// unlist removes a key from the list. A key that is in the array and in the list
// would have two places in a traversal.
func (p *luaTable) unlist(key lua.LNumber) {
	at := p.place(key)
	if at < 0 {
		return
	}
	p.keys[at] = unlisted(key)
	if len(p.k2i) > 0 {
		delete(p.k2i, key)
		p.k2i[unlisted(key)] = at
	}
}

// listedTwice reports whether the list may have a key twice.
func (p *luaTable) listedTwice() bool {
	return len(p.k2i) > 0 && len(p.k2i) != len(p.keys)
}

// sweep removes the keys without a value from the list.
func (p *luaTable) sweep() {
	if p.listedTwice() {
		p.locate()
	}
	clear(p.k2i)
	n := 0
	for _, k := range p.keys {
		if p.hashed(k) != lua.LNil {
			p.keys[n] = k
			n++
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
	case room > 4*lookFor && 8*n < room:
		// The maps are as large as they ever were.
		room = 4 << bits.Len(uint(n))
		if dict := p.dict; dict != nil {
			p.dict = make(map[lua.LValue]lua.LValue, len(dict))
			for k, v := range dict {
				p.dict[k] = v
			}
		}
		if strdict := p.strdict; strdict != nil {
			p.strdict = make(map[string]lua.LValue, len(strdict))
			for k, v := range strdict {
				p.strdict[k] = v
			}
		}
		p.k2i = make(map[lua.LValue]int)
	default:
		return
	}
	keys := make([]lua.LValue, n, room)
	copy(keys, p.keys)
	p.keys = keys
}

// Each is for all keys of a table and their values, in the order of next. Fields may
// be set to nil meanwhile.
func Each(t *lua.LTable) iter.Seq2[lua.LValue, lua.LValue] {
	return func(yield func(k, v lua.LValue) bool) {
		p := partsOf(t)
		for i := 0; i < len(p.array); i++ {
			if v := p.array[i]; v != lua.LNil && !yield(lua.LNumber(i+1), v) {
				return
			}
		}
		if p.listedTwice() {
			p.locate()
		}
		for i := 0; i < len(p.keys); i++ {
			k := p.keys[i]
			if v := p.hashed(k); v != lua.LNil && !yield(k, v) {
				return
			}
		}
	}
}

// nextPlaces are the places in the lists of keys where next went last, each for some
// of the tables: it need not look for the key that it is given.
type nextPlaces [64]int

// of is the place of the last key that next gave of a table.
func (n *nextPlaces) of(p *luaTable) *int {
	return &n[uintptr(unsafe.Pointer(p))/unsafe.Sizeof(*p)%uintptr(len(n))]
}

// next is the field of a table after that of a key, which is nil for the first. The
// key is nil after the last. It is not ok if there is no such key.
func (n *nextPlaces) next(L *lua.LState, t *lua.LTable, key lua.LValue) (k, v lua.LValue, ok bool) {
	p := partsOf(t)
	at, index := n.of(p), indexOf(key)
	switch {
	case key == lua.LNil || index > 0 && index <= len(p.array):
		for i, v := range p.array[index:] {
			if v != lua.LNil {
				return numberValue(L, float64(index+i+1)), v, true
			}
		}
		*at = -1
	case *at >= 0 && *at < len(p.keys) && p.keys[*at] == key:
	default:
		if *at = p.place(key); *at < 0 && (index == 0 || index > cap(p.array)) {
			return lua.LNil, lua.LNil, false
		}
		// An index was in the array: it was cut off since.
	}
	if p.listedTwice() {
		p.locate()
		if *at >= 0 {
			*at = p.place(key)
		}
	}
	for i, k := range p.keys[*at+1:] {
		if v := p.hashed(k); v != lua.LNil {
			*at += 1 + i
			return k, v, true
		}
	}
	return lua.LNil, lua.LNil, true
}
