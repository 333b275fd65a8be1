package console

import "errors"

// ErrEscape is what ReadRaw returns for Ctrl-].
var ErrEscape = errors.New("Ctrl-]")

// ReadRaw is Readline for text that is not the shell's: there is no prompt, no
// history and no completion, a Tab is a Tab, and Ctrl-] ends it with errEscape.
func (c *Console) ReadRaw() (string, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	return c.readline("", true)
}

// Interrupt makes the ReadRaw that is under way, or else the next one, return
// err. Readline ignores and forgets it.
func (c *Console) Interrupt(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stop = err
	if c.editing {
		c.waker.wake()
	}
}

// takeStop returns and clears the error of Interrupt, if it is for this line. The
// caller holds mu.
func (c *Console) takeStop(raw bool) error {
	err := c.stop
	c.stop = nil
	if !raw {
		return nil
	}
	return err
}

// stopped reports whether the line being edited is to end.
func (c *Console) stopped() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rawLine && c.stop != nil
}

// escape is Ctrl-].
func (c *Console) escape() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rawLine {
		c.stop = ErrEscape
	}
}
