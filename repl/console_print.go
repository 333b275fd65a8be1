package repl

import (
	"bytes"
	"io"
	"os"
	"strings"

	"sosh/internal/show"
)

// pendingMax is how many bytes may wait to be drawn while a line is edited. A
// test makes it smaller.
var pendingMax = 1 << 20

// Print shows s above the line that is being edited, or at once when none is.
// A text that does not end in a newline gets one: the next redraw would erase
// it. When more than pendingMax bytes wait to be drawn, s is dropped and
// counted, and Print returns false.
func (c *console) Print(s show.Trusted) bool {
	if s == "" {
		return true
	}
	c.mu.Lock()
	if c.editing && c.pending.Len() >= pendingMax {
		c.dropped++
		c.mu.Unlock()
		return false
	}
	if c.pending.Len() == 0 {
		c.wakeLocked() // else it is coming anyway
	}
	c.pending.WriteString(string(s))
	if !strings.HasSuffix(string(s), "\n") {
		c.pending.WriteByte('\n')
	}
	editing := c.editing
	c.mu.Unlock()
	if !editing {
		c.flush()
	}
	return true
}

// flush writes what is pending, unless a line has begun, which draws it.
func (c *console) flush() {
	wrote := false
	c.out.Lock()
	for {
		c.mu.Lock()
		if c.editing || c.pending.Len() == 0 {
			c.mu.Unlock()
			break
		}
		text := c.takeLocked(1 << 16)
		c.mu.Unlock()
		c.cfg.Out.Write(c.fold(text))
		wrote = true
	}
	c.out.Unlock()
	if wrote {
		c.drained()
	}
}

// takeLocked takes whole lines off the queue: up to size bytes, or one line.
func (c *console) takeLocked(size int) []byte {
	n := c.pending.Len()
	if n > size {
		b := c.pending.Bytes()
		if i := bytes.LastIndexByte(b[:size], '\n'); i >= 0 {
			n = i + 1
		} else {
			n = bytes.IndexByte(b, '\n') + 1
		}
	}
	text := append([]byte(nil), c.pending.Next(n)...)
	if c.pending.Len() == 0 && c.pending.Cap() > pendingMax/4 {
		c.pending = bytes.Buffer{} // free the memory of a flood
	}
	return text
}

// fold breaks what was printed into rows of the terminal's current width. It turns
// the terminal's own wrapping off meanwhile: a character that is wider than we
// think would otherwise put text in the first column of a row.
func (c *console) fold(text []byte) []byte {
	if len(text) == 0 {
		return nil
	}
	rows := show.Fold(show.Trusted(text), c.Width())
	if os.Getenv("TERM") != "dumb" {
		rows = "\x1b[?7l" + rows + "\x1b[?7h"
	}
	return []byte(rows)
}

// drained calls the hook if all has been drawn.
func (c *console) drained() {
	c.mu.Lock()
	f := c.onDrain
	if c.pending.Len() > 0 {
		f = nil
	}
	c.mu.Unlock()
	if f != nil {
		f()
	}
}

// wakeLocked has the queue drawn soon. A draw that is under way draws it anyway.
func (c *console) wakeLocked() {
	if c.editing && !c.drawing {
		c.waker.wake()
	}
}

// Pending returns how many bytes wait to be drawn.
func (c *console) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pending.Len()
}

// Dropped returns how many texts Print has dropped in all.
func (c *console) Dropped() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dropped
}

// OnDrain sets a function to be called each time all that was pending has been
// drawn. It may be called on any goroutine, the editing one included. It may call
// Print, but not every time, since that is drawn as well, and must not block.
func (c *console) OnDrain(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onDrain = f
}

// Width returns the columns of the terminal.
func (c *console) Width() int {
	columns, _ := terminalSize(c.cfg.Out)
	return columns
}

// FreshLine moves the cursor to the beginning of a line where it may be behind
// text, as after a child process: the prompt would erase that text. A terminal
// can't be asked for its column in passing, so FreshLine fills a whole row, which
// ends on the next row exactly if it did not start in the first column.
func (c *console) FreshLine() {
	c.out.Lock()
	defer c.out.Unlock()
	io.WriteString(c.cfg.Out, "⏎"+strings.Repeat(" ", c.Width()-1)+"\r\x1b[K")
}
