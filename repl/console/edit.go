package console

import (
	"io"
	"slices"
	"time"
)

// The code in this file runs on readline's goroutines. One reads the keyboard;
// another, the editing goroutine, handles the keys and draws. Only the editing
// goroutine touches the screen while a line is edited.

const (
	drawEvery  = time.Second / 30       // between two draws
	drawSize   = 4 << 10                // bytes in one draw: what a key waits for
	drawLate   = 100 * time.Millisecond // a draw that is so late comes before a key
	searchHold = 2 * time.Second        // how long after a key a search keeps output back
	searchLook = 50 * time.Millisecond  // how often to see if it has ended
	idleAfter  = 50 * time.Millisecond  // without another byte, an Escape begins no sequence
)

// The keys that the console handles itself.
const (
	keyInterrupt = 0x03
	keyDelete    = 0x04 // Ctrl-D, too
	keyNothing   = 0x07 // Ctrl-G outside a search
	keyLineFeed  = 0x0a
	keyClear     = 0x0c
	keyEnter     = 0x0d
	keyDown      = 0x0e
	keyUp        = 0x10
	keySearch    = 0x12
	keySearchOn  = 0x13
	keyTranspose = 0x14
)

// keyboard is readline's input: the keys of the terminal, and a runeDraw among
// them when there is something to draw. Read is called only while a line is
// being edited: readline reads on once for each line, and after a key that could
// have ended the line and did not.
type keyboard struct {
	console *Console
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
		if c.stopped() {
			k.ready = string(rune(runeEscape)) + string(rune(keyInterrupt))
			break
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
			k.deliver(k.keys.idle())
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
	n, err := readSome(k.fd, b[:k.keys.readSize()])
	if n > 0 {
		k.console.mu.Lock()
		k.console.lastKey = time.Now()
		k.console.mu.Unlock()
	}
	for _, b := range b[:n] {
		k.deliver(k.keys.feed(b))
	}
	return err
}

// deliver makes s ready for readline.
func (k *keyboard) deliver(s string) {
	if s == string(rune(runeStop)) {
		k.console.escape()
		return
	}
	if s == string(rune(runePaste)) {
		text, cut := k.keys.takePaste()
		c := k.console
		c.mu.Lock()
		c.pastes = append(c.pastes, text)
		c.cutPaste = c.cutPaste || cut
		c.mu.Unlock()
	}
	k.ready += s
}

// Close does nothing; readline's interface has it.
func (k *keyboard) Close() error { return nil }

// drawIn reports whether there is something to draw, and when: negative if it
// is late.
func (c *Console) drawIn() (bool, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.drawing || c.pending.Len() == 0 && !c.resized {
		return false, 0
	}
	return true, time.Until(c.drawNext)
}

// beforeKey is called with each rune that readline has read, and returns the key
// that readline is to handle. It handles a rune that is no key itself and reads the
// next one: if it refused the rune, readline would redraw, and read on while a
// command runs. It runs on the editing goroutine.
func (c *Console) beforeKey(r rune) (rune, bool) {
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
		case keyEnter, keyLineFeed:
			return c.enter(r), true
		case keyClear:
			c.screen.clear(c.frame(false))
		case keyUp, keyDown:
			if c.moveLine(r) {
				return keyNothing, true
			}
			return r, true
		case runeDelete:
			r = c.rl.Terminal.ReadRune()
			if r == keyDelete && c.lineLength() == 0 {
				// To readline this is Ctrl-D, which is the end of input: it
				// stops reading until the next line.
				c.rl.Terminal.KickRead()
				break
			}
			continue
		case keyInterrupt:
			if !c.rl.Operation.IsSearchMode() {
				if c.stopped() {
					c.leave("")
				} else {
					c.leave("^C")
				}
			}
			return r, true
		case keyDelete:
			if c.lineLength() == 0 && !c.rl.Operation.IsSearchMode() {
				c.leave("^D")
			}
			return r, true
		case keySearch, keySearchOn:
			if c.recall { // readline dereferences nil when it leaves a search without one
				return r, true
			}
		case keyTranspose:
			if c.lineLength() > 1 { // readline moves behind the end of a shorter line
				return r, true
			}
		case 0: // no more input: readline calls twice if there is text in the line
			select {
			case <-c.over:
			default:
				if len(c.line) > 0 {
					c.leave("")
				} else {
					c.screen.remove()
				}
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
func (c *Console) draw() {
	start := time.Now()
	searching := c.rl.Operation.IsSearchMode()
	c.mu.Lock()
	if searching && start.Sub(c.lastKey) < searchHold {
		c.drawing, c.drawNext = false, start.Add(searchLook)
		c.wakeLocked()
		c.mu.Unlock()
		return
	}
	text := c.takeLocked(drawSize)
	c.resized = false
	c.mu.Unlock()

	c.screen.draw(c.frame(false), c.fold(text))

	c.mu.Lock()
	end := time.Now()
	// A slow terminal gets half of the time, and the keys the other half.
	c.drawing, c.drawNext = false, end.Add(max(drawEvery, end.Sub(start)))
	c.wakeLocked()
	c.mu.Unlock()
	if len(text) > 0 {
		c.drained()
	}
}

// leaveSearch ends a search through the history and keeps the line that it found.
func (c *Console) leaveSearch() {
	if c.rl.Operation.IsSearchMode() {
		c.rl.Operation.ExitSearchMode(false)
		c.redraw()
	}
}

// enter is called for Enter. It returns the key that readline is to handle instead: a newline within the
// line if that is not finished.
func (c *Console) enter(key rune) rune {
	if c.rl.Operation.IsSearchMode() {
		c.rl.Operation.ExitSearchMode(false)
	}
	if !c.rawLine && c.cfg.Unfinished != nil && c.cfg.Unfinished(decodeLine(string(c.line))) {
		c.rl.Terminal.KickRead() // it stops reading after an Enter
		return newline
	}
	c.leave("")
	return key
}

// moveLine moves the cursor to the line above or below in a text of several lines. It returns false if
// there is none.
func (c *Console) moveLine(key rune) bool {
	if c.rl.Operation.IsSearchMode() {
		return false
	}
	start := lineStart(c.line, c.pos)
	var to int // the start of the other line
	if key == keyUp {
		if start == 0 {
			return false
		}
		to = lineStart(c.line, start-1)
	} else {
		i := slices.Index(c.line[c.pos:], newline)
		if i < 0 {
			return false
		}
		to = c.pos + i + 1
	}
	end := len(c.line)
	if i := slices.Index(c.line[to:], newline); i >= 0 {
		end = to + i
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.change = &edit{move: min(to+c.pos-start, end) - c.pos}
	return true
}

// lineStart returns where the line of text begins that pos is in.
func lineStart(text []rune, pos int) int {
	for pos > 0 && text[pos-1] != newline {
		pos--
	}
	return pos
}

// An edit is a change to the line that no single key makes: text replaces the n
// runes before the cursor, which is then moved.
type edit struct {
	n    int
	text []rune
	move int
}

// startPaste takes the next paste. Its first rune goes to readline as a key;
// the rest follows at once in afterKey, not key by key, since each key draws
// the whole line.
func (c *Console) startPaste() (first rune, ok bool) {
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
// and once at the start of a line, with the key 0. It makes the change that is due, and draws.
func (c *Console) afterKey(line []rune, pos int, key rune) ([]rune, int, bool) {
	if key == 0 {
		if c.isOver() {
			return nil, 0, false
		}
		c.screen.forget()
	} else if c.ending { // the line was returned already, and the next one may have begun
		c.ending = false
		return nil, 0, false
	}
	c.mu.Lock()
	e := c.change
	c.change = nil
	if e != nil {
		changed := make([]rune, 0, len(line)+len(e.text))
		changed = append(append(changed, line[:pos-e.n]...), e.text...)
		line, pos = append(changed, line[pos:]...), pos-e.n+len(e.text)+e.move
	}
	c.length = len(line)
	c.mu.Unlock()
	c.line, c.pos = line, pos
	c.redraw()
	return line, pos, e != nil
}

func (c *Console) lineLength() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.length
}
