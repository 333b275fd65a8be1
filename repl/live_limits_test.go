package repl

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestLiveHistoryFails: a history that can't be kept is told once, and the
// session has one all the same.
func TestLiveHistoryFails(t *testing.T) {
	t.Parallel()
	unusable := map[string]func(t *testing.T, dir string){
		"a directory in its place": func(t *testing.T, dir string) {
			if err := os.MkdirAll(dir+"/sosh/history", 0o700); err != nil {
				t.Fatal(err)
			}
		},
		"a file in the directory's place": func(t *testing.T, dir string) {
			if err := os.WriteFile(dir, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"a full disk": func(t *testing.T, dir string) {
			if _, err := os.Stat("/dev/full"); err != nil {
				t.Skip("no /dev/full here")
			}
			if err := os.MkdirAll(dir+"/sosh", 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("/dev/full", dir+"/sosh/history"); err != nil {
				t.Fatal(err)
			}
		},
		"nowhere": func(*testing.T, string) {},
	}
	for name, prepare := range unusable {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			cfg := liveConfig{home: home}
			prepare(t, home+"/state")
			if name == "nowhere" {
				cfg.env = []string{"XDG_STATE_HOME=/proc/nowhere"}
			}
			l := spawnLive(t, cfg)
			l.awaitPrompt()
			l.do("ls", "jobs")
			l.sees("warning: history is not saved: ")
			if n := strings.Count(l.screen(), "warning"); n != 1 {
				t.Errorf("%d warnings:\n%s", n, l.screen())
			}
			l.press("\x1b[A\x1b[A\r")
			l.awaitPrompt()
			l.sees("sosh> jobs\nno jobs\nsosh> ls\nno handles\n")
			l.quit()
		})
	}
}

func TestLiveLogFails(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	l := startLive(t, liveConfig{})
	c := l.dial("c")
	l.do("log /dev/full")
	l.say(c, "one")
	l.sees("log ended: write /dev/full: no space left on device")
	l.say(c, "two")
	l.sees("two")
	l.do("log", "log /", "log /nowhere/log", "save /nowhere/save")
	l.sees("no log", "log: open /: is a directory", "log: open /nowhere/log: no such file or directory", "save: open /nowhere/save: no such")
	if n := strings.Count(l.screen(), "log ended"); n != 1 {
		t.Errorf("told %d times:\n%s", n, l.screen())
	}
	l.quit()
}

// TestLiveDescriptors: without descriptors each command gets its line, and
// those that need none go on.
func TestLiveDescriptors(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{wrap: []string{"sh", "-c", `ulimit -n 24; exec "$0"`}})
	l.do("set time off", "socket tcp s; bind s 127.0.0.1:0; listen s", "addr = getsockname(s)")
	l.do("for i = 1, 50 do socket('udp') end")
	l.sees("stdin:1: socket: too many open files (EMFILE)")
	l.clear()
	l.do("socket udp u", "dial $addr c", "!echo child", "log x.log", "source x", "send s1 x", "ls")
	l.sees("socket u: too many open files (EMFILE)", "socket c: too many open files (EMFILE)", "!: /bin/sh: too many open files", "source: open x: too many open files", "s1 ")
	l.do("for i = 1, 10 do close('s' .. i) end", "x = 'kept'")
	if b, err := os.ReadFile(l.path("state/sosh/history")); err != nil || !strings.HasSuffix(string(b), "\"x = 'kept'\"}\n") {
		t.Errorf("history %q, %v", b, err)
	}
	l.clear()
	l.do("dial $addr c", "accept s a", "send c hello")
	l.sees("c connected to", "a accepted from", "a <- ", "hello")
	// The accepting end, too: what waits is kept.
	l.do("for i = 1, 50 do socket('udp') end")
	l.clear()
	l.do("close s13", "dial $addr d", "accept s b")
	l.sees("accept s: ", "EMFILE")
	l.do("close s14", "accept s b", "send d again")
	l.sees("b accepted from", "b <- ", "again")
	l.do("print('still here')")
	l.sees("\n│ still here")
	l.quit()
	l.sees("closed ")
}

// TestLiveManyHandles: ls and the end of the shell with many.
func TestLiveManyHandles(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{rows: 30, columns: 80})
	l.do("serve 127.0.0.1:0 s", "addr = getsockname(s)")
	l.do("for i = 1, 200 do dial(addr) end", "while #handles() < 401 do sleep(0.01) end", "#handles()")
	l.sees("#handles()\n401\n")
	l.do("ls", "close s")
	l.press("\x04\x04")
	l.leave(0)
	l.sees("closed ")
}

// TestLiveFailedDial: the error of a dial is all there is to see of its handle.
func TestLiveFailedDial(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{rows: 20, columns: 100})
	l.do("socket tcp s", "bind s 127.0.0.1:0", "dial ${(s:getsockname())} c")
	l.sees("connect c: ", "(ECONNREFUSED)")
	l.do("close s")
	l.sees("s closed") // an event that came later
	l.wait("no other", func(screen string) bool { return !strings.Contains(screen, "c closed") })
	l.quit()
}

// TestLiveNarrowerThanPrompt types on terminals that are narrower than the prompt.
func TestLiveNarrowerThanPrompt(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	for columns := 1; columns <= 12; columns++ {
		at := l.wrote.Len()
		l.resize(columns)
		l.wait("the line to be drawn again", func(string) bool { return l.wrote.Len() > at })
		l.press("x = 1 + 2\x1b[D\x1b[D\x1b[C\x1b[A\x1b[B\t\x01\x05")
		l.resize(80)
		l.press(fmt.Sprintf("\x15print('wide', %d)\r", columns))
		l.awaitTyped()
		want := fmt.Sprintf("wide\t%d\r\n", columns)
		l.wait(want, func(string) bool { return strings.Contains(string(l.wrote.Bytes()), want) })
		l.waitLast(livePrompt) // on two columns there is nothing to draw, only something to erase
	}
	l.clear()
	l.quit()
}
