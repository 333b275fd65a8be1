package lineedit

import (
	"slices"
	"strings"
)

// gives makes a command that only has an outcome.
func gives(out Outcome) func(e *Editor) Outcome {
	return func(*Editor) Outcome { return out }
}

// goes makes a command that moves the cursor.
func goes(position func(e *Editor) int) func(e *Editor) Outcome {
	return func(e *Editor) Outcome { return e.move(position(e)) }
}

// stepLeft and stepRight are the positions as many characters away as the numeric argument says.
func (e *Editor) stepLeft() int  { return forWords(e.left, e.pos, e.number()) }
func (e *Editor) stepRight() int { return forWords(e.right, e.pos, e.number()) }

// nextWordEnd and lastWordStart are the same in words.
func (e *Editor) nextWordEnd() int   { return forWords(e.wordEnd, e.pos, e.number()) }
func (e *Editor) lastWordStart() int { return forWords(e.wordStart, e.pos, e.number()) }

// suggested makes a command that takes what suggested returns of the suggestion if the cursor is at the end of the
// line and there is one, and else does as otherwise.
func suggested(part func(suggestion string) string, otherwise func(e *Editor) Outcome) func(e *Editor) Outcome {
	return func(e *Editor) Outcome {
		if e.pos < len(e.line) || e.cfg.Suggest == nil {
			return otherwise(e)
		}
		text := e.cfg.Suggest(string(e.line))
		if text == "" {
			return otherwise(e)
		}
		e.insert([]rune(part(text)))
		return None
	}
}

func whole(text string) string { return text }

// firstWord is the beginning of text, to the end of its first word.
func firstWord(text string) string {
	e := Editor{line: []rune(text)}
	return string(e.line[:e.wordEnd(0)])
}

// enter finishes the line, with the cursor at its end.
func (e *Editor) enter() Outcome {
	e.pos = len(e.line)
	return Enter
}

// newline begins another row.
func (e *Editor) newline() Outcome {
	e.insert([]rune{'\n'})
	return None
}

// backspace deletes the character before the cursor.
func (e *Editor) backspace() Outcome {
	from := e.stepLeft()
	if from == e.pos {
		return Bell
	}
	if e.overwrite {
		return e.move(from)
	}
	e.replace(from, e.pos, nil)
	return None
}

// deleteChar deletes the character at the cursor.
func (e *Editor) deleteChar() Outcome {
	to := e.stepRight()
	if to == e.pos {
		return Bell
	}
	pos := e.pos
	e.replace(pos, to, nil)
	return None
}

// end leaves, on an empty line, gives up an entry of several rows on its empty last row, or deletes
// the character at the cursor.
func (e *Editor) end() Outcome {
	n := len(e.line)
	switch {
	case n == 0:
		return End
	case e.pos == n && e.line[n-1] == '\n':
		return Discard
	}
	if e.mode == Command {
		return Bell
	}
	return e.deleteChar()
}

// killRow kills to the start or to the end of the row, or, if it stands there, the newline.
func (e *Editor) killRow(start bool) Outcome {
	from, to := e.pos, e.rowEnd()
	switch {
	case start:
		from, to = e.rowStart(), e.pos
		if from == to && from > 0 {
			from--
		}
	case from == to && to < len(e.line):
		to++
	}
	return e.kill(from, to)
}

// quoted inserts the next key as it is.
func (e *Editor) quoted() Outcome {
	e.want = func(k Key) Outcome {
		text, ok := k.literal()
		if !ok {
			return Bell
		}
		e.insert(text)
		return None
	}
	return None
}

// meta makes Alt-f of Escape and f.
func (e *Editor) meta() Outcome {
	e.want = func(k Key) Outcome {
		if b, _ := lookup(e.keyMode(), "Alt-"+string(k)); b != nil && k != "Enter" {
			return e.dispatch("Alt-" + k)
		} else if r, ok := k.text(); ok && r < 0x80 && r != ' ' {
			return Bell
		}
		return e.dispatch(k)
	}
	return None
}

// digit makes a command that adds a digit to the numeric argument.
func digit(d int) func(e *Editor) Outcome {
	return func(e *Editor) Outcome {
		e.zero = d == 0 && e.count == 0
		e.count = min(e.count*10+d, maxCount)
		return None
	}
}

// zero is 0 of vi: a digit behind others, or a motion.
func zero(e *Editor) Outcome {
	if e.count > 0 {
		return digit(0)(e)
	}
	out := moves(ends((*Editor).rowStart))(e)
	return out
}

// comment makes the line a comment and finishes it, or makes a comment a line again.
func (e *Editor) comment() Outcome {
	mark := []rune(e.cfg.Comment)
	switch {
	case len(mark) == 0:
		return Bell
	case strings.HasPrefix(string(e.line), e.cfg.Comment):
		pos := max(e.pos-len(mark), 0)
		e.replace(0, len(mark), nil)
		e.pos = pos
		return None
	}
	e.replace(0, 0, mark)
	for i := len(mark); i < len(e.line); i++ {
		if e.line[i] == '\n' {
			e.replace(i+1, i+1, mark)
		}
	}
	return e.enter()
}

// abandon forgets a numeric argument.
func (e *Editor) abandon() Outcome {
	e.vi.cancel()
	return Bell
}

// operateTo makes a command of an operator and the part of the row that it takes.
func operateTo(op rune, part func(e *Editor) (from, to int)) func(e *Editor) Outcome {
	return func(e *Editor) Outcome {
		from, to := part(e)
		return e.operate(op, from, to)
	}
}

func charsBefore(e *Editor) (from, to int) { return max(e.stepLeft(), e.rowStart()), e.pos }
func charsAfter(e *Editor) (from, to int)  { return e.pos, min(e.stepRight(), e.rowEnd()) }
func toEnd(e *Editor) (from, to int)       { return e.pos, e.rowEnd() }
func row(e *Editor) (from, to int)         { return e.rowStart(), e.rowEnd() }

// searchWord and the others change the query of a search.
func queryBackspace(e *Editor) Outcome {
	q := e.search.query
	if len(q) == 0 {
		return Bell
	}
	return e.refine(q[:len(q)-1])
}

func queryWord(e *Editor) Outcome {
	q := Editor{line: e.search.query, pos: len(e.search.query)}
	return e.refine(slices.Clone(q.line[:q.blankStart(q.pos)]))
}

func queryClear(e *Editor) Outcome { return e.refine(nil) }

// cancelSearch gives the line back as it was before.
func (e *Editor) cancelSearch() Outcome {
	e.endSearch(false)
	return None
}

// edit ends the search with the hit in the line, to be edited.
func (e *Editor) edit(end bool) Outcome {
	if !e.endSearch(true) {
		return Bell
	}
	if !end {
		e.pos = 0
	}
	return None
}
