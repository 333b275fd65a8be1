package script

import (
	lua "github.com/yuin/gopher-lua"
)

// A matcher matches one subject with patterns of Lua (5.4.1).
type matcher struct {
	L        *lua.LState
	s, p     string
	level    int // the number of captures, finished or not
	captures [maxCaptures]capture
	depth    int
	steps    int
}

const (
	maxCaptures = 32
	maxMatch    = 100_000 // how deep a match may nest
)

// capture is a capture: its place, and its length or one of the two below.
type capture struct{ start, n int }

const (
	captureOpen     = -1
	capturePosition = -2
)

// fail raises an error of a pattern.
func (m *matcher) fail(msg string) { raise(m.L, 1, "%s", msg) }

// start begins a match anew.
func (m *matcher) start() { m.level, m.depth = 0, 0 }

// tick counts the work, so that a match that takes for ever can be interrupted.
func (m *matcher) tick() {
	if m.steps++; m.steps&0xffff == 0 {
		checkInterrupt(m.L)
	}
}

// match matches the pattern from p on at s, and returns the end of the match
// or -1.
func (m *matcher) match(s, p int) int {
	if m.depth++; m.depth > maxMatch {
		m.fail("pattern too complex")
	}
	e := m.run(s, p)
	m.depth--
	return e
}

func (m *matcher) run(s, p int) int {
	for {
		m.tick()
		if p == len(m.p) {
			return s
		}
		switch m.p[p] {
		case '(':
			if p+1 < len(m.p) && m.p[p+1] == ')' {
				return m.open(s, p+2, capturePosition)
			}
			return m.open(s, p+1, captureOpen)
		case ')':
			return m.close(s, p+1)
		case '$':
			if p+1 == len(m.p) {
				if s == len(m.s) {
					return s
				}
				return -1
			}
		case '%':
			if p+1 == len(m.p) {
				m.fail("malformed pattern (ends with '%')")
			}
			switch c := m.p[p+1]; {
			case c == 'b':
				if s = m.balance(s, p+2); s < 0 {
					return -1
				}
				p += 4
				continue
			case c == 'f':
				p += 2
				if p >= len(m.p) || m.p[p] != '[' {
					m.fail("missing '[' after '%f' in pattern")
				}
				end := m.classEnd(p)
				var before, after byte
				if s > 0 {
					before = m.s[s-1]
				}
				if s < len(m.s) {
					after = m.s[s]
				}
				if m.inSet(before, p, end-1) || !m.inSet(after, p, end-1) {
					return -1
				}
				p = end
				continue
			case isDigit(c):
				if s = m.back(s, c); s < 0 {
					return -1
				}
				p += 2
				continue
			}
		}
		end := m.classEnd(p)
		var suffix byte
		if end < len(m.p) {
			suffix = m.p[end]
		}
		switch suffix {
		case '?':
			if s < len(m.s) && m.single(m.s[s], p, end) {
				if e := m.match(s+1, end+1); e >= 0 {
					return e
				}
			}
			p = end + 1
		case '*':
			return m.most(s, p, end)
		case '+':
			if s < len(m.s) && m.single(m.s[s], p, end) {
				return m.most(s+1, p, end)
			}
			return -1
		case '-':
			return m.least(s, p, end)
		default:
			if s >= len(m.s) || !m.single(m.s[s], p, end) {
				return -1
			}
			s++
			p = end
		}
	}
}

// most matches as many of the class as it can, and then the rest.
func (m *matcher) most(s, p, end int) int {
	n := 0
	for s+n < len(m.s) && m.single(m.s[s+n], p, end) {
		n++
	}
	if end+1 == len(m.p) {
		return s + n
	}
	for ; n >= 0; n-- {
		m.tick()
		if e := m.match(s+n, end+1); e >= 0 {
			return e
		}
	}
	return -1
}

// least matches as few of the class as it can, and then the rest.
func (m *matcher) least(s, p, end int) int {
	for {
		if e := m.match(s, end+1); e >= 0 {
			return e
		}
		if s >= len(m.s) || !m.single(m.s[s], p, end) {
			return -1
		}
		s++
	}
}

func (m *matcher) open(s, p, n int) int {
	if m.level >= maxCaptures {
		m.fail("too many captures")
	}
	m.captures[m.level] = capture{s, n}
	m.level++
	e := m.match(s, p)
	if e < 0 {
		m.level--
	}
	return e
}

