package repl

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// The tests in the files live_*_test.go are of the whole shell, at its prompt
// in a terminal, with peers that are sockets of the test.

// liveShell is the program that a test starts with LIVE_SHELL in the
// environment.
func liveShell() int {
	if d, err := time.ParseDuration(os.Getenv("LIVE_SPLIT")); err == nil {
		splitFor = d
	}
	return Prompt("test", nil)
}

// live is a shell at its prompt.
type live struct {
	*terminal
	cmd   *exec.Cmd
	home  string
	lines int32 // begun
	ended bool
}

// liveConfig says how a live shell is started; the zero value is what most
// tests want.
type liveConfig struct {
	columns, rows int      // 100 and 50 if 0
	home          string   // a new one if ""
	init          string   // its init.lua
	initWords     string   // its init.sosh
	env           []string // added to its environment
	wrap          []string // a program that starts the shell
}

// startLive starts a shell and waits for its prompt.
func startLive(t testing.TB, cfg liveConfig) *live {
	t.Helper()
	l := spawnLive(t, cfg)
	l.awaitPrompt()
	return l
}

// spawnLive starts a shell.
func spawnLive(t testing.TB, cfg liveConfig) *live {
	t.Helper()
	if cfg.columns == 0 {
		cfg.columns, cfg.rows = 100, 50
	}
	l := &live{home: cfg.home}
	if l.home == "" {
		l.home = t.TempDir()
	}
	if cfg.init != "" {
		l.write("config/sosh/init.lua", cfg.init, t)
	}
	if cfg.initWords != "" {
		l.write("config/sosh/init.sosh", cfg.initWords, t)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append(append([]string(nil), cfg.wrap...), exe)
	l.cmd = exec.Command(args[0], args[1:]...)
	l.cmd.Dir = l.home
	l.cmd.Env = append([]string{
		"LIVE_SHELL=1", "PATH=" + os.Getenv("PATH"), "HOME=" + l.home, "TERM=xterm-256color", "SHELL=/bin/sh", "PAGER=",
		"XDG_STATE_HOME=" + l.path("state"), "XDG_CONFIG_HOME=" + l.path("config"), "GORACE=halt_on_error=1 atexit_sleep_ms=0",
	}, cfg.env...)
	keys, err := pty.StartWithSize(l.cmd, &pty.Winsize{Cols: uint16(cfg.columns), Rows: uint16(cfg.rows)})
	if err != nil {
		t.Fatal(err)
	}
	l.terminal = watch(t, keys, cfg.columns, cfg.rows)
	t.Cleanup(func() {
		if !l.ended {
			l.cmd.Process.Kill()
			l.cmd.Wait()
		}
	})
	return l
}

// path is that of a file in the shell's home.
func (l *live) path(name string) string { return filepath.Join(l.home, name) }

// write makes a file in the shell's home.
func (l *live) write(name, text string, t testing.TB) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(l.path(name)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(l.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const (
	livePrompt = "sosh>"
	morePrompt = "  .."
)

// awaitPrompt waits until the next line is being read.
func (l *live) awaitPrompt() {
	l.t.Helper()
	l.awaitLine(livePrompt)
}

func (l *live) awaitLine(prompt string) {
	l.t.Helper()
	l.lines++
	l.WaitFor(fmt.Sprintf("prompt %d, %q", l.lines, prompt), func() bool {
		return l.raw.On.Load() == l.lines && strings.HasSuffix("\n"+l.screen(), "\n"+prompt)
	})
}

// do enters lines, each at a prompt of its own.
func (l *live) do(lines ...string) {
	l.t.Helper()
	for _, line := range lines {
		l.press(line + "\r")
		l.awaitPrompt()
	}
}

// sees waits until each of these texts is somewhere on the screen, in this
// order.
func (l *live) sees(texts ...string) {
	l.t.Helper()
	l.wait(fmt.Sprintf("%q", texts), func(screen string) bool {
		for _, text := range texts {
			i := strings.Index(screen, text)
			if i < 0 {
				return false
			}
			screen = screen[i+len(text):]
		}
		return true
	})
}

// clear does what Ctrl-L does, so that what comes is found on a bare screen.
func (l *live) clear() {
	l.t.Helper()
	l.press("\x0c")
	l.waitScreen(livePrompt)
}

// leave waits for the shell to have ended with this status.
func (l *live) leave(status int) {
	l.t.Helper()
	kill := time.AfterFunc(patience, func() { l.cmd.Process.Kill() })
	defer kill.Stop()
	err := l.cmd.Wait()
	l.ended = true
	var exit *exec.ExitError
	got := 0
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		l.t.Fatal(err)
	}
	if got != status {
		l.t.Errorf("exit status %d (%v), want %d; the screen:\n%s", got, err, status, l.screen())
	}
}

// quit leaves the shell by Ctrl-D.
func (l *live) quit() {
	l.t.Helper()
	l.press("\x04\x04") // the second is for the question about live connections
	l.leave(0)
}

// listen makes a peer that a shell can dial.
func listen(t testing.TB) *net.TCPListener {
	t.Helper()
	ln, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

// dial has the shell dial the test under a name, and returns the peer's end.
func (l *live) dial(name string) *net.TCPConn {
	l.t.Helper()
	ln := listen(l.t)
	l.do(fmt.Sprintf("dial %s %s", ln.Addr(), name))
	ln.SetDeadline(time.Now().Add(patience))
	c, err := ln.AcceptTCP()
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(3 * patience))
	return c
}

// say sends as a peer does.
func (l *live) say(c net.Conn, text string) {
	l.t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		l.t.Fatal(err)
	}
}

// hears reads exactly this from the peer's end.
func (l *live) hears(c net.Conn, text string) {
	l.t.Helper()
	b := make([]byte, len(text))
	for n := 0; n < len(b); {
		m, err := c.Read(b[n:])
		if n += m; err != nil && n < len(b) {
			l.t.Fatalf("the peer got %q and %v, want %q; the screen:\n%s", b[:n], err, text, l.screen())
		}
	}
	if string(b) != text {
		l.t.Errorf("the peer got %q, want %q", b, text)
	}
}
