package repl

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"sosh/repl/arrivals"
)

func TestLiveLua(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.clear()
	l.press("for i = 1, 2 do\r")
	l.waitLast(morePrompt)
	l.press("print('row', i)\r")
	l.waitLast(morePrompt)
	l.press("end\r")
	l.awaitPrompt()
	l.sees("sosh> for i = 1, 2 do\n  .. print('row', i)\n  .. end\n│ row", "1\n│ row", "2\nsosh>")

	// Ctrl-C drops what there is of it.
	l.clear()
	l.press("function f()\r")
	l.waitLast(morePrompt)
	l.press("print('no")
	l.sees("  .. print('no")
	l.press("\x03")
	l.awaitPrompt()
	l.do("f", "= 1 + 1", "x = 'set'", "x", "$x")
	l.sees("  .. print('no^C\nsosh> f\n", "unknown command f", "sosh> x\n│ set\nsosh> $x\n")

	// A pasted block is one edit, of several lines.
	l.clear()
	l.press("\x1b[200~local sum = 0\nfor i = 1, 10 do\n\tsum = sum + i\nend\nprint('sum is', sum)\x1b[201~")
	l.sees("sosh> local sum = 0\n  .. for i = 1, 10 do\n  ..         sum = sum + i\n  .. end\n  .. print('sum is', sum)")
	l.press("\r")
	l.awaitPrompt()
	l.sees("sum is", "55\nsosh>")
	l.clear()
	l.press("\x1b[200~socket tcp one\nsocket udp two\nls\n\x1b[201~\r")
	l.awaitPrompt()
	l.sees("one: tcp socket\ntwo: udp socket\n", "one   tcp", "two   udp")

	// An error in it names its line.
	l.press("\x1b[200~x = 1\nsocket tcpp three\nls\x1b[201~\r")
	l.awaitPrompt()
	l.sees("socket tcpp three\n       ^\nline 2: socket: no socket kind \"tcpp\"")
	l.quit()
}

func TestLiveErrors(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	for _, test := range []struct {
		line string
		want []string
	}{
		{"lss", []string{"unknown command lss\nhint: did you mean ls?"}},
		{"conect c 127.0.0.1:80", []string{"unknown command conect\nhint: did you mean connect?"}},
		{`socket tcp c; send c "abc`, []string{"\n                           ^\nthis quote is not closed"}},
		{"socket tpc x", []string{"\n             ^\n", "tcp"}},
		{"send nobody hello", []string{"\n           ^\nsend: no handle named nobody"}},
		{`send c "\q"`, []string{"\n              ^\n", `\q`}},
		{"send c x timeot=1", []string{"\n               ^\nsend has no option timeot=", "did you mean timeout=? Quotes around the word make it data"}},
		{"send c x user=1", []string{"send c: broken pipe (EPIPE)", "hint: c is new: connect it first"}},
		{"recv c timeot=1", []string{"\n             ^\nrecv has no option timeot=", "did you mean timeout=?"}},
		{"connect c 127.0.0.1:70000", []string{"\n                ^\n", "70000"}},
		{"connect c 127.0.0.1:nosuch", []string{"nosuch"}},
		{"connect c 127.0.0.1", []string{"\n                ^\n", "port"}},
		{"connect c nosuch.invalid:80 timeout=5", []string{"nosuch.invalid"}},
		{"socket tcp c", []string{"taken"}},
		{"accept c", []string{"EINVAL"}},
		{"recv c $nothing", []string{"\n             ^\n", "$nothing is nil"}},
		{"recv c x", []string{"\n             ^\nrecv: "}},
		{"x = = 1", []string{"stdin:1:", "near"}},
		{"error('mine')", []string{"stdin:1: mine"}},
		{"nothing.x = 1", []string{"nothing"}},
		{"source nosuchfile", []string{"source: open nosuchfile: no such file"}},
		{"source /", []string{"source: / is a directory"}},
		{"send c file=nosuchfile", []string{"nosuchfile"}},
		{"setopt c nodelai 1", []string{"\n               ^\n", "nodelay"}},
		{"close c; send c x", []string{"c is closed"}},
		{"kill 7", []string{"kill: no job 7"}},
		{"set time sometimes", []string{"\n               ^\nset: bad time \"sometimes\" (expected clock, delta, off)"}},
		{"!exit 3", []string{"exit status 3"}},
		{"!nosuchprogram", []string{"not found", "exit status 127"}},
	} {
		l.clear()
		l.do(test.line)
		l.sees(append([]string{"sosh> " + test.line}, test.want...)...)
		if n := strings.Count(l.screen(), "\n"); n > 6 {
			t.Errorf("%s: %d lines\n%s", test.line, n, l.screen())
		}
	}
	// Behind another command, and in a line of two rows.
	l.do("alias p send", "close c")
	l.clear()
	l.do("p nobody x", "time send nobody x", "ls "+strings.Repeat("x", 93)+" $nothing x")
	l.sees("sosh> p nobody x\nsend nobody x\n     ^\nsend: no handle", "time send nobody x\ntook ", "\nsend nobody x\n     ^\nsend: no handle")
	l.sees("\n…" + strings.Repeat("x", 48) + " $nothing x\n" + strings.Repeat(" ", 50) + "^\n")
	l.do("print('still here')")
	l.sees("still here\nsosh>")
	l.quit()
}

