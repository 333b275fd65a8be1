package repl

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// hostile is what a peer may try on a terminal. Each piece ends in a word, so
// that a test can see that it has come.
var hostile = []struct{ name, bytes string }{
	{"clear", "\x1b[2J\x1b[H"},
	{"cursor", "\x1b[10A\x1b[5D\x1b7\x1b8"},
	{"title", "\x1b]0;owned\x07\x1b]2;owned\x1b\\"},
	{"clipboard", "\x1b]52;c;ZXZpbA==\x07"},
	{"report", "\x1b[6n\x1b[c\x1b[>c\x05\x1bZ"},
	{"modes", "\x1b[?1049h\x1b[?2004l\x1bc\x1b[!p"},
	{"strings", "\x1bPq\x1b\\\x1b_x\x1b\\\x1b^x\x1b\\\x1bX"},
	{"C1 in UTF-8", "\u009b2J\u009d52;c;ZXZpbA==\u009c\u0090"},
	{"C1 raw", "\x9b2J\x9d52;c;ZXZpbA==\x9c\x90"},
	{"bidi", "\u202egnp.exe\u202c\u2066x\u2069\u200f\u061c"},
	{"invisible", "a\u200bb\u200dc\u2060d\ufeffe\u00adf\u3164g\U000e0041"},
	{"moves", "one\rtwo\bthree\x7f\v\f\x0e\x0f"},
	{"locks", "\x13\x11\x1a\x04\x03"},
	{"combining", "\u0300\u0301x"},
	{"private", "\U0010fffd\U0010ff1b\ue000"},
}

// allHostile is all of it in one text.
func allHostile() string {
	var b strings.Builder
	for _, h := range hostile {
		b.WriteString(h.bytes + " <" + h.name + "> ")
	}
	return b.String()
}

// ours are the sequences that the shell and its line editor may send.
var ours = regexp.MustCompile(`\x1b\[(\?2004[hl]|\?7[hl]|[0-9;]*m|[0-9]*[ABCDJKG]|H|2K|2J)`)

// checkWrote fails if the shell has written anything but plain text and
// sequences of its own.
func (l *live) checkWrote() {
	l.t.Helper()
	l.wait("a shell that waits", func(string) bool { return true })
	s := string(l.wrote.Bytes())
	for _, bad := range []string{"\x1b[10A", "\x1b[5D", "\x1b[?1049h", "\x1bc", "\x1b7"} {
		if strings.Contains(s, bad) {
			l.t.Errorf("the terminal was sent %q", bad)
		}
	}
	if !utf8.ValidString(s) {
		l.t.Error("the terminal was sent what is no UTF-8")
	}
	rest := ours.ReplaceAllString(s, "")
	for i, r := range rest {
		around := rest[max(0, i-30):min(len(rest), i+30)]
		switch {
		case r == '\n', r == '\r', r == '\b', r == '\a', r == '\t':
		case !unicode.IsPrint(r):
			l.t.Fatalf("the terminal was sent %q in %q", r, around)
		}
	}
	if strings.Contains(rest, "\a") {
		l.t.Error("the terminal's bell was rung")
	}
}

// title is what the terminal's title was set to.
func (l *live) checkScreen() {
	l.t.Helper()
	if title := l.vt.Title(); strings.Contains(title, "owned") {
		l.t.Errorf("the title is %q", title)
	}
	if !strings.Contains(l.screen(), "top of the screen") {
		l.t.Errorf("what stood on the screen is gone:\n%s", l.screen())
	}
}

func TestLiveHostilePeer(t *testing.T) {
	t.Parallel()
	for _, view := range []string{"auto", "text", "hex", "json"} {
		t.Run(view, func(t *testing.T) {
			l := startLive(t, liveConfig{columns: 100, rows: 300})
			c := l.dial("c")
			l.do(`print "top of the screen"`, "view c "+view)
			all := make([]byte, 256)
			for i := range all {
				all[i] = byte(i)
			}
			l.say(c, string(all))
			l.do("recvexact c 256")
			l.sees("256 bytes", "256 bytes, shown above")
			texts := []string{allHostile(), `{"k": "` + allHostile() + `"}`}
			for _, h := range hostile {
				texts = append(texts, h.bytes)
			}
			for _, text := range texts {
				l.say(c, text)
				l.do(fmt.Sprintf("recvexact c %d", len(text)))
			}
			l.checkScreen()
			l.checkWrote()
			l.quit()
		})
	}
}

