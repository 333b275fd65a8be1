package console

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestReadline(t *testing.T) {
	s := open(t, 40, 30, Config{})
	tests := []struct{ name, keys, want string }{
		{"text", "send c hello\r", "send c hello"},
		{"runes", "é日\r", "é日"},
		{"nothing", "\r", ""},
		{"Left", "ac\x1b[Db\r", "abc"},
		{"Home and End", "bc\x1b[1~a\x1b[4~d\x1b[Ha\x1b[Fd\r", "aabcdd"},
		{"Ctrl-Left and Ctrl-Right", "one two\x1b[1;5D\x1b[1;5D0\x1b[1;5C1\r", "0one1 two"},
		{"Delete", "abc\x1b[H\x1b[3~\r", "bc"},
		{"Delete in an empty line", "\x1b[3~a\x7f\x1b[3~b\r", "b"},
		{"Ctrl-D in a line", "ab\x01\x04\r", "b"},
		{"NUL", "a\x00b\r", "ab"},
		{"Ctrl-T in a short line", "\x14a\x14\x14\x14b\r", "ab"},
		{"Ctrl-T", "ba\x14\r", "ab"},
		{"Escape, Escape", "a\x1b\x1bb\r", "a"},
		{"Up", "x\x15\x1b[A\r", "a"},
	}
	for _, test := range tests {
		done := s.readline()
		s.Press(test.keys)
		s.want(done, test.want, nil)
	}
	done := s.readline()
	s.Press("half\x03")
	s.want(done, "", ErrInterrupt)
	done = s.readline()
	s.Press("\x04")
	s.want(done, "", io.EOF)
	s.enter("and on\r", "and on")
}

func TestNotATerminal(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := New(Config{In: f, Out: f}); err == nil {
		t.Error("no error")
	}
}

func TestPaste(t *testing.T) {
	s := open(t, 40, 30, Config{History: t.TempDir() + "/history"})
	text := "for i = 1, 3 do\n\tprint(i)\nend"
	done := s.readline()
	s.Press("<>\x1b[D\x1b[200~" + strings.ReplaceAll(text, "\n", "\r") + "\x1b[201~")
	s.WaitText("> <for i = 1, 3 do", "..         print(i)", ".. end>")
	s.Press("\r")
	s.want(done, "<"+text+">", nil)

	done = s.readline()
	s.Press("\x1b[A")
	s.WaitLast(".. end>")
	s.Press("\x7f\r")
	s.want(done, "<"+text, nil)
	if got := s.c.History(); !slices.Equal(got, []string{"<" + text + ">", "<" + text}) {
		t.Errorf("history %q", got)
	}

	s.enter("\x1b[200~typed ␤ stays, \x1b[31m too\x1b[201~\r", "typed ␤ stays, \x1b[31m too")

	// The end mark never comes: what there is shows, and Ctrl-C gets out.
	done = s.readline()
	s.Press("\x1b[200~lost\r")
	s.WaitLast("..")
	s.Press("\x03")
	s.want(done, "", ErrInterrupt)

	// Long, and quick all the same: it is drawn once, not at each rune.
	long := strings.Repeat("x", 20000)
	s.enter("\x1b[200~"+long+"\x1b[201~\r", long)
}