// TestLiveInterrupt: Ctrl-C stops what runs, and never the shell.
func TestLiveInterrupt(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	c := l.dial("c")
	l.do("socket tcp s; bind s 127.0.0.1:0; listen s")
	// What each writes first says that it runs: until then Ctrl-C is a key. It may
	// still come before the second statement has begun, which is not named then.
	for _, test := range []struct{ line, runs, want string }{
		{"set time; recv c", "\nclock", "cancelled"},
		{"set time; recvline c", "\nclock", "cancelled"},
		{"set time; accept s", "\nclock", "cancelled"},
		{"set time; time recv c", "\nclock", "cancelled"},
		{"set time; view c none; recv c", "\nclock", "cancelled"},
		{"print('runs') sleep(100)", "\n│ runs", "cancelled"},
		{"print('runs') while true do end", "\n│ runs", "cancelled"},
		{"print('runs') while true do pcall(function() while true do end end) end", "\n│ runs", "cancelled"},
		{"!echo child; exec sleep 100", "\nchild", ""},
	} {
		l.clear()
		l.press(test.line + "\r")
		l.sees(test.runs)
		l.press("\x03")
		l.awaitPrompt()
		l.sees(test.line, test.want)
	}
	// On the line it drops the line.
	l.clear()
	l.press("send c half")
	l.sees("sosh> send c half")
	l.press("\x03")
	l.awaitPrompt()
	l.sees("sosh> send c half^C\nsosh>")
	// A real signal does no harm either.
	l.cmd.Process.Signal(syscall.SIGINT)
	l.do("send c whole")
	l.hears(c, "whole")
	l.quit()
}

func TestLiveLeave(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off", "socket tcp one", "socket udp two")
	l.quit()
	l.sees("sosh>", "closed 2 handles")
	if strings.Contains(l.screen(), "one closed") {
		t.Errorf("it tells of each:\n%s", l.screen())
	}

	l = startLive(t, liveConfig{})
	l.press("half a line\x04") // nothing to delete, and no end
	l.sees("sosh> half a line")
	l.press("\x15exit 3\r")
	l.leave(3)

	l = startLive(t, liveConfig{})
	l.press("lss\r")
	l.awaitPrompt()
	l.press("exit\r")
	l.leave(0)

	l = startLive(t, liveConfig{})
	l.press("every 9 exit 4\r") // nobody presses a key after that
	l.leave(4)

	l = startLive(t, liveConfig{})
	l.press("every 0.01 ls\r")
	l.awaitTyped()
	l.press("\x04")
	l.leave(0)
}

