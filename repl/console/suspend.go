package console

import (
	"time"

	"github.com/chzyer/readline"
)

// stopWithin is how long a signal may take to stop the process.
const stopWithin = 200 * time.Millisecond

// suspend stops the process, as Ctrl-Z does, and goes on with the line when the process goes on. The
// terminal is as it was found meanwhile.
func (c *Console) suspend() {
	f := c.frame(true)
	f.pos = len(f.line)
	c.screen.finish(f)
	c.exitRaw()
	select {
	case <-c.goesOn: // from an earlier stop
	default:
	}
	stopProcess()
	select {
	case <-c.goesOn:
	case <-time.After(stopWithin):
		// Nothing has stopped it; or it was stopped, the timer has run, and the signal is on its way.
		select {
		case <-c.goesOn:
		case <-time.After(stopWithin / 2):
		}
	}
	c.mu.Lock()
	c.resumed = false
	c.mu.Unlock()
	c.makeRaw()
	c.redraw()
}

// continued notes that the process was stopped and goes on.
func (c *Console) continued() {
	c.mu.Lock()
	c.resumed = true
	c.wakeLocked()
	c.mu.Unlock()
	select {
	case c.goesOn <- struct{}{}: // after that suspend resets resumed
	default:
	}
}

// comeBack is called when the process was stopped by somebody else while a line was edited. A shell has
// set the terminal to its own mode, and has written to it.
func (c *Console) comeBack() {
	c.rawMu.Lock()
	defer c.rawMu.Unlock()
	if c.raw == nil {
		return
	}
	if _, err := readline.MakeRaw(int(c.cfg.In.Fd())); err == nil {
		c.screen.pasteMode(true)
	}
	c.screen.forget()
}

// Restore puts the terminal in the mode that it was found in, for a process that ends at once. It may be
// called concurrently with everything, and nothing else works after it.
func (c *Console) Restore() {
	c.exitRaw()
}
