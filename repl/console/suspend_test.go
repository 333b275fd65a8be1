package console

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"sosh/internal/termtest"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// shell starts a shell with job control in a terminal of its own. CONSOLE is the command that runs
// consoleProgram.
func shell(t *testing.T) *termtest.Screen {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-i", "-m")
	console := fmt.Sprintf("env CONSOLE_PROGRAM=%s/report %s", t.TempDir(), os.Args[0])
	cmd.Env = append(os.Environ(), "PS1=$ ", "ENV=", "CONSOLE="+console)
	keys, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 60, Rows: 30})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	x := termtest.Watch(t, keys, 60, 30)
	x.WaitLast("$")
	return x
}

// TestSuspend: Ctrl-Z stops the program with the terminal as it was, and the line is there again in the
// foreground.
func TestSuspend(t *testing.T) {
	x := shell(t)
	x.Press("$CONSOLE\r")
	x.WaitLast(">")
	x.Press("one\rhalf a line\x1b[D")
	x.WaitLast("> half a line")
	x.Press("\x1a")
	x.Wait("the shell's prompt", func(s string) bool {
		return strings.Contains(s, "> half a line\n") && strings.HasSuffix(s, "\n$") && strings.Contains(s, "Stopped")
	})
	if on, off := x.Paste.On.Load(), x.Paste.Off.Load(); on != 2 || off != 2 {
		t.Errorf("the terminal marks pastes: switched on %d times, off %d times", on, off)
	}
	if !x.Cooked() {
		t.Error("the terminal is raw")
	}
	x.Press("fg\r")
	x.WaitLast("> half a line")
	x.Press("X\r")
	x.Wait("the line", func(s string) bool { return strings.HasSuffix(s, "\n> half a linXe\ngot \"half a linXe\"\n>") })
	x.Press("\x04")
	x.Wait("the end", func(s string) bool { return strings.HasSuffix(s, "^D\n$") })
}

// TestStopped: the line is there again after a stop that was not the console's.
func TestStopped(t *testing.T) {
	x, cmd, report := program(t, 60, 20)
	x.Press("half a line")
	x.WaitLast("> half a line")
	on := x.Paste.On.Load()
	if err := cmd.Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	x.WaitFor("the mode for pastes", func() bool { return x.Paste.On.Load() > on })
	x.Press("\x15ok\r")
	x.Wait("the line", func(s string) bool { return strings.HasSuffix(s, "\n>") && strings.Contains(s, "got \"ok\"") })
	x.Press("\x04")
	if got := waitReport(t, cmd, report); got != "EOF, 0 more descriptors, leaks: <nil>\n" {
		t.Error(got)
	}
}

// TestSuspendNobody: where nothing could let the program go on, Ctrl-Z leaves everything as it is.
func TestSuspendNobody(t *testing.T) {
	t.Parallel()
	x, cmd, report := program(t, 60, 20)
	x.Press("half\x1a")
	x.WaitText("> half", "> half")
	x.Press(" a line\r")
	x.Wait("the line", func(s string) bool { return strings.HasSuffix(s, "got \"half a line\"\n>") })
	x.Press("\x04")
	if got := waitReport(t, cmd, report); got != "EOF, 0 more descriptors, leaks: <nil>\n" {
		t.Error(got)
	}
}