func TestLiveHistory(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("socket tcp one", " socket tcp secret", "ls", "ls", "")
	l.press("\x1b[200~x = [[a\nb]]\x1b[201~\r")
	l.awaitPrompt()
	l.quit()
	st, err := os.Stat(l.path("state/sosh/history"))
	if err != nil {
		t.Fatal(err)
	}
	if st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	b, err := os.ReadFile(l.path("state/sosh/history"))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{`"socket tcp one"`, `"ls"`, `"x = [[a\nb]]"`, ""} {
		if rows := strings.Split(string(b), "\n"); len(rows) != 4 || !strings.Contains(rows[i], want) {
			t.Errorf("history %q, want %s in row %d", b, want, i)
		}
	}

	// The next session has it.
	l = startLive(t, liveConfig{home: l.home})
	l.clear()
	l.press("\x1b[A")
	l.waitLast("  .. b]]")
	l.press("\x1b[A\x1b[A\x1b[A") // the first moves within the entry
	l.sees("sosh> socket tcp one\nsocket KIND [NAME]")
	l.press("\x1b[B\r")
	l.awaitPrompt()
	l.sees("sosh> ls\nno handles\nsosh>")
	l.press("\x12ocke")
	l.sees("history: ocke  (1 of 1)\n> socket tcp one")
	l.press("\r")
	l.awaitPrompt()
	l.sees("sosh> socket tcp one\n", "one: tcp socket")
	l.do("history 3")
	l.sees("history 3\n", "ls\n", "socket tcp one\n", "history 3\nsosh>")
	l.quit()
}

// TestLiveSharedHistory: a session recalls what another has entered meanwhile, but its own lines first.
func TestLiveSharedHistory(t *testing.T) {
	t.Parallel()
	one := startLive(t, liveConfig{})
	two := startLive(t, liveConfig{home: one.home})
	two.do("x = 'of two'")
	one.do("x = 'of one'", "pw = 'dial h:1 via=socks5://joe:hunter2@h:2'")
	two.press("\x1b[A")
	two.waitLast("sosh> x = 'of two'")
	two.press("\x1b[A")
	two.waitLast("sosh> pw = 'dial h:1 via=socks5://joe:***@h:2'")
	two.press("\x1b[A")
	two.waitLast("sosh> x = 'of one'")
	two.press("\x15")
	one.press("\x1b[A")
	one.waitLast("sosh> pw = 'dial h:1 via=socks5://joe:hunter2@h:2'")
	one.press("\x15")
	one.quit()
	two.quit()
}

// TestLiveEditing: set editing chooses the keys, from the next line on.
func TestLiveEditing(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.press("set editing vi\r")
	l.sees("-- INSERT --")
	l.press("send c one two\x1b")
	l.sees("sosh> send c one two\n-- COMMAND --  send H")
	l.press("0wdwx\r")
	l.sees("sosh> send ne two\n")
	l.press("set editing\r")
	l.sees("sosh> set editing\nvi\nsosh>\n-- INSERT --")
	l.lines += 3 // prompts with a row below them
	l.press("set editing emacs\r")
	l.awaitPrompt()
	l.press("two words\x1b\x7f\x1b\x7fls\r")
	l.awaitPrompt()
	l.sees("sosh> ls\nno handles\nsosh>")
	l.quit()
}

func TestLiveInit(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{init: "#!x\nfunction greet() print('hello from init') end\nsocket('tcp', 'early')\n"})
	l.do("greet()", "ls")
	l.sees("hello from init", "early")
	l.quit()
	l = startLive(t, liveConfig{init: "x = 1\nerror('no good')\n"})
	l.sees("config/sosh/init.lua:2: no good")
	l.do("x")
	l.sees("sosh> x\n1\n")
	l.quit()
	// init.sosh has words, and runs after init.lua. save does not repeat it.
	l = startLive(t, liveConfig{
		init:      "target = '127.0.0.1:' .. 1\n",
		initWords: "# mine\nalias greet !echo hello from an alias\nset time delta\nsocket tcp early\n",
	})
	l.do("greet", "set time", "ls", "history", "save s.sosh", "!cat s.sosh")
	l.sees("hello from an alias", "set time\ndelta\n", "early", "sosh> history\n    1  greet\n", "cat s.sosh\ngreet\nset time\nls\nhistory\nsosh>")
	l.quit()
	l = startLive(t, liveConfig{
		init:      "addr = '127.0.0.1:1'\n",
		initWords: "alias a ls\n\ndial $addr c\nalias b ls\n",
	})
	l.sees("config/sosh/init.sosh:3: connect c: 127.0.0.1:1: connection refused", "hint: ")
	l.do("alias")
	l.sees("sosh> alias\nalias a ls\nsosh>")
	l.quit()
	l = startLive(t, liveConfig{initWords: "send nobody x\n"})
	l.sees("send nobody x\n     ^\n", "config/sosh/init.sosh:1: send: no handle named nobody")
	l.quit()
	l = spawnLive(t, liveConfig{initWords: "exit 3\n"})
	l.leave(3)
	l = spawnLive(t, liveConfig{init: "print('runs') while true do end\n"})
	l.sees("\n│ runs")
	l.press("\x03")
	l.awaitPrompt()
	l.sees("cancelled")
	l.quit()
}

