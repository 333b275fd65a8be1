package console

import (
	"fmt"
	"strings"
)

// recallable are the entries that keys can recall: none in the lines of another program.
func (c *Console) recallable() []string {
	if c.rawLine {
		return nil
	}
	return c.past.Lines()
}

// remember adds a line that was entered to the history, unless Keep refuses it.
func (c *Console) remember(line string) {
	if strings.TrimSpace(line) == "" || c.cfg.Keep != nil && !c.cfg.Keep(line) {
		return
	}
	// The cause may pass, as a lack of descriptors does.
	err := c.past.Add(line)
	if err != nil && !c.unkept {
		c.warnings = append(c.warnings, fmt.Errorf("history is not saved: %w", err))
	}
	c.unkept = err != nil
}

// History returns the entries, the oldest first: those of all sessions, and then the own ones of this one. The caller
// must not change the slice.
func (c *Console) History() []string { return c.past.Lines() }
