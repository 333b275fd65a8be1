package repl

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// What is in this file runs on readline's goroutines. One reads the keyboard,
// another handles the keys and draws; the latter is called the editing
// goroutine, and only it touches the screen while a line is edited.

const (
	drawEvery  = time.Second / 30       // between two draws
	drawSize   = 16 << 10               // bytes in one draw: keys wait for its end
	drawLate   = 100 * time.Millisecond // a draw so late goes before a key
	searchHold = 2 * time.Second        // how long after a key a search keeps output back
	searchLook = 50 * time.Millisecond  // how often to see if it has ended
	idleAfter  = 50 * time.Millisecond  // an Escape is not the start of anything
)

// The keys that the console treats in a way of its own.
const (
	keyDelete    = 0x04 // Ctrl-D, too
	keyTranspose = 0x14
)

// keyboard is readline's input: the keys of the terminal, and a runeDraw among
// them when there is something to draw. Read is called only while a line is
// being edited: readline reads on when it is told to, once a line, and after a
// key that may have ended it but has not.
type keyboard struct {
	console *console
	fd      int
	keys    keys
	ready   string // for readline, as the keys have been translated
}

// Read returns one key, or the runes that stand for something else.
func (k *keyboard) Read(p []byte) (int, error) {
	c := k.console
	for k.ready == "" {
		if c.isOver() {
			return 0, io.EOF
		}
		draw, in := c.drawIn()
		idle, idleIn := k.keys.waiting(), idleAfter-time.Since(c.lastKey) // written by this goroutine only
		timeout := time.Duration(-1)
		switch {
		case draw && idle:
			timeout = max(0, min(in, idleIn))
		case draw:
			timeout = max(0, in)
		case idle:
			timeout = max(0, idleIn)
		}
		readable, err := c.waker.wait(k.fd, timeout)
		switch late := draw && in < -drawLate; {
		case err != nil:
		case readable && !late:
			err = k.readKey()
		case idle && idleIn <= 0:
			k.give(k.keys.idle())
		case draw && in <= 0:
			c.mu.Lock()
			c.drawing = true
			c.mu.Unlock()
			k.ready = string(rune(runeDraw))
		}
		if err != nil {
			c.mu.Lock()
			c.ended = true
			c.mu.Unlock()
		}
	}
	n := copy(p, k.ready)
	k.ready = k.ready[n:]
	return n, nil
}

// readKey reads what there is of one key.
func (k *keyboard) readKey() error {
	var b [len(pasteEnd)]byte
	n, err := readSome(k.fd, b[:k.keys.room()])
	if n > 0 {
		k.console.mu.Lock()
		k.console.lastKey = time.Now()
		k.console.mu.Unlock()
	}
	for _, b := range b[:n] {
		k.give(k.keys.feed(b))
	}
	return err
}

// give makes s ready for readline.
func (k *keyboard) give(s string) {
	if s == string(rune(runePaste)) {
		text, cut := k.keys.take()
		c := k.console
		c.mu.Lock()
		c.pastes = append(c.pastes, text)
		c.cutPaste = c.cutPaste || cut
		c.mu.Unlock()
	}
	k.ready += s
}

// Close is for readline's sake, which has no use for it either.
func (k *keyboard) Close() error { return nil }

// drawIn reports whether there is something to draw, and when: negative if it
// is late.
func (c *console) drawIn() (bool, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.drawing || c.pending.Len() == 0 && !c.resized {
		return false, 0
	}
	return true, time.Until(c.drawNext)
}

// beforeKey is called with each rune that readline has read, and returns the
// key that it shall handle. A rune that is no key is dealt with here, and the
// next one read: to refuse it would make readline redraw, and read on while a
// command runs. It runs on the editing goroutine.
func (c *console) beforeKey(r rune) (rune, bool) {
	for {
		switch r {
		case runeDraw:
			c.draw()
		case runeEscape:
			c.leaveSearch()
		case runePaste:
			if first, ok := c.startPaste(); ok {
				return first, true
			}
		case runeDelete:
			r = c.rl.Terminal.ReadRune()
			if r == keyDelete && c.lineLength() == 0 {
				// To readline this is Ctrl-D, and so the end of input; and it
				// reads no more until it is told to.
				c.rl.Terminal.KickRead()
				break
			}
			continue
		case keyTranspose:
			if c.lineLength() > 1 { // readline moves behind the end of a shorter line
				return r, true
			}
		case 0: // no more input: readline comes twice if there is text in the line
			select {
			case <-c.over:
			default:
				close(c.over)
			}
			return r, true
		default:
			return r, true
		}
		r = c.rl.Terminal.ReadRune()
	}
}

