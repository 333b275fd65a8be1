package lua51

import (
	"math/bits"

	lua "github.com/yuin/gopher-lua"
)

// rearrange finds the best length for the array, as Lua does: the largest power of
// two of which more than half is in use. It moves what is in the wrong part. The
// index is not in the list of keys yet; the list is swept.
func (p *luaTable) rearrange(index int) {
	var used [bits.UintSize + 1]int // from the power of two below to this one
	total := 1
	used[bits.Len(uint(index-1))]++
	for i, v := range p.array {
		if v != lua.LNil {
			used[bits.Len(uint(i))]++
			total++
		}
	}
	for _, k := range p.keys {
		if i := indexOf(k); i > 0 {
			used[bits.Len(uint(i-1))]++
			total++
		}
	}
	size, sum := 0, 0
	for b, power := 0, 1; power/2 < total; b, power = b+1, 2*power {
		if sum += used[b]; sum > power/2 {
			size = power
		}
	}
	size = max(size, fillTo)
	switch n := len(p.array); {
	case size < n:
		p.shorten(size)
	case size > n && len(p.dict) > 0:
		p.extend(size, index)
	}
	p.pull()
}

// shorten moves what stands behind an index of the array to the other keys.
func (p *luaTable) shorten(size int) {
	rest := p.array[size:]
	p.array = append([]lua.LValue(nil), p.array[:size]...)
	p.trim()
	if p.dict == nil {
		p.dict = make(map[lua.LValue]lua.LValue)
	}
	if p.keys == nil {
		p.k2i = make(map[lua.LValue]int)
	}
	clear(p.k2i)
	for i, v := range rest {
		if v != lua.LNil {
			key := lua.LNumber(size + i + 1)
			p.dict[key] = v
			p.keys = append(p.keys, key)
		}
	}
}

// extend moves what belongs in an array of that size there. Not all such keys are in
// the list: the index may not be.
func (p *luaTable) extend(size, index int) {
	array := make([]lua.LValue, size)
	n := copy(array, p.array)
	for i := n; i < size; i++ {
		array[i] = lua.LNil
	}
	p.array = array
	if v, ok := p.dict[lua.LNumber(index)]; ok && index <= size {
		p.array[index-1] = v
		delete(p.dict, lua.LNumber(index))
	}
	left := 0
	for _, k := range p.keys {
		if i := indexOf(k); i > 0 && i <= size {
			p.array[i-1] = p.dict[k]
			delete(p.dict, k)
			continue
		}
		p.keys[left] = k
		left++
	}
	clear(p.keys[left:])
	p.keys = p.keys[:left]
	if len(p.dict) == 0 {
		p.dict = nil
	}
	p.trim()
}
