package lineedit

// A change is one replacement within the line.
type change struct {
	at       int
	old, new []rune
	pos      int // of the cursor, before
}

// undoList is what can be undone and redone: groups of changes, each the work of one command.
type undoList struct {
	past, future [][]change
	size         int  // runes in past
	open         bool // the next change joins the last group
}

// The list forgets its oldest groups beyond these limits. A line of one paste may have a million runes.
const (
	maxUndo     = 1000
	maxUndoSize = 4 << 20
)

// next ends the group: the next change begins another.
func (u *undoList) next() { u.open = false }

func (u *undoList) add(c change) {
	u.future = nil
	if !u.open {
		u.past = append(u.past, nil)
		u.open = true
	}
	last := len(u.past) - 1
	u.past[last] = append(u.past[last], c)
	u.size += len(c.old) + len(c.new)
	for len(u.past) > maxUndo || u.size > maxUndoSize && len(u.past) > 1 {
		for _, c := range u.past[0] {
			u.size -= len(c.old) + len(c.new)
		}
		u.past = u.past[1:]
	}
}

// undoOne takes back the last group.
func (e *Editor) undoOne() bool {
	u := &e.undo
	if len(u.past) == 0 {
		return false
	}
	group := u.past[len(u.past)-1]
	u.past = u.past[:len(u.past)-1]
	u.future = append(u.future, group)
	u.open = false
	for i := len(group) - 1; i >= 0; i-- {
		c := group[i]
		u.size -= len(c.old) + len(c.new)
		e.swap(c.at, len(c.new), c.old)
		e.pos = c.pos
	}
	return true
}

// redoOne makes the group again that was undone last.
func (e *Editor) redoOne() bool {
	u := &e.undo
	if len(u.future) == 0 {
		return false
	}
	group := u.future[len(u.future)-1]
	u.future = u.future[:len(u.future)-1]
	u.past = append(u.past, group)
	u.open = false
	for _, c := range group {
		u.size += len(c.old) + len(c.new)
		e.swap(c.at, len(c.old), c.new)
		e.pos = c.at + len(c.new)
	}
	return true
}

// times calls f as often as the numeric argument says, and rings if it never succeeds.
func (e *Editor) times(f func() bool) Outcome {
	done := false
	for range e.number() {
		if !f() {
			break
		}
		done = true
	}
	if !done {
		return Bell
	}
	return None
}

// swap puts text in the place of n runes, which is not itself a change to undo.
func (e *Editor) swap(at, n int, text []rune) {
	e.line = append(append(append(make([]rune, 0, len(e.line)-n+len(text)), e.line[:at]...), text...), e.line[at+n:]...)
}
