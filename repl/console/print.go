package console

import (
	"bytes"
	"io"
	"strings"

	"sosh/internal/show"
)

// pendingMax is the maximum number of bytes that wait to be drawn while a line is edited. A test
// makes it smaller.
var pendingMax = 1 << 20

// Print shows s above the line being edited, or at once if no line is edited. If s does not end in a
// newline, it adds one, since the next redraw would erase the text. If more than pendingMax bytes
// wait to be drawn, it drops and counts s, and returns false.
func (c *Console) Print(s show.Trusted) bool {
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
		c.wakeLocked() // otherwise a draw is already coming
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

// flush writes the pending text, unless a line is being edited, which draws it.
func (c *Console) flush() {
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
func (c *Console) takeLocked(size int) []byte {
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

// fold breaks printed text into rows of the terminal's current width. Meanwhile it turns off the
// terminal's own wrapping: otherwise a character that is wider than expected could put text in the
// first column of a row.
func (c *Console) fold(text []byte) []byte {
	if len(text) == 0 {
		return nil
	}
	rows := show.Fold(show.Trusted(text), c.Width())
	if !dumb() {
		rows = "\x1b[?7l" + rows + "\x1b[?7h"
	}
	return []byte(rows)
}

// drained calls the hook if all has been drawn.
func (c *Console) drained() {
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

// wakeLocked makes the queue be drawn soon.
func (c *Console) wakeLocked() {
	if c.editing {
		c.waker.wake()
	}
}

// Refresh draws the line and its status again soon. It may be called often.
func (c *Console) Refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stale && c.editing {
		c.stale = true
		c.wakeLocked()
	}
}

// Pending returns how many bytes wait to be drawn.
func (c *Console) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pending.Len()
}

// Dropped returns how many texts Print has dropped in all.
func (c *Console) Dropped() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dropped
}

// OnDrain sets a function that is called each time all pending text has been drawn, on any goroutine,
// including the one that edits the line. The function must not block. It may call Print, but not
// every time, since that text is drawn too.
func (c *Console) OnDrain(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onDrain = f
}

// Width returns the columns of the terminal.
func (c *Console) Width() int {
	columns, _ := Size(c.cfg.Out)
	return columns
}

// FreshLine moves the cursor to the start of a line. After a child process, the cursor may be behind
// text, which the prompt would erase. The column of the cursor is not known, so FreshLine writes a
// whole row of blanks: that ends on the next row only if it did not start in the first column.
func (c *Console) FreshLine() {
	c.out.Lock()
	defer c.out.Unlock()
	if dumb() {
		io.WriteString(c.cfg.Out, "⏎"+strings.Repeat(" ", c.Width()-1)+"\r \r")
		return
	}
	io.WriteString(c.cfg.Out, "⏎"+strings.Repeat(" ", c.Width()-1)+"\r\x1b[K")
}
