package lineedit

import (
	"slices"
	"strings"
)

// recall is where the line stands in the history.
type recall struct {
	entries []string
	loaded  bool
	at      int            // the entry that is shown, len(entries) for none
	shown   string         // its text
	typed   []rune         // the line before
	pos     int            // the cursor in it
	prefix  string         // what the entries begin with
	seen    map[string]int // the latest entry of each text
}

// load gets the history, once a line.
func (e *Editor) load() []string {
	r := &e.recall
	if !r.loaded && e.cfg.History != nil {
		r.entries = e.cfg.History()
		r.at = len(r.entries)
	}
	r.loaded = true
	return r.entries
}

// recalled begins to go through the history, if the line is not an entry of it.
func (e *Editor) recalled(byPrefix bool) *recall {
	e.load()
	r := &e.recall
	if r.at < len(r.entries) && string(e.line) == r.shown {
		return r
	}
	r.at, r.typed, r.pos, r.seen, r.prefix = len(r.entries), slices.Clone(e.line), e.pos, make(map[string]int), ""
	if byPrefix {
		r.prefix = string(e.line)
	}
	return r
}

// older shows the entry before that begins with what was typed.
func (e *Editor) older(byPrefix bool) bool {
	r := e.recalled(byPrefix)
	typed := string(r.typed)
	for i := r.at - 1; i >= 0; i-- {
		text := r.entries[i]
		if !strings.HasPrefix(text, r.prefix) || text == typed && byPrefix {
			continue
		}
		if latest, ok := r.seen[text]; ok && latest != i {
			continue
		}
		r.seen[text] = i
		e.showEntry(i)
		return true
	}
	return false
}

// newer shows the entry after, and at the end the line that was typed.
func (e *Editor) newer(byPrefix bool) bool {
	r := e.recalled(byPrefix)
	if r.at == len(r.entries) {
		return false
	}
	for i := r.at + 1; i < len(r.entries); i++ {
		text := r.entries[i]
		if latest, ok := r.seen[text]; strings.HasPrefix(text, r.prefix) && (!ok || latest == i) && (text != string(r.typed) || !byPrefix) {
			e.showEntry(i)
			return true
		}
	}
	e.showTyped()
	return true
}

// showEntry puts an entry in the line.
func (e *Editor) showEntry(i int) {
	r := &e.recall
	r.at, r.shown = i, r.entries[i]
	e.setLine([]rune(r.shown))
}

// showTyped gives the line back that was typed.
func (e *Editor) showTyped() {
	r := &e.recall
	r.at = len(r.entries)
	e.setLine(r.typed)
	if e.mode != Command {
		e.pos = r.pos
	}
}

// setLine replaces the line. The cursor is at its end, or in vi's command mode at its start.
func (e *Editor) setLine(text []rune) {
	e.replace(0, len(e.line), text)
	e.pos = len(e.line)
	if e.mode == Command {
		e.pos = 0
	}
}

// up goes up a row of the line, or from its first one to an older entry.
func (e *Editor) up(byPrefix bool) Outcome {
	return e.times(func() bool { return e.row(-1) || e.older(byPrefix) })
}

func (e *Editor) down(byPrefix bool) Outcome {
	return e.times(func() bool { return e.row(1) || e.newer(byPrefix) })
}

// row moves the cursor by n rows, if the line has as many.
func (e *Editor) row(n int) bool {
	pos, ok := e.vertical(n)
	if ok {
		e.pos = pos
	}
	return ok
}

// first and last go to the ends of the history.
func (e *Editor) first() Outcome {
	if r := e.recalled(false); r.at > 0 && len(r.entries) > 0 {
		e.showEntry(0)
		return None
	}
	return Bell
}

func (e *Editor) last() Outcome {
	if r := e.recalled(false); r.at < len(r.entries) {
		e.showTyped()
		return None
	}
	return Bell
}

// insertLastWord inserts the last word of the entry before, or the one that the numeric argument counts, from 0.
// Pressed again, it puts that of a still older entry in its place.
func (e *Editor) insertLastWord() Outcome {
	entries := e.load()
	from, i := e.pos, len(entries)
	last := &e.lastWord
	if e.prev == kindLastWord {
		from, i = e.yanked.from, last.entry
	} else if last.n = -1; e.count > 0 || e.zero {
		last.n = e.count
	}
	for i--; i >= 0; i-- {
		words := Words(entries[i])
		n := last.n
		if n < 0 {
			n = len(words) - 1
		}
		if n < 0 || n >= len(words) {
			continue
		}
		to := e.pos
		if e.prev == kindLastWord {
			to = e.yanked.to
		}
		e.replace(from, to, []rune(words[n]))
		e.yanked, e.kind, last.entry = span{from, e.pos}, kindLastWord, i
		return None
	}
	if e.prev == kindLastWord {
		e.kind = kindLastWord
	}
	return Bell
}
