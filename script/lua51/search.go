package lua51

import (
	lua "github.com/yuin/gopher-lua"
)

// A Search looks for a pattern of Lua in a text that grows at its end. It needs
// no state of Lua, and so no lock. What can't become a match any more is not
// looked at again.
type Search struct {
	pattern  string
	anchored bool
	from     int  // where a match can begin
	dead     bool // nowhere
}

// PatternError is why a pattern is none.
type PatternError string

func (e PatternError) Error() string { return string(e) }

// searchStopped is the panic of a search that was told to end.
type searchStopped struct{ err error }

// NewSearch returns a search for a pattern, of which Find reports what is wrong.
func NewSearch(pattern string) *Search {
	s := &Search{pattern: pattern}
	if len(pattern) > 0 && pattern[0] == '^' {
		s.pattern, s.anchored = pattern[1:], true
	}
	return s
}

// Reset begins anew, with another text.
func (s *Search) Reset() { s.from, s.dead = 0, false }

// Find looks in text, which begins as the one before. It ends with the error of
// stop, which is asked about every millisecond, or with a [patternError].
func (s *Search) Find(text string, stop func() error) (end int, captures []lua.LValue, ok bool, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case PatternError:
			err = r
		case searchStopped:
			err = r.err
		default:
			panic(r)
		}
	}()
	if s.dead {
		return 0, nil, false, nil
	}
	m := matcher{s: text, p: s.pattern, stop: stop, checks: checkSteps}
	again := -1 // the first beginning that may match when more comes
	for at := s.from; at <= len(text); at++ {
		m.start()
		if end = m.match(at, 0); end >= 0 {
			for i := range max(m.level, 1) {
				captures = append(captures, m.get(i, at, end))
			}
			return end, captures, true, nil
		}
		if m.short && again < 0 {
			again = at
		}
		if s.anchored {
			s.dead = again < 0
			return 0, nil, false, nil
		}
	}
	if s.from = again; again < 0 {
		s.from = len(text) + 1
	}
	return 0, nil, false, nil
}

// A memo holds what has failed in a match: the items of the pattern that give a
// choice, each with the places of the subject where it fails, whatever led to
// it. So a pattern without back references takes a time that grows no faster
// than its subject. A nil memo holds nothing.
type memo struct {
	pages int
	items [][]*memoPage // by the offset of the item in the pattern
}

// A memoPage is a bit for each of so many places.
type memoPage [memoPlaces / 64]uint64

const memoPlaces = 1 << 15

func newMemo(subject, pattern int) *memo {
	return &memo{pages: subject/memoPlaces + 1, items: make([][]*memoPage, pattern)}
}

// failed reports whether the item at p is known to fail at s.
func (m *memo) failed(p, s int) bool {
	if m == nil || m.items[p] == nil {
		return false
	}
	page := m.items[p][s/memoPlaces]
	return page != nil && page[s%memoPlaces/64]&(1<<(s%64)) != 0
}

// fail notes that the item at p fails from place s to place last.
func (m *memo) fail(p, s, last int) {
	if m == nil {
		return
	}
	if m.items[p] == nil {
		m.items[p] = make([]*memoPage, m.pages)
	}
	for ; s <= last; s++ {
		page := &m.items[p][s/memoPlaces]
		if *page == nil {
			*page = new(memoPage)
		}
		(*page)[s%memoPlaces/64] |= 1 << (s % 64)
	}
}

// hasBackReference reports whether a pattern may refer to an earlier capture.
func hasBackReference(p string) bool {
	for i := 0; i+1 < len(p); i++ {
		if p[i] == '%' {
			i++
			if IsDigit(p[i]) {
				return true
			}
		}
	}
	return false
}
