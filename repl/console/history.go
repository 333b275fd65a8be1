package console

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The history file holds one entry a line, as encodeLine writes it: an entry of
// several lines takes one line too. The console writes the file itself, because
// readline would make it readable to everybody each time it shortens it, and
// reports no error when it can't write.

// openHistory creates the file at path if it does not exist, makes it private to
// its owner, and ends its last line if a full disk or an editor left it without an
// end. It returns an error if the file can't be appended to.
func openHistory(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return err
	}
	if st.Mode().Perm()&0o077 != 0 {
		if err := f.Chmod(0o600); err != nil {
			return err
		}
	}
	var last [1]byte
	if n, _ := f.ReadAt(last[:], st.Size()-1); n == 1 && last[0] != '\n' {
		_, err = f.WriteString("\n")
	}
	return err
}

// readHistory returns the last limit entries of the file at path, the oldest
// first. A file that has grown well over the limit is shortened; what another
// session adds in that moment is lost.
func readHistory(path string, limit int) ([]string, error) {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var entries []string
	for line := range strings.Lines(string(b)) {
		line = strings.ToValidUTF8(strings.TrimRight(line, "\r\n"), "\uFFFD")
		if strings.TrimSpace(line) != "" {
			entries = append(entries, decodeLine(line))
		}
	}
	total := len(entries)
	entries = entries[max(0, total-limit):]
	if total > limit+limit/2 {
		err = rewriteHistory(path, entries)
	}
	return entries, err
}

// rewriteHistory replaces the file at path by one with these entries.
func rewriteHistory(path string, entries []string) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, e := range entries {
		b.WriteString(encodeLine(e) + "\n")
	}
	_, err = f.WriteString(b.String())
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// appendHistory adds one entry. It opens the file each time, since another
// session may have replaced it by a shorter one.
func appendHistory(path, entry string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(encodeLine(entry) + "\n")
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// loadHistory reads the history file, if one is wanted.
func (c *Console) loadHistory() {
	if c.cfg.History == "" {
		return
	}
	if err := openHistory(c.cfg.History); err != nil {
		c.historyFailed(err)
	}
	entries, err := readHistory(c.cfg.History, c.cfg.HistoryLimit)
	if err != nil {
		c.historyFailed(err)
	}
	c.past = entries
}

// historyFailed stops the use of the file, and queues one warning.
func (c *Console) historyFailed(err error) {
	if !c.noHistory {
		c.noHistory = true
		c.warnings = append(c.warnings, fmt.Errorf("history is not saved: %w", err))
	}
}

// remember adds a line that was entered to the history, unless Keep refuses it or
// it repeats the line before.
func (c *Console) remember(line string) {
	if strings.TrimSpace(line) == "" || c.cfg.Keep != nil && !c.cfg.Keep(line) {
		return
	}
	if n := len(c.past); n > 0 && c.past[n-1] == line {
		return
	}
	c.mu.Lock()
	c.past = append(c.past, line)
	c.past = c.past[max(0, len(c.past)-c.cfg.HistoryLimit):]
	c.mu.Unlock()
	if c.cfg.History == "" || c.noHistory {
		return
	}
	// The cause may pass, as a lack of descriptors does.
	err := appendHistory(c.cfg.History, line)
	if err != nil && !c.unkept {
		c.warnings = append(c.warnings, fmt.Errorf("history is not saved: %w", err))
	}
	c.unkept = err != nil
}

// recallMax is how many entries can be recalled with Up and Ctrl-R: readline
// takes microseconds for each, before each line.
const recallMax = 1000

// giveHistory hands the entries to readline again before each line. This restores
// the entries that a search or an edit has changed in place, and moves the
// position back to the end.
func (c *Console) giveHistory(entries []string) {
	c.rl.ResetHistory()
	for _, e := range entries[max(0, len(entries)-recallMax):] {
		c.rl.SaveHistory(encodeLine(e))
	}
	c.recall = len(entries) > 0
}

// History returns the entries, the oldest first. It may be called from any
// goroutine.
func (c *Console) History() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.past...)
}