// draw shows what is pending above the line.
func (c *console) draw() {
	start := time.Now()
	searching := c.rl.Operation.IsSearchMode()
	c.mu.Lock()
	if searching && start.Sub(c.lastKey) < searchHold {
		c.drawing, c.drawNext = false, start.Add(searchLook)
		c.wakeLocked()
		c.mu.Unlock()
		return
	}
	text, resized := c.takeLocked(drawSize), c.resized
	c.resized = false
	c.mu.Unlock()

	if resized {
		// Before the old line is wiped: terminals fold it anew, too.
		c.resize()
	}
	c.screen.hold()
	c.rl.Clean()
	c.screen.Write(text)
	c.rl.Refresh()
	if searching {
		c.rl.Operation.SearchRefresh(-1)
	}
	c.screen.release()

	c.mu.Lock()
	end := time.Now()
	// A terminal that is slow gets half of the time, the keys the other.
	c.drawing, c.drawNext = false, end.Add(max(drawEvery, end.Sub(start)))
	c.wakeLocked()
	c.mu.Unlock()
	if len(text) > 0 {
		c.drained()
	}
}

// leaveSearch ends a search through the history with what it has found.
func (c *console) leaveSearch() {
	if c.rl.Operation.IsSearchMode() {
		c.rl.Operation.ExitSearchMode(false)
		c.rl.Refresh()
	}
}

// An edit is a change to the line that is not the work of one key: the text
// instead of the n runes before the cursor.
type edit struct {
	n    int
	text []rune
}

// startPaste takes the next paste. Its first rune goes to readline as a key;
// the rest follows at once in afterKey, not key by key, since each key draws
// the whole line.
func (c *console) startPaste() (first rune, ok bool) {
	c.leaveSearch()
	c.mu.Lock()
	defer c.mu.Unlock()
	text := []rune(c.pastes[0])
	c.pastes = c.pastes[1:]
	if len(text) == 0 {
		return 0, false
	}
	c.change = &edit{text: text[1:]}
	return text[0], true
}

// afterKey is called when readline has handled a key, on the editing goroutine,
// and once at the start of a line. It makes the change that is due.
func (c *console) afterKey(line []rune, pos int, _ rune) ([]rune, int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.change
	c.change = nil
	c.length = len(line)
	if e == nil {
		return nil, 0, false
	}
	changed := make([]rune, 0, len(line)+len(e.text))
	changed = append(append(changed, line[:pos-e.n]...), e.text...)
	changed = append(changed, line[pos:]...)
	c.length = len(changed)
	return changed, pos - e.n + len(e.text), true
}

func (c *console) lineLength() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.length
}

// completing is what Tab does. Readline's own menu divides by zero on a narrow
// terminal and is lost when something is drawn, so it never sees a candidate:
// the line is changed in afterKey, and a list is drawn like any other text.
type completing struct{ c *console }

// Do is called by readline on the editing goroutine.
func (t completing) Do(line []rune, pos int) ([][]rune, int) {
	c := t.c
	if c.cfg.Complete == nil {
		return nil, 0
	}
	typed := decodeLine(string(line[:pos]))
	from, candidates := c.cfg.Complete(typed)
	if len(candidates) == 0 {
		c.screen.Write([]byte{'\a'})
		return nil, 0
	}
	word := typed[from:]
	text := commonPrefix(candidates)
	if len(candidates) > 1 && (len(text) < len(word) || text == word) {
		_, rows := terminalSize(c.cfg.Out)
		c.screen.hold()
		c.rl.Clean()
		io.WriteString(&c.screen, listCandidates(candidates, c.Width(), rows))
		c.rl.Refresh()
		c.screen.release()
		return nil, 0
	}
	if pos < len(line) && line[pos] == ' ' {
		text = strings.TrimSuffix(text, " ")
	}
	c.mu.Lock()
	c.change = &edit{utf8.RuneCountInString(word), []rune(encodeLine(text))}
	c.mu.Unlock()
	return nil, 0
}

