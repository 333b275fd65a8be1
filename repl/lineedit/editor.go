package lineedit

import (
	"slices"
	"strings"
	"unicode"
)

// A Mode says which keys an Editor obeys.
type Mode uint8

// The modes. Emacs stays until SetVi; Insert and Command are the two of vi. Searching is the mode of
// the keys during a search through the history, in both.
const (
	Emacs Mode = 1 << iota
	Insert
	Command
	Searching
	operator // an operator of vi waits for its motion
)

// An Outcome is what the caller has to do after a key, besides showing the line.
type Outcome uint8

// The outcomes. The line stays as it is in all of them, until Start.
const (
	None         Outcome = iota
	Bell                 // the key has no meaning here
	Enter                // the line is finished
	Interrupt            // discard the line
	End                  // the user leaves
	Discard              // the user gives up an entry that is not finished
	Complete             // complete the word before the cursor
	CompleteBack         // the same, backwards in a menu
	Clear                // clear the screen
	External             // edit the line in the user's editor, then call Replace
	Suspend              // stop the process, as Ctrl-Z does
	Escape               // return from attach
	Hold                 // hold back what others print, or show it again
)

// Config configures an Editor. All functions may be nil. They are called within Key, and must not block.
type Config struct {
	History func() []string          // the entries, the oldest first; called at most once a line
	Suggest func(line string) string // what may follow the line, which Right at its end takes
	Comment string                   // what begins a comment, for Alt-#
}

// An Editor is the line being edited, with its undo list, its kill ring and its mode. The kill ring and the
// mode outlive the line. It must not be used concurrently.
type Editor struct {
	cfg  Config
	line []rune
	pos  int // of the cursor, 0 to len(line)
	mode Mode

	undo   undoList
	kills  killRing
	recall recall
	search *search
	vi     vi

	sequence  string                 // the first keys of a binding, such as "Ctrl-x"
	want      func(k Key) Outcome    // takes the next key
	count     int                    // the numeric argument, 0 for none
	zero      bool                   // it was given, as 0
	kind      kind                   // of the command that runs
	prev      kind                   // of the one before
	yanked    span                   // what the last yank has inserted
	lastWord  struct{ entry, n int } // the entry whose word Alt-. has inserted, and which word
	overwrite bool                   // R of vi
}

// A kind is what a command has done, as far as the next one wants to know it.
type kind uint8

const (
	kindOther kind = iota
	kindType
	kindKill
	kindYank
	kindLastWord
)

// A span is a part of the line.
type span struct{ from, to int }

// New returns an editor in emacs mode with an empty line.
func New(cfg Config) *Editor {
	e := &Editor{cfg: cfg, mode: Emacs}
	e.Start("")
	return e
}

// Start begins a new line with this text, in insert mode.
func (e *Editor) Start(text string) {
	e.line, e.pos = []rune(text), len([]rune(text))
	e.undo, e.recall, e.search = undoList{}, recall{}, nil
	e.sequence, e.want, e.count, e.kind, e.overwrite = "", nil, 0, kindOther, false
	e.vi = vi{find: e.vi.find, pattern: e.vi.pattern, change: e.vi.change}
	if e.mode != Emacs {
		e.mode = Insert
	}
}

// SetVi chooses between the keys of vi, beginning in insert mode, and those of emacs.
func (e *Editor) SetVi(vi bool) {
	switch {
	case !vi:
		e.mode = Emacs
	case e.mode == Emacs:
		e.mode = Insert
	}
}

// Vi reports whether the keys are those of vi.
func (e *Editor) Vi() bool { return e.mode != Emacs }

// Mode returns the mode that the next key is for.
func (e *Editor) Mode() Mode {
	if e.search != nil {
		return Searching
	}
	return e.mode
}

// Line returns the line and the cursor's position in it, in runes; during a search, the selected hit. The caller must not change the runes, and
// not keep them over the next call of a method.
func (e *Editor) Line() (line []rune, pos int) {
	if e.search != nil {
		if text, ok := e.search.hit(); ok {
			return []rune(text), e.search.cursor()
		}
	}
	return e.line, e.pos
}

// Pending returns the keys of an unfinished command, such as "2d" or "Ctrl-x", or "".
func (e *Editor) Pending() string { return e.vi.typed + e.sequence }

// Replace puts text in the place of the runes from from to to, and the cursor after it. It can be undone.
func (e *Editor) Replace(from, to int, text string) {
	e.undo.next()
	e.replace(from, to, []rune(text))
	e.kind = kindOther
}

// Insert types text at the cursor as one edit, as a paste does. During a search, a text of one row is searched. It leaves
// vi's command mode.
func (e *Editor) Insert(text string) {
	if e.search != nil {
		if !strings.Contains(text, "\n") {
			e.refine(append(e.search.query, []rune(text)...))
			return
		}
		e.endSearch(true)
	}
	e.sequence, e.want, e.count = "", nil, 0
	if e.mode == Command {
		e.vi.cancel()
		e.startInsert()
	}
	if e.mode != Insert {
		e.undo.next()
	}
	e.insert([]rune(text))
	e.vi.recordText(text)
	e.kind = kindOther
}

// Key handles one key.
func (e *Editor) Key(k Key) Outcome {
	e.vi.record(k)
	e.prev, e.kind = e.kind, kindOther
	out := e.dispatch(k)
	e.clamp()
	e.vi.finish(e)
	return out
}