// TestPasteMode: pastes are marked while a line is edited, and only then.
func TestPasteMode(t *testing.T) {
	s := open(t, 40, 12, Config{})
	if s.Paste.On.Load() != 0 {
		t.Error("marked before the first line")
	}
	done := s.readline()
	if on, off := s.Paste.On.Load(), s.Paste.Off.Load(); on != 1 || off != 0 {
		t.Errorf("at the prompt: switched on %d times, off %d times", on, off)
	}
	s.Press("a\r")
	s.want(done, "a", nil)
	s.c.Print("command")
	s.WaitLast("command")
	if off := s.Paste.Off.Load(); off != 1 {
		t.Errorf("in a command: switched off %d times", off)
	}
	done = s.readline()
	s.c.Close()
	s.want(done, "", io.EOF)
	s.c.Print("goodbye")
	s.WaitLast("goodbye")
	if on, off := s.Paste.On.Load(), s.Paste.Off.Load(); on != 2 || off != 2 {
		t.Errorf("at the end: switched on %d times, off %d times", on, off)
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	s := open(t, 40, 12, Config{})
	// Without any entry.
	done := s.readline()
	s.Press("\x12\x07\x13\x07\x1b[Aa\x1b[A\x1b[B\r")
	s.want(done, "a", nil)
	s.enter("connect c 127.0.0.1:80\r", "connect c 127.0.0.1:80")
	s.enter("bind s 127.0.0.1:0\r", "bind s 127.0.0.1:0")

	done = s.readline()
	s.Press("\x12CONN\x15conn")
	s.WaitLast("> connect c 127.0.0.1:80") // the hit, below the query
	s.c.Print("from outside")
	s.Press("e")
	s.Wait("the query", func(screen string) bool {
		return strings.HasSuffix(screen, "> connect c 127.0.0.1:80\nhistory: conne  (1 of 1)\n> connect c 127.0.0.1:80")
	})
	if strings.Contains(s.Text(), "from outside") {
		t.Error("drawn while the user chooses")
	}
	s.Press("\x1b") // and the search is over
	s.Wait("the line and what had come", func(screen string) bool {
		return strings.HasSuffix(screen, "from outside\n> connect c 127.0.0.1:80")
	})
	s.Press("\r")
	s.want(done, "connect c 127.0.0.1:80", nil)

	// An edit of what was found leaves the entry as it is.
	done = s.readline()
	s.Press("\x12bind\x01\x1b[3~\x05!\r")
	s.want(done, "ind s 127.0.0.1:0!", nil)
	s.enter("\x1b[A\x1b[A\x1b[A\r", "bind s 127.0.0.1:0")

	// Several hits, of which the arrows choose; what is pasted is searched, and Ctrl-G gives the line back.
	done = s.readline()
	s.Press("mine\x12\x1b[200~127 0\x1b[201~")
	s.Wait("three hits", func(screen string) bool {
		return strings.HasSuffix(screen, "> bind s 127.0.0.1:0\nhistory: 127 0  (1 of 3)\n> bind s 127.0.0.1:0\n  ind s 127.0.0.1:0!\n  connect c 127.0.0.1:80")
	})
	s.Press("\x12\x1b[B\x12\x12")
	s.Wait("the third", func(screen string) bool {
		return strings.HasSuffix(screen, "> connect c 127.0.0.1:80\nhistory: 127 0  (3 of 3)\n  bind s 127.0.0.1:0\n  ind s 127.0.0.1:0!\n> connect c 127.0.0.1:80")
	})
	s.Press("\x07")
	s.WaitLast("> mine")
	s.Press("\r")
	s.want(done, "mine", nil)

	// One that stays open gives way in the end, and is still there.
	done = s.readline()
	s.Press("\x12conn")
	s.c.Print("at last")
	s.Wait("output and search", func(screen string) bool {
		return strings.HasSuffix(screen, "at last\n> connect c 127.0.0.1:80\nhistory: conn  (1 of 1)\n> connect c 127.0.0.1:80")
	})
	s.Press("\r")
	s.want(done, "connect c 127.0.0.1:80", nil)
}

func TestSearchNarrow(t *testing.T) {
	t.Parallel()
	s := open(t, 20, 12, Config{})
	s.enter("connect c here\r", "connect c here")
	done := s.readline()
	s.Press("\x12connect c here")
	s.WaitText("> connect c here", "> connect c here", "history: connect c …", "> connect c here")
	s.Press("\x05\r")
	s.want(done, "connect c here", nil)
}

func TestComplete(t *testing.T) {
	verbs := []Candidate{{Text: "send ", Note: "send bytes"}, {Text: "sendto ", Note: "send one datagram"}, {Text: "shutdown ", Note: ""}, {Text: "é日 ", Note: ""}}
	complete := func(line string) (int, []Candidate) {
		from := strings.LastIndex(line, " ") + 1
		var found []Candidate
		for _, v := range verbs {
			if strings.HasPrefix(v.Text, strings.ToLower(line[from:])) {
				found = append(found, v)
			}
		}
		return from, found
	}
	s := open(t, 40, 30, Config{Complete: complete})
	s.enter("sh\t\r", "shutdown ")
	s.enter("SH\tc\r", "shutdown c")
	s.enter("help sh\t\r", "help shutdown ")
	s.enter("sh c\x1b[D\x1b[D\tx\r", "shutdownx c")
	s.enter("x é\t!\r", "x é日 !")
	s.enter("none\t\r", "none")
	done := s.readline()
	s.Press("se\t\t")
	s.Wait("the menu", func(screen string) bool {
		return strings.HasSuffix(screen, "\n> send\n> send    send bytes\n  sendto  send one datagram")
	})
	s.Press("t\t\r")
	s.want(done, "sendto ", nil)
}

func TestReadRaw(t *testing.T) {
	s := open(t, 40, 12, Config{Complete: func(string) (int, []Candidate) { return 0, []Candidate{{Text: "no"}} }})
	s.enter("shell\x1d\r", "shell")
	raw := func() <-chan result {
		s.lines++
		done := make(chan result, 1)
		go func() {
			line, err := s.c.ReadRaw()
			done <- result{line, err}
		}()
		s.Wait("a raw terminal", func(string) bool { return s.Paste.On.Load() == s.lines })
		return done
	}
	done := raw()
	s.Press("GET /\tx\x1b[A\r")
	s.want(done, "GET /\tx", nil)
	done = raw()
	s.Press("half\x1d")
	s.want(done, "", ErrEscape)
	done = raw()
	s.Press("half\x12\x1d") // there is nothing to search
	s.want(done, "", ErrEscape)
	done = raw()
	s.Press("half\x03")
	s.want(done, "", ErrInterrupt)
	s.WaitText("> shell", "GET /   x", "half", "half", "half^C")
	done = raw()
	s.Press("\x04")
	s.want(done, "", io.EOF)

	done = raw()
	s.Press("half")
	s.WaitLast("half")
	s.c.Interrupt(errOther)
	s.want(done, "", errOther)
	s.c.Interrupt(errOther) // between two lines, for the next
	if _, err := s.c.ReadRaw(); err != errOther {
		t.Errorf("ReadRaw: %v", err)
	}
	s.c.Interrupt(errOther)
	done = s.readline()
	s.c.Interrupt(errOther)
	s.Press("\x1b[A\r")
	s.want(done, "shell", nil)
	done = raw()
	s.Press("all is forgotten\r")
	s.want(done, "all is forgotten", nil)
}

func TestClose(t *testing.T) {
	s := open(t, 40, 12, Config{})
	s.c.Close() // never used
	s.c.Close()
	if _, err := s.c.Readline("> "); !errors.Is(err, io.EOF) {
		t.Errorf("Readline: %v", err)
	}
	for _, keys := range []string{"", "half a line", "\x12search", "\x1b[200~half a paste", "\x1b"} {
		s := open(t, 40, 12, Config{})
		done := s.readline()
		s.Press(keys)
		s.c.Print("x")
		s.c.Close()
		s.want(done, "", io.EOF)
		s.c.Print("goodbye")
		// Keys that were not read yet are echoed by the terminal, before it.
		s.Wait("goodbye", func(screen string) bool { return strings.Contains(screen, "goodbye") })
	}
	s = open(t, 40, 12, Config{})
	s.enter("a\r", "a")
	s.c.Close()
}

func TestTerminalGone(t *testing.T) {
	for _, keys := range []string{"", "half a line"} {
		s := open(t, 40, 12, Config{})
		done := s.readline()
		s.Press(keys)
		s.WaitLast(strings.TrimSpace("> " + keys))
		s.Keys.Close()
		s.want(done, "", io.EOF)
		s.c.Print("to nobody")
		if _, err := s.c.Readline("> "); !errors.Is(err, io.EOF) {
			t.Errorf("Readline: %v", err)
		}
	}
}

// TestChild: what comes after Enter is for the command that was entered.
func TestChild(t *testing.T) {
	t.Parallel()
	x, cmd, report := program(t, 40, 20)
	x.Press("!dd bs=14 count=1 2>/dev/null | tr a-z A-Z\rfor the child\nfor the console\n")
	x.Wait("both to get their line", func(screen string) bool {
		return strings.Contains(screen, "\nFOR THE CHILD\n") && strings.HasSuffix(screen, "got \"for the console\"\n>")
	})
	x.Press("!printf partial\r")
	x.Wait("the partial line to stay", func(screen string) bool { return strings.HasSuffix(screen, "\npartial⏎\n>") })
	x.Press("!true\r")
	x.Wait("no mark", func(screen string) bool { return strings.HasSuffix(screen, "\n> !true\n>") })
	x.Press("\x04")
	if got := waitReport(t, cmd, report); got != "EOF, 0 more descriptors, leaks: <nil>\n" {
		t.Error(got)
	}
}

func TestResize(t *testing.T) {
	t.Parallel()
	x, cmd, report := program(t, 60, 20)
	x.Press("0123456789012345678901234567")
	x.WaitText("> 0123456789012345678901234567")
	x.Resize(40)
	x.Press("89012345678") // beyond the new width
	x.WaitText("> 01234567890123456789012345678901234567", "8")
	x.Press("\x1b[Ha")
	x.WaitText("> a0123456789012345678901234567890123456", "78")
	x.Resize(60)
	x.Press("b")
	x.WaitLast("> ab012345678901234567890123456789012345678")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := waitReport(t, cmd, report); got != "EOF, 0 more descriptors, leaks: <nil>\n" {
		t.Error(got)
	}
}

func TestHangUp(t *testing.T) {
	t.Parallel()
	x, cmd, report := program(t, 60, 20)
	x.Press("half a line")
	x.WaitLast("> half a line")
	x.Keys.Close()
	if got := waitReport(t, cmd, report); got != "EOF, 0 more descriptors, leaks: <nil>\n" {
		t.Error(got)
	}
}
