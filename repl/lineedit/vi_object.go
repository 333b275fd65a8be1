package lineedit

import "strings"

// objects makes a command of i and a after an operator: they take the next key, which names what the cursor is in.
func objects(around bool) func(e *Editor) Outcome {
	return func(e *Editor) Outcome {
		e.want = func(k Key) Outcome {
			op := e.vi.op
			e.vi.cancel()
			from, to, ok := e.object(k, around)
			if !ok {
				return Bell
			}
			return e.operate(op, from, to)
		}
		return None
	}
}

// object returns the word, the quoted text or the text in brackets that the cursor is in; around says with what
// delimits it.
func (e *Editor) object(k Key, around bool) (from, to int, ok bool) {
	switch k {
	case "w", "W":
		from, to = e.wordObject(k == "W", around)
		return from, to, to > from
	case `"`, "'", "`":
		return e.quoteObject(rune(k[0]), around)
	}
	for _, pair := range []string{"()b", "[]", "{}B", "<>"} {
		if len(k) == 1 && strings.Contains(pair, string(k)) {
			return e.bracketObject(rune(pair[0]), rune(pair[1]), around)
		}
	}
	return 0, 0, false
}

func (e *Editor) wordObject(big, around bool) (from, to int) {
	if e.pos == len(e.line) {
		return e.pos, e.pos
	}
	cl := class(e.line[e.pos], big)
	from, to = e.pos, e.skip(e.pos, cl, big)
	for from > 0 && class(e.line[from-1], big) == cl {
		from--
	}
	if !around {
		return from, to
	}
	end := to
	if cl == 0 && end < len(e.line) {
		return from, e.skip(end, class(e.line[end], big), big)
	}
	if to = e.skip(end, 0, big); to == end { // no blanks behind it: those before it
		for from > 0 && class(e.line[from-1], big) == 0 {
			from--
		}
	}
	return from, to
}

// quoteObject takes the first quoted text of the row that ends at the cursor or behind it.
func (e *Editor) quoteObject(quote rune, around bool) (from, to int, ok bool) {
	open := -1
	for pos := e.rowStart(); pos < e.rowEnd(); pos++ {
		switch {
		case e.line[pos] == '\\':
			pos++
		case e.line[pos] != quote:
		case open < 0:
			open = pos
		case pos < e.pos:
			open = -1
		case around:
			return open, pos + 1, true
		default:
			return open + 1, pos, true
		}
	}
	return 0, 0, false
}

func (e *Editor) bracketObject(open, shut rune, around bool) (from, to int, ok bool) {
	from = e.pos
	for depth := 0; ; from-- {
		if from < 0 {
			return 0, 0, false
		}
		if from == len(e.line) {
			continue
		}
		if e.line[from] == open {
			if depth == 0 {
				break
			}
			depth--
		} else if e.line[from] == shut && from != e.pos {
			depth++
		}
	}
	for depth, to := 0, from+1; to < len(e.line); to++ {
		switch e.line[to] {
		case open:
			depth++
		case shut:
			if depth == 0 {
				if around {
					return from, to + 1, true
				}
				return from + 1, to, true
			}
			depth--
		}
	}
	return 0, 0, false
}
