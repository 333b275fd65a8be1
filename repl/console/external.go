package console

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"sosh/repl/lineedit"
)

// editorGrace is how long an editor has to end when the console is closed.
const editorGrace = 2 * time.Second

// external gives the terminal to the user's editor, and puts what that leaves in the line.
func (c *Console) external() {
	line, _ := c.editor.Line()
	text, err := c.runEditor(string(line))
	if err != nil {
		if c.cfg.Warn != nil {
			c.cfg.Warn(err)
		}
		return
	}
	if text != string(line) {
		c.editor.Replace(0, len(line), text)
	}
}

// runEditor runs the editor on a temporary file, which only the user can read.
func (c *Console) runEditor(text string) (edited string, err error) {
	f, err := os.CreateTemp("", "sosh-*.lua") // mode 0600
	if err != nil {
		return "", fmt.Errorf("edit the line: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text + "\n")
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return "", fmt.Errorf("edit the line: %w", err)
	}

	c.screen.remove()
	if err := c.exitRaw(); err != nil {
		return "", fmt.Errorf("edit the line: %w", err)
	}
	name := cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR"), "vi")
	cmd := exec.CommandContext(c.living, "/bin/sh", "-c", name+` "$1"`, "sh", f.Name())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.cfg.In, c.cfg.Out, c.cfg.Out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = editorGrace
	err = cmd.Run()
	if rerr := c.makeRaw(); rerr != nil {
		return "", fmt.Errorf("edit the line: %w", rerr)
	}
	c.screen.forget()
	c.mu.Lock()
	c.resumed = false // it was stopped together with the editor, which has drawn again
	c.mu.Unlock()
	if err != nil {
		return "", fmt.Errorf("edit the line: %s: %w", name, err)
	}
	return readEdited(f.Name())
}

// readEdited reads the file that the editor has left.
func readEdited(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("edit the line: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, lineedit.MaxPaste+1))
	if err != nil {
		return "", fmt.Errorf("edit the line: %w", err)
	}
	if len(b) > lineedit.MaxPaste {
		return "", fmt.Errorf("edit the line: the file has more than %d bytes", lineedit.MaxPaste)
	}
	return strings.TrimSuffix(lineedit.Clean(string(bytes.TrimPrefix(b, []byte("\ufeff")))), "\n"), nil
}
