package lua51

import (
	"math/bits"

	lua "github.com/yuin/gopher-lua"
)

// An array takes 16 bytes for each index up to its end, and the other keys take 40 to
// 80 for each that is in use. So an array is the better place, and the faster one,
// while more than a quarter of it is in use. (Lua's other keys take less, so that it
// asks for half.)
const sparsest = 4

// dense reports whether enough of the array is in use.
func (p *luaTable) dense() bool {
	n, used := len(p.array), 0
	for _, v := range p.array {
		if !isNil(v) {
			if used++; used > n/sparsest {
				return true
			}
		}
	}
	return false
}

// rearrange finds the best length for the array, nearly as Lua does: the largest
// power of two of which enough is in use. It moves values that are in the wrong part, and
// reports whether it changed anything. The index is about to be set.
func (p *luaTable) rearrange(h *otherKeys, index int) bool {
	var used [bits.UintSize + 1]int // from behind a power of two up to the next
	total := 1
	used[bits.Len(uint(index-1))]++
	items := 0
	for i, v := range p.array {
		if !isNil(v) {
			used[bits.Len(uint(i))]++
			items++
		}
	}
	for _, e := range h.entries {
		if i := indexOf(e.key); i > 0 && !isNil(e.value) {
			used[bits.Len(uint(i-1))]++
			total++
		}
	}
	total += items
	size, sum, inside := fillTo, 0, 0
	for b, power := 0, 1; power <= fillTo || power/sparsest < total && power < lua.MaxArrayIndex; b, power = b+1, 2*power {
		if sum += used[b]; power <= fillTo || sum > power/sparsest {
			size, inside = max(fillTo, power), sum
		}
	}
	switch n := len(p.array); {
	case size < n:
		rest := p.array[size:]
		p.array = append([]lua.LValue(nil), p.array[:size]...)
		p.trim()
		for i, v := range rest {
			if !isNil(v) {
				h.put(lua.LNumber(size+i+1), v)
			}
		}
	case size > n && inside > items:
		p.take(h, size)
	default:
		return false
	}
	p.pull(h)
	return true
}

// take moves what belongs in an array of that size there.
func (p *luaTable) take(h *otherKeys, size int) {
	last := len(p.array)
	for i := range h.entries {
		if index := indexOf(h.entries[i].key); index <= size && !isNil(h.entries[i].value) {
			last = max(last, index)
		}
	}
	p.grow(size)
	for len(p.array) < last {
		p.array = append(p.array, lua.LNil)
	}
	for i := range h.entries {
		if index := indexOf(h.entries[i].key); index > 0 && index <= size {
			if v := h.entries[i].value; !isNil(v) {
				p.array[index-1] = v
			}
			h.vacate(i)
		}
	}
}