// TestLiveHostileResults is of bytes that come to the screen by being asked for.
func TestLiveHostileResults(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{columns: 100, rows: 400})
	c := l.dial("c")
	l.do(`print "top of the screen"`, "view c none")
	text := allHostile()
	for _, line := range []string{
		fmt.Sprintf("recvexact c %d", len(text)),
		fmt.Sprintf("print(c:recvexact(%d))", len(text)),
		fmt.Sprintf("c:recvexact(%d)", len(text)),
		fmt.Sprintf("{c:recvexact(%d), [c:recvexact(%d)] = 1}", len(text), len(text)),
		fmt.Sprintf("error(c:recvexact(%d))", len(text)),
		fmt.Sprintf("io.write(c:recvexact(%d))", len(text)),
		fmt.Sprintf("x = c:recvexact(%d)", len(text)),
		"x", "send $x hi", "view c $x", "connect c $x", "socket tcp $x", "source $x", "run $x", "log $x", "setopt c $x 1",
		"set $x", "help $x", "apropos $x", "dial $x", "alias $x y", "send c file=$x", "sendto c $x y", "every $x ls", "load(x)", "require(x)", "c[x]()",
		"socket('unix', 'u'):bind(x)", "ls", "close u",
	} {
		for range strings.Count(line, "c:recvexact") + strings.Count(line, "recvexact c ") {
			l.say(c, text)
		}
		l.do(line)
	}
	l.do("history", "jobs", "ls", "info c", "log off")
	l.checkWrote()
	if title := l.vt.Title(); strings.Contains(title, "owned") {
		t.Errorf("the title is %q", title)
	}
	l.quit()
}

func TestLiveHostileAttach(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{columns: 100, rows: 200})
	c := l.dial("c")
	l.do(`print "top of the screen"`)
	l.press("attach c\r")
	l.sees("attached to c")
	for _, h := range hostile {
		l.say(c, h.bytes+"<"+h.name+">\n")
		l.sees("<" + h.name + ">")
	}
	l.press("\x1d")
	l.sees("detached")
	l.lines++ // the attached one
	l.awaitPrompt()
	l.checkWrote()
	l.checkScreen()
	l.quit()
}

// TestLiveHostileFiles is of names and texts of files.
func TestLiveHostileFiles(t *testing.T) {
	t.Parallel()
	l := spawnLive(t, liveConfig{columns: 100, rows: 200, init: "error('\\27]0;owned\\7\\27[2J')"})
	l.awaitPrompt()
	l.sees("init.lua:1")
	l.do(`print "top of the screen"`)
	name := "x\x1b]0;owned\a\u202e"
	if err := os.Mkdir(l.path(name+"d"), 0o700); err != nil {
		t.Fatal(err)
	}
	l.write(name+".lua", "error('a\x1b[2J', 0)\n", t)
	l.write(name+".sosh", "ls\nsend \x1b]0;owned\a x\n", t)
	l.write("bad.sosh", "ls \x1b[2J\x1b]0;owned\a \"\n", t)
	for _, path := range []string{name + "d", name + ".lua", name + ".sosh", name + "none", "bad.sosh"} {
		l.do(`x = "`+strings.NewReplacer("\x1b", `\27`, "\a", `\7`, "\u202e", `\226\128\174`).Replace(path)+`"`, "source $x", "run $x", "send c file=$x", "log $x", "log", "log off", "save $x")
	}
	// What is typed or pasted is shown as pictures.
	l.press("\x1b[200~print '\x1b]0;owned\x07\x1b[2J\u009b2J\u202e'\x1b[201~\r")
	l.awaitPrompt()
	l.press("\x1b[A")
	l.sees("sosh> print '␛]0;owned␇")
	l.press("\x03")
	l.awaitPrompt()
	l.do("history 2")
	l.checkWrote()
	l.checkScreen()
	l.quit()
}
