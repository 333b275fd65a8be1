package lineedit

import (
	"slices"
	"unicode"
)

// vi is what the command mode of vi remembers.
type vi struct {
	op      rune // the operator that waits for its motion: d, c or y
	opCount int  // the count before it
	typed   string
	find    struct { // the last f, F, t or T
		key  byte
		char rune
	}
	pattern   []rune // of the last / or ?
	forward   bool
	keys      []stroke // since the command began
	changed   bool     // it changes the line
	change    []stroke // the last command that did
	repeating bool
}

// A stroke is a key, or a text that was inserted as a whole.
type stroke struct {
	key  Key
	text string
}

// maxStrokes limits what . can repeat.
const maxStrokes = 10000

// record keeps a key for the . command.
func (v *vi) record(k Key) {
	if !v.repeating && len(v.keys) < maxStrokes {
		v.keys = append(v.keys, stroke{key: k})
	}
}

// recordText keeps a pasted text.
func (v *vi) recordText(text string) {
	if !v.repeating && len(v.keys) < maxStrokes {
		v.keys = append(v.keys, stroke{text: text})
	}
}

// finish ends the command after a key, if it is complete.
func (v *vi) finish(e *Editor) {
	switch {
	case e.mode == Insert && v.changed: // until Escape
	case e.mode != Command || e.search != nil:
		v.keys, v.typed = v.keys[:0], ""
	case e.want != nil || v.op != 0 || e.count > 0 || e.sequence != "":
		v.typed = ""
		for _, s := range v.keys {
			v.typed += string(s.key)
		}
	default:
		if v.changed && !v.repeating && len(v.keys) < maxStrokes {
			v.change = slices.Clone(v.keys)
		}
		v.keys, v.changed, v.typed = v.keys[:0], false, ""
	}
}

// cancel forgets an operator.
func (v *vi) cancel() { v.op, v.opCount = 0, 0 }

// repeat does the last change again, with another count if there is one.
func (e *Editor) repeat() Outcome {
	keys, count := e.vi.change, e.count
	if len(keys) == 0 || e.vi.repeating {
		return Bell
	}
	e.count = 0
	if count > 0 {
		for len(keys) > 0 && isDigit(keys[0].key) {
			keys = keys[1:]
		}
		e.count = count
	}
	e.vi.repeating = true
	for _, s := range keys {
		if s.key == "" {
			e.Insert(s.text)
		} else {
			e.prev, e.kind = e.kind, kindOther
			e.dispatch(s.key)
			e.clamp()
		}
	}
	e.vi.repeating = false
	return None
}

func isDigit(k Key) bool { return len(k) == 1 && k[0] >= '0' && k[0] <= '9' }

// escape goes to command mode, on the character before.
func (e *Editor) escape() Outcome {
	if e.mode == Command {
		waits := e.vi.op != 0 || e.count > 0
		e.vi.cancel()
		if !waits {
			return Bell
		}
		return None
	}
	e.mode, e.overwrite = Command, false
	e.undo.next()
	if e.pos > e.rowStart() {
		e.pos = e.left(e.pos)
	}
	return None
}

// startInsert goes to insert mode; the command repeats with the text.
func (e *Editor) startInsert() {
	e.mode = Insert
	e.vi.changed = true
}

// insertAt goes to insert mode at pos.
func (e *Editor) insertAt(pos int) Outcome {
	e.pos = pos
	e.startInsert()
	return None
}

// operate does what an operator does to a part of the line.
func (e *Editor) operate(op rune, from, to int) Outcome {
	e.prev = kindOther
	if from == to && op != 'c' {
		return Bell
	}
	if op == 'y' {
		e.kills.add(slices.Clone(e.line[from:to]))
		e.pos = from
		return None
	}
	e.kill(from, to)
	e.pos, e.kind = from, kindOther
	e.vi.changed = true
	if op == 'c' {
		e.startInsert()
	}
	return None
}

// operates makes a command of an operator. Twice the same takes the row.
func operates(op rune) func(e *Editor) Outcome {
	return func(e *Editor) Outcome {
		switch e.vi.op {
		case 0:
			e.vi.op, e.vi.opCount = op, e.count
			return None
		case op:
			e.vi.cancel()
			from, to := e.rowStart(), e.rowEnd()
			if op == 'd' && to < len(e.line) {
				to++
			} else if op == 'd' && from > 0 {
				from--
			}
			return e.operate(op, from, to)
		}
		e.vi.cancel()
		return Bell
	}
}

// replaceChar is r.
func (e *Editor) replaceChar() Outcome {
	n := e.number()
	e.want = func(k Key) Outcome {
		r, ok := k.text()
		to := e.pos
		for range n {
			if to == e.rowEnd() {
				ok = false
				break
			}
			to = e.right(to)
		}
		if !ok {
			return Bell
		}
		e.replace(e.pos, to, slices.Repeat([]rune{r}, n))
		e.pos = e.left(e.pos)
		e.vi.changed = true
		return None
	}
	return None
}

// toggleCase is ~.
func (e *Editor) toggleCase() Outcome {
	to := min(e.pos+e.number(), e.rowEnd())
	if to == e.pos {
		return Bell
	}
	text := slices.Clone(e.line[e.pos:to])
	for i, r := range text {
		if unicode.IsUpper(r) {
			text[i] = unicode.ToLower(r)
		} else {
			text[i] = unicode.ToUpper(r)
		}
	}
	e.replace(e.pos, to, text)
	e.vi.changed = true
	return None
}

// put is p and P.
func (e *Editor) put(after bool) Outcome {
	if len(e.kills.texts) == 0 {
		return Bell
	}
	text := e.kills.texts[len(e.kills.texts)-1]
	if after && e.pos < e.rowEnd() {
		e.pos = e.right(e.pos)
	}
	for range e.number() {
		if len(text)*e.number() > maxPut {
			return Bell
		}
		e.insert(text)
	}
	e.pos = e.left(e.pos)
	e.vi.changed = true
	return None
}

// maxPut limits what one key may insert, in runes.
const maxPut = 1 << 20
