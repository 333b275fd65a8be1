package repl

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestLiveSignals: a signal that ends the shell leaves the terminal as it was found, at the prompt and in
// a command.
func TestLiveSignals(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		for _, typed := range []string{"", "half a line", "socket tcp c\rprint('runs') sleep(100)\r"} {
			l := startLive(t, liveConfig{})
			l.press(typed)
			if strings.HasSuffix(typed, "\r") {
				l.sees("│ runs")
			} else {
				l.waitLast(strings.TrimSpace(livePrompt + " " + typed))
			}
			if err := l.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			l.leave(128 + int(sig))
			l.WaitEnd()
			if on, off := l.raw.On.Load(), l.raw.Off.Load(); on != off || on == 0 {
				t.Errorf("%v after %q: pastes are marked: on %d times, off %d times", sig, typed, on, off)
			}
			if l.Screen.Cooked() == false {
				t.Errorf("%v after %q: the terminal is raw", sig, typed)
			}
		}
	}
}

// TestLivePipe: with stdout a pipe the prompt, the notices and the editing are on the terminal, and the
// pipe gets what was asked for, and nothing else.
func TestLivePipe(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	l := startLive(t, liveConfig{home: home, wrap: []string{"sh", "-c", `"$0" | cat >out`}})
	l.do("print('one')", "= 1 + 1", "socket tcp c")
	l.press("print('\x1b[200~two\x1b[201~')\x1b[D\x7f!'\r")
	l.awaitPrompt()
	l.do("ls", "print('\\27[31m')")
	l.sees("sosh> print('one')\nsosh> = 1 + 1\nsosh> socket tcp c\nc: tcp socket\nsosh> print('two!')\nsosh> ls\nsosh>")
	l.quit()
	b, err := os.ReadFile(home + "/out")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(b); !strings.HasPrefix(got, "one\n2\ntwo!\n") || !strings.Contains(got, "\nc ") || !strings.HasSuffix(got, "\n\x1b[31m\n") {
		t.Errorf("stdout: %q", got)
	}
}

// TestLiveUnread: a prompt whose stdout nobody reads any more ends, without an error.
func TestLiveUnread(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{wrap: []string{"sh", "-c", `mkfifo p; exec 3<>p 4>p 3<&-; exec "$0" >&4`}})
	l.press("help\r")
	l.leave(128 + int(syscall.SIGPIPE))
	l.WaitEnd()
	if screen := l.screen(); strings.Contains(screen, "broken pipe") {
		t.Errorf("an error is shown:\n%s", screen)
	}
}
