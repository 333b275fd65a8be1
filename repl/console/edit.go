package console

import (
	"io"
	"time"

	"sosh/repl/lineedit"
)

const (
	drawEvery  = time.Second / 30       // between two draws
	drawSize   = 4 << 10                // bytes in one draw: what a key waits for
	drawLate   = 100 * time.Millisecond // a draw that is so late comes before a key
	searchHold = 2 * time.Second        // how long after a key a search keeps output back
)

// edit handles keys until the line ends, and meanwhile draws what others print. The error is io.EOF at the end of input and for
// Ctrl-D, and ErrInterrupt for Ctrl-C and Interrupt.
func (c *Console) edit() error {
	for {
		switch {
		case c.isOver():
			if line, _ := c.editor.Line(); len(line) > 0 {
				c.leave("")
			} else {
				c.screen.remove()
			}
			return io.EOF
		case c.stopped():
			c.leave("")
			return ErrInterrupt
		}
		for _, e := range c.await() {
			if done, err := c.handle(e); done {
				return err
			}
		}
	}
}

// await waits for a key, or for something else to do, and does that.
func (c *Console) await() []lineedit.Event {
	draw, in := c.drawIn()
	quiet, idle := c.keys.Wait()
	idleIn := quiet - time.Since(c.lastKey) // written by this goroutine only
	timeout := time.Duration(-1)
	switch {
	case draw && idle:
		timeout = max(0, min(in, idleIn))
	case draw:
		timeout = max(0, in)
	case idle:
		timeout = max(0, idleIn)
	}
	readable, err := c.waker.wait(int(c.cfg.In.Fd()), timeout)
	var events []lineedit.Event
	switch late := draw && in < -drawLate; {
	case err != nil:
	case readable && !late:
		events, err = c.readKey()
	case idle && idleIn <= 0:
		events = c.keys.Idle(time.Since(c.lastKey))
	case draw && in <= 0:
		c.draw()
	}
	if err != nil {
		c.mu.Lock()
		c.ended = true
		c.mu.Unlock()
	}
	return events
}

// readKey reads what there is of one key.
func (c *Console) readKey() (events []lineedit.Event, err error) {
	var b [16]byte
	n, err := readSome(int(c.cfg.In.Fd()), b[:min(len(b), c.keys.ReadSize())])
	if n > 0 {
		c.mu.Lock()
		c.lastKey = time.Now()
		c.mu.Unlock()
	}
	for _, b := range b[:n] {
		events = append(events, c.keys.Feed(b)...)
	}
	return events, err
}

// handle handles a key or a paste. done says that the line has ended.
func (c *Console) handle(e lineedit.Event) (done bool, err error) {
	if e.Key == "" {
		c.cutPaste = c.cutPaste || e.Cut
		c.menu = nil
		c.editor.Insert(e.Text)
		c.redraw()
		return false, nil
	}
	if c.rawLine && e.Key == "Tab" {
		c.editor.Insert("\t")
		c.redraw()
		return false, nil
	}
	if c.menu != nil && c.menuKey(e.Key) {
		c.redraw()
		return false, nil
	}
	out := c.editor.Key(e.Key)
	c.keys.Vi = c.editor.Vi()
	switch out {
	case lineedit.Enter:
		if line, _ := c.editor.Line(); c.rawLine || c.cfg.Unfinished == nil || !c.cfg.Unfinished(string(line)) {
			c.leave("")
			return true, nil
		}
		c.editor.Insert("\n")
	case lineedit.Interrupt:
		c.leave("^C")
		return true, ErrInterrupt
	case lineedit.Discard:
		if c.rawLine {
			c.screen.bell()
			return false, nil
		}
		c.leave("^D")
		return true, ErrInterrupt
	case lineedit.End:
		c.leave("^D")
		return true, io.EOF
	case lineedit.Escape:
		c.escape()
		return false, nil
	case lineedit.Clear:
		c.screen.clear(c.frame(false))
		return false, nil
	case lineedit.Suspend:
		c.suspend()
		return false, nil
	case lineedit.Complete, lineedit.CompleteBack:
		c.complete()
	case lineedit.External:
		if !c.rawLine {
			c.external()
		}
	case lineedit.Hold:
		if c.cfg.Hold != nil && !c.rawLine {
			c.cfg.Hold()
		}
	case lineedit.Bell:
		c.screen.bell()
	case lineedit.None:
		if c.menu != nil {
			c.narrow()
		}
	}
	c.redraw()
	return false, nil
}

// drawIn reports whether there is something to draw, and when: negative if it
// is late.
func (c *Console) drawIn() (bool, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	settle, short := c.screen.settleIn()
	switch {
	case c.resized, c.resumed:
	case c.pending.Len() == 0 && c.stale:
	case short && c.pending.Len() == 0:
		return true, settle
	case c.pending.Len() == 0:
		return false, 0
	case c.editor.Mode() == lineedit.Searching || c.menu != nil:
		// The hits stay where they are while the user chooses.
		return true, max(time.Until(c.drawNext), time.Until(c.lastKey.Add(searchHold)))
	}
	return true, time.Until(c.drawNext)
}

// draw shows what is pending above the line.
func (c *Console) draw() {
	start := time.Now()
	c.mu.Lock()
	text := c.takeLocked(drawSize)
	resumed := c.resumed
	c.resized, c.resumed, c.stale = false, false, false
	c.mu.Unlock()

	if resumed {
		c.comeBack()
	}
	c.screen.draw(c.frame(false), c.fold(text))

	c.mu.Lock()
	end := time.Now()
	// A slow terminal gets half of the time, and the keys the other half.
	c.drawNext = end.Add(max(drawEvery, end.Sub(start)))
	c.mu.Unlock()
	if len(text) > 0 {
		c.drained()
	}
}