func (m *matcher) close(s, p int) int {
	i := m.level - 1
	for i >= 0 && m.captures[i].n != captureOpen {
		i--
	}
	if i < 0 {
		m.fail("invalid pattern capture")
	}
	m.captures[i].n = s - m.captures[i].start
	e := m.match(s, p)
	if e < 0 {
		m.captures[i].n = captureOpen
	}
	return e
}

// balance matches %bxy, whose letters stand at p.
func (m *matcher) balance(s, p int) int {
	if p+1 >= len(m.p) {
		m.fail("unbalanced pattern")
	}
	if s >= len(m.s) || m.s[s] != m.p[p] {
		return -1
	}
	open, closing := m.p[p], m.p[p+1]
	n := 1
	for s++; s < len(m.s); s++ {
		switch m.s[s] {
		case closing:
			if n--; n == 0 {
				return s + 1
			}
		case open:
			n++
		}
	}
	return -1
}

// back matches the text of an earlier capture.
func (m *matcher) back(s int, c byte) int {
	i := int(c) - '1'
	if i < 0 || i >= m.level || m.captures[i].n == captureOpen {
		m.fail("invalid capture index")
	}
	k := m.captures[i]
	if k.n < 0 {
		return -1 // a position has no text
	}
	if len(m.s)-s >= k.n && m.s[s:s+k.n] == m.s[k.start:k.start+k.n] {
		return s + k.n
	}
	return -1
}

// classEnd returns the end of the class at p.
func (m *matcher) classEnd(p int) int {
	c := m.p[p]
	p++
	switch c {
	case '%':
		if p == len(m.p) {
			m.fail("malformed pattern (ends with '%')")
		}
		return p + 1
	case '[':
		if p < len(m.p) && m.p[p] == '^' {
			p++
		}
		for first := true; first || p < len(m.p) && m.p[p] != ']'; first = false {
			if p >= len(m.p) {
				break
			}
			if m.p[p] == '%' {
				p++
			}
			p++
		}
		if p >= len(m.p) {
			m.fail("malformed pattern (missing ']')")
		}
		return p + 1
	}
	return p
}

// single reports whether c is in the class at p.
func (m *matcher) single(c byte, p, end int) bool {
	switch m.p[p] {
	case '.':
		return true
	case '%':
		return inClass(c, m.p[p+1])
	case '[':
		return m.inSet(c, p, end-1)
	}
	return m.p[p] == c
}

// inSet reports whether c is in the set that begins at p and ends with the ] at
// end.
func (m *matcher) inSet(c byte, p, end int) bool {
	want := true
	p++
	if m.p[p] == '^' {
		want = false
		p++
	}
	for ; p < end; p++ {
		switch {
		case m.p[p] == '%':
			p++
			if inClass(c, m.p[p]) {
				return want
			}
		case p+2 < end && m.p[p+1] == '-':
			if m.p[p] <= c && c <= m.p[p+2] {
				return want
			}
			p += 2
		case m.p[p] == c:
			return want
		}
	}
	return !want
}

// inClass reports whether c is in the class of the letter, in the C locale; an
// upper case letter is the complement.
func inClass(c, letter byte) bool {
	lower, upper := 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z'
	var in bool
	switch letter | 0x20 {
	case 'a':
		in = lower || upper
	case 'c':
		in = c < ' ' || c == 0x7f
	case 'd':
		in = isDigit(c)
	case 'l':
		in = lower
	case 'p':
		in = '!' <= c && c <= '~' && !lower && !upper && !isDigit(c)
	case 's':
		in = c == ' ' || '\t' <= c && c <= '\r'
	case 'u':
		in = upper
	case 'w':
		in = lower || upper || isDigit(c)
	case 'x':
		in = isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
	case 'z':
		in = c == 0
	default:
		return letter == c
	}
	if letter&0x20 == 0 {
		// An upper case letter; others are in no case above.
		return !in
	}
	return in
}

// get returns capture i of a match from s to e; the whole match is the only
// capture when there is none.
func (m *matcher) get(i, s, e int) lua.LValue {
	if i >= m.level {
		if i != 0 {
			m.fail("invalid capture index")
		}
		return lua.LString(m.s[s:e])
	}
	k := m.captures[i]
	switch k.n {
	case capturePosition:
		return lua.LNumber(k.start + 1)
	case captureOpen:
		m.fail("unfinished capture")
	}
	return lua.LString(m.s[k.start : k.start+k.n])
}

// push pushes the captures of a match, or the whole of it when there are none.
func (m *matcher) push(s, e int) int {
	n := max(m.level, 1)
	for i := range n {
		m.L.Push(m.get(i, s, e))
	}
	return n
}
