package console

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sosh/internal/leak"
	"sosh/internal/show"
	"sosh/internal/termtest"

	"github.com/creack/pty"
	"go.uber.org/goleak"
)

// session is a console of this process in a terminal.
type session struct {
	*termtest.Screen
	t        testing.TB
	c        *Console
	warnings []error // told so far; between lines only
	lines    int32   // begun
}

// open makes a terminal and a console in it. In and Out of cfg are set here.
func open(t *testing.T, columns, rows int, cfg Config) *session {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	if err := pty.Setsize(tty, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)}); err != nil {
		t.Fatal(err)
	}
	s := &session{Screen: termtest.Watch(t, keys, columns, rows), t: t}
	cfg.In, cfg.Out, cfg.More = tty, tty, ".. "
	cfg.Warn = func(err error) { s.warnings = append(s.warnings, err) }
	if s.c, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.c.Close() })
	return s
}

// result is what Readline has returned.
type result struct {
	line string
	err  error
}

// readline begins to read a line and waits for the prompt.
func (s *session) readline() <-chan result {
	s.t.Helper()
	s.lines++
	done := make(chan result, 1)
	go func() {
		line, err := s.c.Readline("> ")
		done <- result{line, err}
	}()
	s.Wait("the prompt", func(screen string) bool {
		return s.Paste.On.Load() == s.lines && (screen == ">" || strings.HasSuffix(screen, "\n>"))
	})
	return done
}

// want waits for a line to be returned.
func (s *session) want(done <-chan result, line string, err error) {
	s.t.Helper()
	select {
	case r := <-done:
		if r.line != line || !errors.Is(r.err, err) {
			s.t.Errorf("Readline: %q, %v; want %q, %v", r.line, r.err, line, err)
		}
	case <-time.After(termtest.Patience):
		s.t.Fatalf("Readline did not return %q; the screen:\n%s", line, s.Text())
	}
}

// enter reads one line for which these keys are typed.
func (s *session) enter(keys, line string) {
	s.t.Helper()
	done := s.readline()
	s.Press(keys)
	s.want(done, line, nil)
}

// program starts consoleProgram in a terminal of its own.
func program(t *testing.T, columns, rows int) (x *termtest.Screen, cmd *exec.Cmd, report string) {
	t.Helper()
	report = t.TempDir() + "/report"
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CONSOLE_PROGRAM="+report)
	keys, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // before the directory is removed, to which the program writes at its end
		cmd.Process.Kill()
		cmd.Wait()
	})
	x = termtest.Watch(t, keys, columns, rows)
	x.WaitLast(">")
	return x, cmd, report
}

// waitReport waits for the program to end by itself, and returns its report.
func waitReport(t *testing.T, cmd *exec.Cmd, report string) string {
	t.Helper()
	kill := time.AfterFunc(termtest.Patience, func() { cmd.Process.Kill() })
	defer kill.Stop()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("the program: %v", err)
	}
	b, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// consoleProgram is a shell that says what it got and runs what follows a "!".
// At its end it reports what is left of the console, in the file that
// CONSOLE_PROGRAM names. "messages N INTERVAL" makes it print messages while lines are read. It outlives its terminal, and closes at SIGTERM.
func consoleProgram() int {
	signal.Ignore(syscall.SIGHUP)
	before := len(leak.Descriptors())
	c, err := New(Config{In: os.Stdin, Out: os.Stdout})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	closed := make(chan struct{})
	go func() {
		<-term
		c.Close()
		close(closed)
	}()
	var messages sync.WaitGroup
	for {
		line, err := c.Readline("> ")
		if err != nil {
			messages.Wait()
			signal.Stop(term)
			close(term)
			<-closed
			text := fmt.Sprintf("%v, %d more descriptors, leaks: %v\n", err, len(leak.Descriptors())-before, goleak.Find())
			if err := os.WriteFile(os.Getenv("CONSOLE_PROGRAM"), []byte(text), 0o600); err != nil {
				return 1
			}
			return 0
		}
		var n int
		var every time.Duration
		if k, err := fmt.Sscanf(line, "messages %d %v", &n, &every); k == 2 && err == nil {
			messages.Go(func() {
				for i := range n {
					c.Print(show.Sprintf("message %d.", i))
					time.Sleep(every)
				}
			})
			continue
		}
		if shell, ok := strings.CutPrefix(line, "!"); ok {
			cmd := exec.Command("sh", "-c", shell)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
			if err := cmd.Run(); err != nil {
				c.Print(show.Escaped(err.Error()))
			}
			c.FreshLine()
			continue
		}
		c.Print(show.Sprintf("got %q", line))
	}
}
