package lineedit

import (
	"strings"
	"unicode"
)

// A motion returns where n steps lead, and whether the character there belongs to what an operator takes.
type motion func(e *Editor, n int) (to int, inclusive, ok bool)

// moves makes a command of a motion, which moves the cursor or is what an operator waits for.
func moves(m motion) func(e *Editor) Outcome {
	return func(e *Editor) Outcome {
		to, inclusive, ok := m(e, e.steps())
		op := e.vi.op
		e.vi.cancel()
		switch {
		case !ok:
			return Bell
		case op == 0:
			e.pos = to
			return None
		}
		from := min(e.pos, to)
		to = max(e.pos, to)
		if inclusive {
			to = e.right(to)
		}
		return e.operate(op, from, to)
	}
}

// steps is the count of a motion: that of the operator times its own.
func (e *Editor) steps() int { return min(max(1, e.vi.opCount)*e.number(), maxCount) }

// class is 0 for a blank, 1 for a character of a word, and 2 for another.
func class(r rune, big bool) int {
	switch {
	case unicode.IsSpace(r):
		return 0
	case big || r == '_' || isWord(r):
		return 1
	}
	return 2
}

// nextWord is w, or W if big. With c it is e, on a word.
func nextWord(big bool) motion {
	return func(e *Editor, n int) (int, bool, bool) {
		if e.vi.op == 'c' && e.pos < len(e.line) && class(e.line[e.pos], big) != 0 {
			to := e.pos
			for i := range n {
				if i > 0 {
					to = e.skip(to, 0, big)
				}
				if to < len(e.line) {
					to = e.skip(to, class(e.line[to], big), big)
				}
			}
			return to, false, true
		}
		to := e.pos
		for range n {
			if to < len(e.line) {
				to = e.skip(to, class(e.line[to], big), big)
				to = e.skip(to, 0, big)
			}
		}
		return to, false, to > e.pos
	}
}

// skip returns the end of the run of this class at pos.
func (e *Editor) skip(pos, cl int, big bool) int {
	for pos < len(e.line) && class(e.line[pos], big) == cl {
		pos++
	}
	return pos
}

// endWord is e, or E if big.
func endWord(big bool) motion {
	return func(e *Editor, n int) (int, bool, bool) {
		to := e.pos
		for range n {
			next := e.skip(e.right(to), 0, big)
			if next >= len(e.line) {
				break
			}
			to = e.left(e.skip(next, class(e.line[next], big), big))
		}
		if to == e.pos && e.vi.op != 0 && to < len(e.line) {
			return to, true, true
		}
		return to, true, to > e.pos
	}
}

// previousWord is b, or B if big.
func previousWord(big bool) motion {
	return func(e *Editor, n int) (int, bool, bool) {
		to := e.pos
		for range n {
			for to > 0 && class(e.line[to-1], big) == 0 {
				to--
			}
			for cl := 0; to > 0; to-- {
				if c := class(e.line[to-1], big); cl == 0 {
					cl = c
				} else if c != cl {
					break
				}
			}
		}
		return to, false, to < e.pos
	}
}

// sideways is l, or h if n is negative. It stays in the row.
func sideways(direction int) motion {
	return func(e *Editor, n int) (int, bool, bool) {
		to := e.pos
		for range n {
			switch {
			case direction < 0 && to > e.rowStart():
				to = e.left(to)
			case direction > 0 && to < e.rowEnd():
				to = e.right(to)
			}
		}
		return to, false, to != e.pos && (e.vi.op != 0 || to < e.rowEnd() || e.right(e.pos) < to)
	}
}

// ends makes a motion of a position in the row.
func ends(position func(e *Editor) int) motion {
	return func(e *Editor, _ int) (int, bool, bool) { return position(e), false, true }
}

// firstText is the first character of the row that is no blank.
func (e *Editor) firstText() int {
	pos := e.rowStart()
	for pos < e.rowEnd() && unicode.IsSpace(e.line[pos]) {
		pos++
	}
	return pos
}

// finds makes a command of f, F, t or T, which take the next key.
func finds(key byte) func(e *Editor) Outcome {
	return func(e *Editor) Outcome {
		n := e.steps()
		e.want = func(k Key) Outcome {
			r, ok := k.text()
			if !ok {
				e.vi.cancel()
				return Bell
			}
			e.vi.find.key, e.vi.find.char = key, r
			return moves(func(e *Editor, _ int) (int, bool, bool) { return e.findChar(key, r, n, false) })(e)
		}
		return None
	}
}

// findsAgain makes a motion of ; or, in the other direction, of a comma.
func findsAgain(other bool) motion {
	return func(e *Editor, n int) (int, bool, bool) {
		key := e.vi.find.key
		if key == 0 {
			return 0, false, false
		}
		if other {
			key ^= 'a' ^ 'A'
		}
		return e.findChar(key, e.vi.find.char, n, true)
	}
}

// findChar finds the nth r in the row, from the cursor.
func (e *Editor) findChar(key byte, r rune, n int, again bool) (int, bool, bool) {
	step := 1
	if key == 'F' || key == 'T' {
		step = -1
	}
	pos := e.pos
	if again && (key == 't' || key == 'T') {
		pos += step // not where it stands already
	}
	from, to := e.rowStart(), e.rowEnd()
	for n > 0 {
		if pos += step; pos < from || pos >= to {
			return 0, false, false
		}
		if e.line[pos] == r {
			n--
		}
	}
	switch key {
	case 't':
		pos--
	case 'T':
		pos++
	}
	return pos, step > 0, true
}

// matching is %: the bracket that belongs to the next one in the row.
func matching(e *Editor, _ int) (int, bool, bool) {
	const pairs = "()[]{}"
	for at := e.pos; at < e.rowEnd(); at++ {
		i := strings.IndexRune(pairs, e.line[at])
		if i < 0 {
			continue
		}
		other, step, depth := rune(pairs[i^1]), 1-i%2*2, 0
		for pos := at; pos >= 0 && pos < len(e.line); pos += step {
			switch e.line[pos] {
			case e.line[at]:
				depth++
			case other:
				if depth--; depth == 0 {
					return pos, true, true
				}
			}
		}
		break
	}
	return 0, false, false
}

// column is |: the column that the count says.
func column(e *Editor, n int) (int, bool, bool) {
	return min(e.rowStart()+n-1, e.rowEnd()), false, true
}
