package repl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"sosh/internal/child"
	"sosh/internal/show"
	"sosh/script"
)

// runLs lists the handles.
func (s *Shell) runLs(*script.Call) error {
	handles := s.table.Handles()
	if len(handles) == 0 {
		s.out.notify("no handles")
		return nil
	}
	header := []string{"name", "kind", "state", "local", "remote", "in", "out", "unread"}
	narrow := s.out.columns() < 64
	if narrow {
		header = []string{"name", "state", "local", "remote"} // info shows the rest
	}
	var rows [][]string
	for _, h := range handles {
		i, err := h.Info()
		if err != nil {
			continue // closed in between
		}
		unread := fmt.Sprint(i.Unread)
		switch {
		case i.Unread == 0:
		case i.Kind.Messages():
			unread = show.Count(i.Unread, "message")
		default:
			unread = show.Count(i.Unread, "byte")
		}
		if i.Waiting >= 0 {
			unread = fmt.Sprintf("%d wait", i.Waiting)
		}
		if narrow {
			rows = append(rows, []string{i.Name, i.State, i.Local.String(), i.Peer.String()})
			continue
		}
		rows = append(rows, []string{i.Name, string(i.Kind), i.State, i.Local.String(), i.Peer.String(), fmt.Sprint(i.In), fmt.Sprint(i.Out), unread})
	}
	s.out.print(show.Table(header, rows, s.out.columns()))
	for _, text := range s.arrivalStatus() {
		s.out.notify(text)
	}
	return nil
}

// runAlias defines, shows or lists aliases.
func (s *Shell) runAlias(c *script.Call) error {
	if !c.Has(0) {
		for _, name := range s.settings.aliasNames() {
			s.out.print(show.Sprintf("alias %s %s\n", name, s.settings.alias(name)))
		}
		return nil
	}
	name, words := c.String(0), ""
	// Some shells write alias NAME=WORDS.
	if i := strings.IndexAny(name, " ="); i >= 0 {
		name, words = name[:i], name[i:]
	}
	words = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(words), "="))
	switch {
	case identifier(name) != name:
		return fmt.Errorf("bad alias name %s (expected letters, digits and _)", show.Quote([]byte(name)))
	case words == "" && s.settings.alias(name) == "":
		return fmt.Errorf("no alias named %s", name)
	case words == "":
		s.out.print(show.Sprintf("alias %s %s\n", name, s.settings.alias(name)))
		return nil
	case s.machine.Verb(name) != nil:
		return fmt.Errorf("%s is already a command", name)
	}
	s.settings.setAlias(name, words)
	return nil
}

func (s *Shell) runUnalias(c *script.Call) error {
	if s.settings.alias(c.String(0)) == "" {
		return fmt.Errorf("no alias named %s", c.String(0))
	}
	s.settings.setAlias(c.String(0), "")
	return nil
}

// historyPath is where the history is kept: $XDG_STATE_HOME/sosh/history.
func historyPath() string {
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "sosh", "history")
}

func (s *Shell) runHistory(c *script.Call) error {
	lines := s.done
	if s.con != nil {
		lines = s.con.History()
	}
	from := 0
	if c.Has(0) {
		from = max(len(lines)-max(c.Int(0, 0), 0), 0)
	}
	for i, l := range lines[from:] {
		s.out.print(show.Sprintf("%5d  %s\n", from+i+1, printable(l)))
	}
	return nil
}

func (s *Shell) runSource(c *script.Call) error {
	path := c.String(0)
	src, err := readSource(path)
	if err != nil {
		return err
	}
	return nested(c.Context(), func(ctx context.Context) error { return s.execFile(ctx, src, path) })
}

// readSource reads a file of words or Lua.
func readSource(path string) (string, error) {
	if fi, err := os.Stat(path); err == nil && fi.IsDir() {
		return "", fmt.Errorf("%s is a directory (expected a file)", show.Name(path))
	}
	src, err := os.ReadFile(path)
	return string(src), err
}

func (s *Shell) runRun(c *script.Call) error {
	src, err := readSource(c.String(0))
	if err != nil {
		return err
	}
	s.machine.SetScript(c.String(0), nil)
	_, err = s.machine.Eval(c.Context(), skipHashBang(src), c.String(0))
	return err
}

func (s *Shell) runLog(c *script.Call) error {
	switch {
	case !c.Has(0):
		if path := s.log.where(); path != "" {
			s.out.print(show.Escaped(path) + "\n")
		} else {
			s.out.notify("no log")
		}
		return nil
	case c.String(0) == "off":
		return s.log.close()
	}
	stranger, err := s.log.open(c.String(0), s.table, func(err error) {
		s.out.notify(s.out.paint(colourWarn, show.Sprintf("log ended: %s", err)))
	})
	if stranger != "" {
		s.out.notify(s.out.paint(colourWarn, show.Sprintf("warning: %s %s", show.Quote([]byte(c.String(0))), stranger)))
	}
	return err
}

func (s *Shell) runTime(c *script.Call) error {
	began := time.Now()
	err := nested(c.Context(), func(ctx context.Context) error { return s.exec(ctx, c.String(0), "") })
	s.out.notify(show.Sprintf("took %s", time.Since(began).Round(time.Microsecond)))
	return err
}

// runSystem runs a command of the system, which uses the terminal meanwhile.
func (s *Shell) runSystem(c *script.Call) error {
	if !c.Has(0) {
		return errors.New("expected a command, such as !date")
	}
	shell := os.Getenv("SHELL")
	if shell == "" {
		shell = "sh"
	}
	cmd := exec.Command(shell, "-c", c.String(0))
	cmd.Stdin = os.Stdin
	err := s.foreground(cmd)
	if s.con != nil {
		s.con.FreshLine()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("%s: %s", c.String(0), exit.ProcessState)
	}
	var failed *os.PathError
	if errors.As(err, &failed) {
		return fmt.Errorf("%s: %w", show.Name(failed.Path), failed.Err)
	}
	return err
}

// foreground runs a program that has the terminal until it ends. The terminal sends Ctrl-C to the
// program and to us: it ends, and we go on.
func (s *Shell) foreground(cmd *exec.Cmd) error {
	cmd.Stdout, cmd.Stderr = s.out.stdout, s.out.stderr
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	run, err := child.Start(cmd, child.Options{Orphan: syscall.SIGKILL})
	if err != nil {
		return err
	}
	return run.Wait()
}

// runClear clears the screen, and what was scrolled off it.
func (s *Shell) runClear(*script.Call) error {
	if s.out.outTerminal && os.Getenv("TERM") != "dumb" {
		show.Fprint(s.out.stdout, "\x1b[H\x1b[2J\x1b[3J")
	}
	return nil
}

func (s *Shell) runExit(c *script.Call) error {
	s.leave(c.Int(0, 0) & 0xff)
	return nil
}
