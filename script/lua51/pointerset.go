package lua51

import "unsafe"

// A pointerSet is a set of pointers, which it keeps nothing alive for. It takes 16
// to 32 bytes for each, less and in less time than a map.
type pointerSet struct {
	slots []uintptr // 0 is free; more than half are
	used  int
}

// add adds a pointer, and reports whether it is new.
func (s *pointerSet) add(p unsafe.Pointer) bool {
	if 2*s.used >= len(s.slots) {
		old := s.slots
		s.slots = make([]uintptr, max(64, 2*len(old)))
		for _, x := range old {
			if x != 0 {
				s.slots[s.find(x)] = x
			}
		}
	}
	x := uintptr(p)
	i := s.find(x)
	if s.slots[i] == x {
		return false
	}
	s.slots[i] = x
	s.used++
	return true
}

// find is where a pointer is, or goes.
func (s *pointerSet) find(x uintptr) int {
	mask := len(s.slots) - 1
	i := int(uint64(x>>3)*0x9E3779B97F4A7C15>>32) & mask
	for s.slots[i] != 0 && s.slots[i] != x {
		i = (i + 1) & mask
	}
	return i
}
