package console

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sosh/internal/termtest"

	"golang.org/x/sys/unix"
)

// The tests in this file look at a terminal that people use: tmux breaks rows anew when its size changes,
// keeps what has scrolled away, and knows the widths of characters.

// A tmux is a server of tmux of its own, with one window.
type tmux struct {
	t      *testing.T
	socket string
}

// startTmux runs consoleProgram in a window of that size.
func startTmux(t *testing.T, columns, rows int) *tmux {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("SOSH_REQUIRE_PEERS") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	x := &tmux{t, t.TempDir() + "/socket"}
	// The program outlives its terminal, and writes its report to a directory that is removed
	// after the test: the report goes through a pipe, and is waited for.
	path := t.TempDir() + "/report"
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	command := fmt.Sprintf("env CONSOLE_PROGRAM='%s' '%s'", path, os.Args[0])
	x.do("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(columns), "-y", fmt.Sprint(rows), command)
	t.Cleanup(func() {
		defer report.Close()
		exec.Command("tmux", "-S", x.socket, "kill-server").Run()
		report.SetReadDeadline(time.Now().Add(termtest.Patience))
		if _, err := report.Read(make([]byte, 1)); err != nil {
			t.Errorf("the program has not ended: %v", err)
		}
	})
	x.do("set-option", "-g", "history-limit", "100000")
	x.wait("the prompt", func(s string) bool { return strings.HasPrefix(s, ">") })
	return x
}

func (x *tmux) do(args ...string) string {
	x.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-u", "-S", x.socket}, args...)...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		x.t.Fatalf("tmux %q: %v: %s", args, err, out)
	}
	return string(out)
}

// press types text.
func (x *tmux) press(text string) { x.t.Helper(); x.do("send-keys", "-l", text) }

// key presses a key, by tmux's name for it.
func (x *tmux) key(names ...string) {
	x.t.Helper()
	x.do(append([]string{"send-keys"}, names...)...)
}

// text is all that has scrolled away, and the screen.
func (x *tmux) text() string {
	x.t.Helper()
	return strings.TrimRight(x.do("capture-pane", "-p", "-S", "-"), "\n")
}

// wait waits until the text is as ok wants it.
func (x *tmux) wait(what string, ok func(text string) bool) {
	x.t.Helper()
	for until := time.Now().Add(termtest.Patience); ; time.Sleep(20 * time.Millisecond) {
		text := x.text()
		if ok(text) {
			return
		}
		if time.Now().After(until) {
			x.t.Fatalf("waited for %s; the screen:\n%s", what, text)
		}
	}
}

// cursor returns the column and the row of the cursor.
func (x *tmux) cursor() string {
	x.t.Helper()
	return strings.TrimSpace(x.do("display-message", "-p", "#{cursor_x} #{cursor_y}"))
}

// TestResizeStorm changes the size of the terminal while messages arrive and a line is edited: each message
// is there once, and so is a line of one row.
func TestResizeStorm(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"short", "send c hi", strings.Repeat("abcdefghijk/", 12)} {
		t.Run(fmt.Sprintf("%d bytes", len(text)), func(t *testing.T) {
			t.Parallel()
			x := startTmux(t, 80, 24)
			x.press("messages 400 3ms")
			x.key("Enter")
			// What is typed between two lines is shown by the terminal, before the prompt.
			x.wait("the next prompt", func(s string) bool { return strings.HasSuffix(s, "\n>") })
			x.press(text)
			widths := []int{80, 40, 100, 33, 60, 120, 25, 80, 50, 70}
			for i := range 60 {
				x.do("resize-window", "-x", fmt.Sprint(widths[i%len(widths)]), "-y", fmt.Sprint(24-i%5))
			}
			x.do("resize-window", "-x", "100", "-y", "24")
			x.wait("the last message", func(s string) bool { return strings.Contains(s, "message 399.") })
			x.press("#")
			x.wait("the line", func(s string) bool {
				var others []string // the rows besides the messages
				for row := range strings.SplitSeq(s, "\n") {
					if !strings.HasPrefix(row, "message ") {
						others = append(others, row)
					}
				}
				if len(text) > shortColumns-4 { // a copy may stay of what does not fit into one row
					return strings.HasSuffix(strings.Join(others, ""), "> "+text+"#")
				}
				return strings.Join(others, "\n") == "> messages 400 3ms\n> "+text+"#"
			})
			all := x.text()
			for i := range 400 {
				if n := strings.Count(all, fmt.Sprintf("message %d.", i)); n != 1 {
					t.Errorf("message %d is there %d times", i, n)
				}
			}
		})
	}
}

// TestWide: the cursor is where tmux has the characters, whatever their width.
func TestWide(t *testing.T) {
	t.Parallel()
	x := startTmux(t, 40, 10)
	at := func(cursor string) {
		t.Helper()
		x.wait("the cursor in "+cursor, func(string) bool { return x.cursor() == cursor })
	}
	x.press("日本語e\u0301🚀 x")
	at("13 0")
	x.key("Left", "Left", "Left")
	at("9 0")
	x.key("Left", "Left")
	x.press("!")
	x.wait("the line", func(s string) bool { return s == "> 日本!語e\u0301🚀 x" })
	x.key("C-u", "C-k")
	x.press("👩\u200d👩\u200d👧y")
	at("5 0")
	x.key("C-u")
	x.press(strings.Repeat("日", 21)) // one does not fit into the first row
	x.wait("two rows", func(s string) bool {
		return s == "> "+strings.Repeat("日", 19)+"\n"+strings.Repeat("日", 2)
	})
	at("4 1")
}
