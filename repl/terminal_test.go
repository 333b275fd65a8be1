package repl

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sosh/internal/show"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// patience is how long a test waits for what must happen. Nothing is measured
// with it; it is there so that a hang becomes a failure.
const patience = 20 * time.Second

// terminal is a pseudo-terminal and the screen of it.
type terminal struct {
	t       testing.TB
	keys    *os.File // the end of it where a person sits
	vt      vt10x.Terminal
	changed chan struct{}
	raw     pasteMode
	wrote   transcript
}

// transcript is every byte that the program has written to its terminal.
type transcript struct {
	mu sync.Mutex
	b  []byte
}

func (w *transcript) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b = append(w.b, p...)
	return len(p), nil
}

// has reports whether text is among the last of it.
func (w *transcript) has(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Contains(w.b[max(0, len(w.b)-64<<10):], []byte(text))
}

func (w *transcript) bytes() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Clone(w.b)
}

// pasteMode counts how often the program has switched the marking of pastes on
// and off. Since it does so once a line, and when the terminal is raw already,
// it tells one prompt from the next.
type pasteMode struct {
	mu      sync.Mutex // held: nothing more is read from the program
	tail    string
	on, off atomic.Int32
}

func (m *pasteMode) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.tail + string(p)
	m.on.Add(int32(strings.Count(s, "\x1b[?2004h")))
	m.off.Add(int32(strings.Count(s, "\x1b[?2004l")))
	m.tail = s[max(strings.LastIndexByte(s, 0x1b), 0):]
	if len(m.tail) >= len("\x1b[?2004h") {
		m.tail = ""
	}
	return len(p), nil
}

// watch begins to draw on the screen what the program behind keys writes.
func watch(t testing.TB, blocking *os.File, columns, rows int) *terminal {
	t.Helper()
	// As pty leaves it, closing it would not end a read.
	fd, err := unix.Dup(int(blocking.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	unix.CloseOnExec(fd)
	unix.SetNonblock(fd, true)
	blocking.Close()
	keys := os.NewFile(uintptr(fd), blocking.Name())
	x := &terminal{t: t, keys: keys, changed: make(chan struct{}, 1)}
	x.vt = vt10x.New(vt10x.WithSize(columns, rows))
	done := make(chan struct{})
	go func() {
		defer close(done)
		// What the program has switched is counted once the screen shows what
		// came with it: a prompt is not to be taken for the one before.
		var drawn bytes.Buffer
		r := bufio.NewReader(io.TeeReader(keys, io.MultiWriter(&drawn, &x.wrote)))
		for {
			if err := x.vt.Parse(r); err != nil {
				return
			}
			x.raw.Write(drawn.Bytes())
			drawn.Reset()
			select {
			case x.changed <- struct{}{}:
			default:
			}
		}
	}()
	t.Cleanup(func() {
		keys.Close()
		<-done
	})
	return x
}

// screen returns the rows of the screen without the blank ones at its end.
func (x *terminal) screen() string {
	rows := strings.Split(strings.ReplaceAll(x.vt.String(), "\x00", " "), "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return strings.TrimRight(strings.Join(rows, "\n"), "\n")
}

// wait waits until the screen is as ok wants it.
func (x *terminal) wait(what string, ok func(screen string) bool) {
	x.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		if ok(x.screen()) {
			return
		}
		select {
		case <-x.changed:
		case <-deadline.C:
			x.t.Fatalf("waited for %s; the screen:\n%s", what, x.screen())
		}
	}
}

// waitScreen waits until the screen is exactly these rows.
func (x *terminal) waitScreen(rows ...string) {
	x.t.Helper()
	want := strings.TrimRight(strings.Join(rows, "\n"), "\n ")
	x.wait(fmt.Sprintf("the screen\n%s\n", want), func(s string) bool { return s == want })
}

// waitLast waits until the last row that is not blank is this one.
func (x *terminal) waitLast(row string) {
	x.t.Helper()
	x.wait(fmt.Sprintf("%q as the last row", row), func(s string) bool {
		return s[strings.LastIndex(s, "\n")+1:] == row
	})
}

// resize gives the terminal another width.
func (x *terminal) resize(columns int) {
	x.t.Helper()
	_, rows := x.vt.Size()
	x.vt.Resize(columns, rows)
	rc, err := x.keys.SyscallConn()
	if err != nil {
		x.t.Fatal(err)
	}
	rc.Control(func(fd uintptr) {
		err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(columns), Row: uint16(rows)})
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

// press types keys.
func (x *terminal) press(keys string) {
	x.t.Helper()
	if _, err := io.WriteString(x.keys, keys); err != nil {
		x.t.Fatal(err)
	}
}

// session is a console of this process in a terminal.
type session struct {
	*terminal
	c        *console
	warnings []error // told so far; between lines only
	lines    int32   // begun
}

// open makes a terminal and a console in it. In and Out of cfg are set here.
func open(t *testing.T, columns, rows int, cfg consoleConfig) *session {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	if err := pty.Setsize(tty, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)}); err != nil {
		t.Fatal(err)
	}
	s := &session{terminal: watch(t, keys, columns, rows)}
	cfg.In, cfg.Out = tty, tty
	cfg.Warn = func(err error) { s.warnings = append(s.warnings, err) }
	if s.c, err = newConsole(cfg); err != nil {
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
	s.wait("the prompt", func(screen string) bool {
		return s.raw.on.Load() == s.lines && (screen == ">" || strings.HasSuffix(screen, "\n>"))
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
	case <-time.After(patience):
		s.t.Fatalf("Readline did not return %q; the screen:\n%s", line, s.screen())
	}
}

// enter reads one line for which these keys are typed.
func (s *session) enter(keys, line string) {
	s.t.Helper()
	done := s.readline()
	s.press(keys)
	s.want(done, line, nil)
}

// program starts consoleProgram in a terminal of its own.
func program(t *testing.T, columns, rows int) (x *terminal, cmd *exec.Cmd, report string) {
	t.Helper()
	report = t.TempDir() + "/report"
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CONSOLE_PROGRAM="+report)
	keys, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	x = watch(t, keys, columns, rows)
	x.waitLast(">")
	return x, cmd, report
}

// waitReport waits for the program to end by itself, and returns its report.
func waitReport(t *testing.T, cmd *exec.Cmd, report string) string {
	t.Helper()
	kill := time.AfterFunc(patience, func() { cmd.Process.Kill() })
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
// CONSOLE_PROGRAM names. It outlives its terminal, and closes at SIGTERM.
func consoleProgram() int {
	signal.Ignore(syscall.SIGHUP)
	openPoller()
	before := openFiles()
	c, err := newConsole(consoleConfig{In: os.Stdin, Out: os.Stdout})
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
	for {
		line, err := c.Readline("> ")
		if err != nil {
			signal.Stop(term)
			close(term)
			<-closed
			text := fmt.Sprintf("%v, %d more descriptors, leaks: %v\n", err, openFiles()-before, goleak.Find())
			if err := os.WriteFile(os.Getenv("CONSOLE_PROGRAM"), []byte(text), 0o600); err != nil {
				return 1
			}
			return 0
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