// handleColour is the sequence for the colour of a handle's name.
func handleColour(name string) string { return fmt.Sprintf("\x1b[38;5;%dm", arrivals.Colour(name)) }

func TestLiveColour(t *testing.T) {
	t.Parallel()
	const red = "\x1b[31m"
	session := func(env ...string) string {
		l := startLive(t, liveConfig{env: env})
		c := l.dial("c")
		l.say(c, "coloured")
		l.sees("coloured")
		l.do("lss", "help send")
		l.quit()
		return string(l.wrote.Bytes())
	}
	if s := session(); !strings.Contains(s, handleColour("c")+"c <-\x1b[0m 8  coloured") || !strings.Contains(s, red+"unknown command lss") {
		t.Errorf("without colour: %q", s)
	}
	s := session("NO_COLOR=1")
	if sgr := colourSequence.FindString(s); sgr != "" {
		t.Errorf("NO_COLOR: %q has %q", s, sgr)
	}
	l := startLive(t, liveConfig{})
	l.do("set color off", "lss", "set color on", "lss")
	if n := strings.Count(string(l.wrote.Bytes()), red+"unknown command"); n != 1 {
		t.Errorf("set color: red %d times", n)
	}
	l.quit()
}

// TestLiveDumb: a terminal without escape sequences gets none, and edits all the same.
func TestLiveDumb(t *testing.T) {
	t.Parallel()
	l := spawnLive(t, liveConfig{env: []string{"TERM=dumb"}})
	l.waitLast(livePrompt)
	l.press("print('a', 1b)\x1b[D\x1b[D\x7f2\r")
	l.sees("sosh> print('a', 2b)\n", "sosh>")
	l.press("x = '" + strings.Repeat("long ", 40) + "end'; print(#x)\r")
	l.sees("203\nsosh>")
	l.press("ls -x\t\x03")
	l.sees("^C\nsosh>")
	l.quit()
	if b := l.wrote.Bytes(); strings.ContainsRune(string(b), 0x1b) {
		t.Errorf("%q has an escape sequence", b)
	}
}

func TestLiveNarrow(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{columns: 20, rows: 60})
	l.do("set time off")
	c := l.dial("c")
	l.do("ls", "info c", "help send", "set", "jobs", "options")
	l.clear()
	l.press("send c \"a line of four rows, which is edited\"\x01\x1b[1;5C\x1b[1;5C")
	l.sees("sosh> send c \"a line\n of four rows, which\n is edited\"")
	l.say(c, "abcdefghijklmnopqrstuvwxyz")
	l.sees("c <- 26 bytes\n│ abcdefghijklmnopqr\n│ stuvwxyz\nsosh> send c \"a line\n of four rows, which\n is edited\"")
	l.say(c, "\x00\x01")
	l.sees("00 01", "\nsosh> send c \"a line\n of four rows, which\n is edited\"")
	l.press("\r")
	l.awaitPrompt()
	l.hears(c, "a line of four rows, which is edited")
	l.press("so\t\t")
	l.sees("sosh> so")
	l.press("\x15recv c\r")
	l.awaitPrompt()
	l.do("lss", "send nobody x", "close c")
	l.quit()
}
