package repl

import (
	"strings"
	"testing"
	"unicode/utf8"

	"sosh/repl/console"
)

// styleLetters are the styles in the tables of these tests.
var styleLetters = map[console.Style]byte{
	console.Plain: ' ', console.Verb: 'v', console.Handle: 'h', console.String: 's', console.Option: 'o', console.Number: 'n',
	console.Keyword: 'k', console.Comment: 'c', console.Wrong: 'W', console.Dim: 'd', console.Bold: 'b', console.Reverse: 'r',
}

// styleRow has a letter for the style of each byte of line.
func styleRow(line string, marks []console.Mark) string {
	row := []byte(strings.Repeat(" ", len(line)))
	for _, m := range marks {
		for i := m.From; i < m.To; i++ {
			row[i] = styleLetters[m.Style]
		}
	}
	return strings.TrimRight(string(row), " ")
}

func TestPaintLine(t *testing.T) {
	s := completionShell(t)
	if err := s.exec(t.Context(), "v = socket('tcp')", ""); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ line, want string }{
		{"", ""},
		{"   ", ""},
		{"send con hello", "vvvv hhh"},
		{"send v hello", "vvvv h"},
		{"  ls; close con", "  vv  vvvvv hhh"},
		{"?", "v"},
		{"? send", "v"},
		{"myping now", "vvvvvv"},
		// A handle that does not exist; one that may still be meant; one that may come.
		{"send cox hello", "vvvv WWW"},
		{"send co", "vvvv"},
		{"send cox", "vvvv WWW"},
		{"send co ", "vvvv WW"},
		{"send lis.7 x", "vvvv"},
		{"send 'con' x", "vvvv sssss"},
		// Options.
		{"recv con timeout=5", "vvvv hhh oooooooon"},
		{"recv con timeout=5x ", "vvvv hhh ooooooooWW"},
		{"recv con timout=5", "vvvv hhh WWWWWWW"},
		{"recv con timeout=", "vvvv hhh oooooooo"},
		{"recv con 100 5", "vvvv hhh nnn W"},
		{"recv con 10k", "vvvv hhh nnn"},
		{"recv con 10x ", "vvvv hhh WWW"},
		{"send con a=b timout=3", "vvvv hhh     WWWWWWW"},
		// Choices.
		{"shutdown con re", "vvvvvvvv hhh"},
		{"shutdown con rea ", "vvvvvvvv hhh WWW"},
		{"shutdown con read", "vvvvvvvv hhh"},
		{"socket tcq x", "vvvvvv WWW"},
		{"setopt con nodelay on", "vvvvvv hhh"},
		{"setopt con nodely on", "vvvvvv hhh WWWWWW"},
		{"dial 127.0.0.1:1 con x", "vvvv             WWW W"},
		// Strings and what is wrong in them.
		{`send con "a b" 'c'`, "vvvv hhh sssss sss"},
		{`send con "a b`, "vvvv hhh Wsss"},
		{`send con 'a b`, "vvvv hhh Wsss"},
		{`send con "\q\r"`, "vvvv hhh sWWsss"},
		{`send con "\x1"`, "vvvv hhh sWWWs"},
		// Lua in words.
		{"send con $mytable", "vvvv hhh kkkkkkkk"},
		{"send con x$nosuch y", "vvvv hhh  WWWWWWW"},
		{"send con x$myt", "vvvv hhh  kkkk"},
		{`send con "$addr!"`, "vvvv hhh skkkkkss"},
		{"send con ${1 + addr}", "vvvv hhh kkn       k"},
		{`send con ${f("x`, "vvvv hhh WW  Ws"},
		{"send con ${}", "vvvv hhh WWW"},
		// Comments.
		{"ls -- all", "vv cccccc"},
		{"# ls", "cccc"},
		{"-- ls", "ccccc"},
		{"ls; -- x", "vv  cccc"},
		// Commands that take a line.
		{"time send con x", "vvvv vvvv hhh"},
		{"every 2s send cox x", "vvvvv nn vvvv WWW"},
		{"every soon ls", "vvvvv WWWW vv"},
		{"every 1s until=ok count=x close cox ", "vvvvv nn oooooo   ooooooW vvvvv WWW"},
		{"every 1s dial x c until=ok", "vvvvv nn vvvv     oooooo"},
		{"every 1s close con until=fail", "vvvvv nn vvvvv hhh oooooo"},
		{"alias p send con x", "vvvvv   vvvv hhh"},
		{"!cat 'x", "v"},
		// Commands that do not exist.
		{"snd con x", "WWW hhh"},
		{"snd", "WWW"},
		{"sen", ""},
		{"nosuch ", "WWWWWW"},
		{"nosuch = 3", "         n"},
		{"nosuch, b = 3, 4", "            n  n"},
		{"nosuch == nil", "          kkk"},
		{"nosuch(1)", "WWWWWW n"},
		{"nosuch.x = 1", "WWWWWW     n"},
		{"tcpx", "WWWW"},
		{"myta", ""},
		// Lua.
		{"x = 1; y.z = 'a' -- b", "    n        sss cccc"},
		{"local x = con:send(\"a\")", "kkkkk     hhh vvvv sss"},
		{`send(con, "x", {chunk = 3})`, "vvvv hhh  sss   ooooo   n"},
		{`send(con, "x", {chnk = 3})`, "vvvv hhh  sss          n"},
		{"x = 'open", "    Wssss"},
		{"x = [[open", "    ssssss"},
		{"string.send(1)", "            n"},
		{"for i = 1, 2 do\n  ls = i\nend", "kkk     n  n kk          kkk"},
		{"if x then\n  snd con\nend", "kk   kkkk       hhh kkk"},
		{"ls\nsend con x", "vv vvvv hhh"},
	} {
		got := styleRow(test.line, s.paintLine(test.line))
		if got != test.want {
			t.Errorf("\n     %s\ngot  %s\nwant %s", strings.ReplaceAll(test.line, "\n", "␤"), got, test.want)
		}
	}
}

// checkMarks fails unless marks are in order, do not overlap, and cut no character.
func checkMarks(t *testing.T, line string, marks []console.Mark) {
	t.Helper()
	at := 0
	for _, m := range marks {
		if m.From < at || m.To <= m.From || m.To > len(line) {
			t.Fatalf("%q: the mark %+v after %d", line, m, at)
		}
		if utf8.ValidString(line) && !utf8.ValidString(line[m.From:m.To]) {
			t.Fatalf("%q: the mark %+v cuts a character", line, m)
		}
		at = m.To
	}
}

// FuzzTyping: what is computed at each key takes any line.
func FuzzTyping(f *testing.F) {
	s := completionShell(f)
	for _, line := range []string{
		"", "send con \"", "send con \"\\", "send con ${", "send con \"${", "x${}y", "'", "a = 'b", "[[", "recv con timeout=", "recv con timeout=\"\"",
		"every ", "every 1 every 2 ls", "alias a", "alias", "time", "?x", "!'", "#", "--[[", "ls;;ls", "send é日 \"日", "é", "\xff\"\xff", "shutdown con \"\"",
		"every 1 count", "every 1 until= ls", "every 1 ls count=", "for i = 1 do\nls\nend", "send(con, {timeout", "con:send(", "]])}", "recv con '' ''", "setopt \"\" \"\"", "f{a=1,b=", "send con '$x'\n\"a",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		checkMarks(t, line, s.paintLine(line))
		for pos := range line {
			s.statusRow(line, pos)
		}
		s.statusRow(line, len(line))
		s.suggestFrom(line, []string{line, line + "x", "send con 1"})
		s.remember(line)
	})
}
