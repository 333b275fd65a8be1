package lua51

import (
	lua "github.com/yuin/gopher-lua"
)

// A matcher matches one subject with patterns of Lua (5.4.1).
type matcher struct {
	L        *lua.LState // nil in a search
	s, p     string
	level    int // the number of captures, finished or not
	captures [maxCaptures]capture
	depth    int

	// short is set when a match could have gone on with more bytes at the end.
	short bool

	steps  int   // of work, so far
	checks int   // the number of steps at which to look up next
	memo   *memo // what has failed, once the work grows beyond the subject
	stop   func() error
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

// fail raises an error of a pattern; in a search it panics with it.
func (m *matcher) fail(msg string) {
	if m.L == nil {
		panic(PatternError(msg))
	}
	Raise(m.L, 1, "%s", msg)
}

// start begins a match anew.
func (m *matcher) start() { m.level, m.depth, m.short = 0, 0, false }

// checkSteps is how much work is done between two looks at whether to go on:
// less than a millisecond.
const checkSteps = 1 << 14

// spend counts steps of work.
func (m *matcher) spend(n int) {
	if m.steps += n; m.steps >= m.checks {
		m.check()
	}
}

// check ends the match if it has to end. A match that does more work than its
// subject is long remembers from then on what has failed.
func (m *matcher) check() {
	m.checks = m.steps + checkSteps
	if m.memo == nil && m.steps > 4*len(m.s)+checkSteps && !hasBackReference(m.p) {
		m.memo = newMemo(len(m.s), len(m.p))
	}
	if m.stop == nil {
		CheckInterrupt(m.L)
	} else if err := m.stop(); err != nil {
		panic(searchStopped{err})
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
		m.spend(1)
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
				m.short = true
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
				} else {
					m.short = true
				}
				if m.inSet(before, p, end-1) || !m.inSet(after, p, end-1) {
					return -1
				}
				p = end
				continue
			case IsDigit(c):
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
		if s >= len(m.s) {
			m.short = true
		}
		switch suffix {
		case '?':
			if m.memo.failed(p, s) {
				m.short = true
				return -1
			}
			if s < len(m.s) && m.single(m.s[s], p, end) {
				if e := m.match(s+1, end+1); e >= 0 {
					return e
				}
			}
			if m.memo != nil {
				e := m.match(s, end+1)
				if e < 0 {
					m.memo.fail(p, s, s)
				}
				return e
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
	last := s
	for ; ; last++ {
		if m.memo.failed(p, last) {
			m.short = true
			last--
			break
		}
		if last >= len(m.s) {
			m.short = true
			break
		}
		if !m.single(m.s[last], p, end) {
			break
		}
		m.spend(1)
	}
	if end+1 == len(m.p) {
		return last
	}
	for i := last; i >= s; i-- {
		m.spend(1)
		if e := m.match(i, end+1); e >= 0 {
			return e
		}
	}
	m.memo.fail(p, s, last)
	return -1
}

// least matches as few of the class as it can, and then the rest.
func (m *matcher) least(s, p, end int) int {
	i := s
	for ; ; i++ {
		if m.memo.failed(p, i) {
			m.short = true
			i--
			break
		}
		if e := m.match(i, end+1); e >= 0 {
			return e
		}
		if i >= len(m.s) {
			m.short = true
			break
		}
		if !m.single(m.s[i], p, end) {
			break
		}
	}
	m.memo.fail(p, s, i)
	return -1
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
	if s >= len(m.s) {
		m.short = true
		return -1
	}
	if m.s[s] != m.p[p] {
		return -1
	}
	if m.memo.failed(p, s) {
		m.short = true
		return -1
	}
	open, closing := m.p[p], m.p[p+1]
	n := 1
	for i := s + 1; i < len(m.s); i++ {
		switch m.s[i] {
		case closing:
			if n--; n == 0 {
				return i + 1
			}
		case open:
			n++
		}
		m.spend(1)
	}
	m.short = true
	m.unclosed(s, p)
	return -1
}

// unclosed notes which of the opening bytes from s on are never closed: those
// without a closing one to spare behind them.
func (m *matcher) unclosed(s, p int) {
	if m.memo == nil {
		return
	}
	spare := 0
	for i := len(m.s) - 1; i >= s; i-- {
		switch m.s[i] {
		case m.p[p+1]:
			spare++
		case m.p[p]:
			if spare--; spare < 0 {
				spare = 0
				m.memo.fail(p, i, i)
			}
		}
		m.spend(1)
	}
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
	if len(m.s)-s < k.n {
		m.short = true
		return -1
	}
	m.spend(k.n / 64)
	if m.s[s:s+k.n] == m.s[k.start:k.start+k.n] {
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
		in = IsDigit(c)
	case 'l':
		in = lower
	case 'p':
		in = '!' <= c && c <= '~' && !lower && !upper && !IsDigit(c)
	case 's':
		in = c == ' ' || '\t' <= c && c <= '\r'
	case 'u':
		in = upper
	case 'w':
		in = lower || upper || IsDigit(c)
	case 'x':
		in = IsDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
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