// dispatch runs what the key means in the present mode.
func (e *Editor) dispatch(k Key) Outcome {
	if want := e.want; want != nil {
		e.want = nil
		return want(k)
	}
	for _, name := range k.names() {
		sequence := strings.TrimPrefix(e.sequence+" "+name, " ")
		b, prefix := lookup(e.keyMode(), sequence)
		switch {
		case b != nil:
			e.sequence = ""
			return e.run(b)
		case prefix:
			e.sequence, e.kind = sequence, e.prev
			return None
		}
	}
	if e.sequence != "" {
		e.sequence, e.count = "", 0
		return Bell
	}
	return e.unbound(k)
}

// keyMode is the mode for which a key is looked up.
func (e *Editor) keyMode() Mode {
	if e.mode == Command && e.vi.op != 0 {
		return operator
	}
	return e.Mode()
}

// run runs a binding.
func (e *Editor) run(b *Binding) Outcome {
	if e.mode != Insert {
		e.undo.next()
	}
	if b.argument {
		e.kind = e.prev
		return b.run(e)
	}
	out := b.run(e)
	e.count = 0
	return out
}

// unbound handles a key without a binding: text, or Escape and a key in vi.
func (e *Editor) unbound(k Key) Outcome {
	r, ok := k.text()
	switch {
	case e.search != nil:
		return e.searchKey(k, r, ok)
	case ok && e.mode != Command:
		n := e.number()
		e.count = 0
		if e.prev != kindType || n > 1 || r == ' ' {
			if e.mode == Emacs {
				e.undo.next()
			}
		}
		e.kind = kindType
		text := slices.Repeat([]rune{r}, min(n, maxCount))
		if e.overwrite {
			e.replace(e.pos, min(e.pos+len(text), e.rowEnd()), text)
		} else {
			e.insert(text)
		}
		return None
	}
	if rest, alt := strings.CutPrefix(string(k), "Alt-"); alt && e.mode != Emacs {
		e.dispatch("Esc")
		e.clamp()
		e.vi.finish(e)
		return e.dispatch(Key(rest))
	}
	e.count = 0
	e.vi.cancel()
	return Bell
}

// maxCount limits the numeric argument: how often something is inserted, or how far to go.
const maxCount = 1000

// number returns the numeric argument; without one, 1.
func (e *Editor) number() int { return max(1, e.count) }

// replace is the one way in which the line changes.
func (e *Editor) replace(from, to int, text []rune) {
	if from == to && len(text) == 0 {
		return
	}
	e.undo.add(change{from, slices.Clone(e.line[from:to]), slices.Clone(text), e.pos})
	e.line = slices.Replace(e.line, from, to, text...)
	e.pos = from + len(text)
}

func (e *Editor) insert(text []rune) { e.replace(e.pos, e.pos, text) }

// move puts the cursor at pos, and rings if it is there already.
func (e *Editor) move(pos int) Outcome {
	if pos == e.pos {
		return Bell
	}
	e.pos = pos
	return None
}

// clamp keeps the cursor on a character in vi's command mode.
func (e *Editor) clamp() {
	if e.mode == Command && e.search == nil && e.vi.op == 0 && e.pos == e.rowEnd() && e.pos > e.rowStart() {
		e.pos = e.left(e.pos)
	}
}

// rowStart and rowEnd are where the row of the cursor begins and ends: a line may have several.
func (e *Editor) rowStart() int { return e.startOf(e.pos) }
func (e *Editor) rowEnd() int   { return e.endOf(e.pos) }

func (e *Editor) startOf(pos int) int {
	for pos > 0 && e.line[pos-1] != '\n' {
		pos--
	}
	return pos
}

func (e *Editor) endOf(pos int) int {
	for pos < len(e.line) && e.line[pos] != '\n' {
		pos++
	}
	return pos
}

// left and right are the positions one character before and after pos. A character may be several runes.
func (e *Editor) left(pos int) int {
	for pos > 0 {
		pos--
		if pos == 0 || !joined(e.line[pos-1], e.line[pos]) {
			break
		}
	}
	return pos
}

func (e *Editor) right(pos int) int {
	for pos < len(e.line) {
		pos++
		if pos == len(e.line) || !joined(e.line[pos-1], e.line[pos]) {
			break
		}
	}
	return pos
}

// joined reports whether r is shown as one character with the rune before it.
func joined(before, r rune) bool {
	switch {
	case r < 0x300:
		return false
	case unicode.In(r, unicode.Mn, unicode.Me), r == 0x200d, r >= 0x1f3fb && r <= 0x1f3ff:
		return before != '\n'
	}
	return before == 0x200d
}

// vertical returns the position n rows below, or above if n is negative, in the same column.
func (e *Editor) vertical(n int) (int, bool) {
	pos, column := e.pos, e.pos-e.rowStart()
	for ; n < 0; n++ {
		start := e.startOf(pos)
		if start == 0 {
			return 0, false
		}
		pos = e.startOf(start - 1)
	}
	for ; n > 0; n-- {
		end := e.endOf(pos)
		if end == len(e.line) {
			return 0, false
		}
		pos = end + 1
	}
	start := e.startOf(pos)
	return min(start+column, e.endOf(start)), true
}