// commonPrefix returns what all candidates begin with.
func commonPrefix(candidates []candidate) string {
	prefix := candidates[0].Text
	for _, a := range candidates[1:] {
		n := 0
		for n < len(prefix) && n < len(a.Text) && prefix[n] == a.Text[n] {
			n++
		}
		for n > 0 && n < len(prefix) && !utf8.RuneStart(prefix[n]) {
			n--
		}
		prefix = prefix[:n]
	}
	return prefix
}

// listCandidates lays the candidates out for a terminal of that size: with
// their notes one a row, if there are any and they fit, else in columns.
func listCandidates(candidates []candidate, columns, rows int) string {
	widest, notes := 0, false
	for _, a := range candidates {
		widest = max(widest, utf8.RuneCountInString(strings.TrimSuffix(a.Text, " ")))
		notes = notes || a.Note != ""
	}
	rows = max(rows-2, 4) // the line being edited, and one that says how many more
	perRow := max(1, (columns+1)/(widest+2))
	if notes = notes && len(candidates) <= rows; notes {
		perRow = 1
	}
	var b strings.Builder
	for i := 0; i < len(candidates); i += perRow {
		if i/perRow == rows {
			fmt.Fprintf(&b, "… %d more\n", len(candidates)-i)
			break
		}
		var row strings.Builder
		for _, a := range candidates[i:min(i+perRow, len(candidates))] {
			fmt.Fprintf(&row, "%-*s  ", widest, strings.TrimSuffix(a.Text, " "))
			if notes {
				row.WriteString(a.Note)
			}
		}
		text := []rune(strings.TrimRight(row.String(), " "))
		if len(text) > columns {
			text = append(text[:columns-1], '…')
		}
		b.WriteString(string(text) + "\n")
	}
	return b.String()
}

// painting shows the control characters in a line as pictures.
type painting struct{}

// Paint is called by readline at each redraw, on the goroutine that draws.
func (painting) Paint(line []rune, _ int) []rune {
	painted := make([]rune, len(line))
	for i, r := range line {
		painted[i] = picture(r)
	}
	return painted
}

// screen is readline's output: the terminal, with readline's slips put right.
// It is for the goroutine that draws.
type screen struct {
	out   *os.File
	buf   bytes.Buffer
	holds bool
	muted atomic.Bool
}

// mute drops all that comes from now on: readline draws when it ends.
func (s *screen) mute() { s.muted.Store(true) }

// hold collects what is written until release, so that a redraw is one write.
func (s *screen) hold() { s.holds = true }

func (s *screen) release() {
	s.holds = false
	s.Write(nil)
}

// Write never fails: readline would not know what to do.
func (s *screen) Write(p []byte) (int, error) {
	if s.muted.Load() {
		return len(p), nil
	}
	s.buf.Write(mend(p))
	if !s.holds {
		s.out.Write(s.buf.Bytes())
		s.buf.Reset()
	}
	return len(p), nil
}

// mend changes what readline sends for one step:
//   - a backspace in the first column, before moving up a row. tmux takes that
//     as moving to the row above, and all is drawn one row too high;
//   - moving up by no row, which is moving up by one;
//   - the line of a search, which has to be one row: what is too long is cut.
func mend(p []byte) []byte {
	p = bytes.ReplaceAll(p, []byte("\b\x1b[A\r"), []byte("\x1b[A\r"))
	p = bytes.ReplaceAll(p, []byte("\r\x1b[0A"), []byte("\r"))
	for _, s := range []string{"bck-i-search: ", "fwd-i-search: ", "failing "} {
		if old := []byte("\x1b[J" + s); bytes.Contains(p, old) {
			p = bytes.ReplaceAll(p, old, []byte("\x1b[J\x1b[?7l"+s))
			p = append(p, "\x1b[?7h"...)
		}
	}
	return p
}
