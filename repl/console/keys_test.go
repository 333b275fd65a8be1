package console

import (
	"strings"
	"testing"
)

// feedAll feeds s and returns what readline gets, each paste in its place as
// <text>.
func feedAll(k *keys, s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(takePaste(k, k.feed(s[i])))
	}
	return b.String()
}

func takePaste(k *keys, s string) string {
	if s != string(rune(runePaste)) {
		return s
	}
	text, _ := k.takePaste()
	return "<" + text + ">"
}

func TestKeys(t *testing.T) {
	nl := encodeLine("\n")
	tests := []struct{ name, in, want string }{
		{"text", "send c hi\r", "send c hi\r"},
		{"runes", "é日🚀", "é日🚀"},
		{"a rune broken off", "\xe6\x97x", "x"},
		{"no UTF-8", "a\xffb\x80c\xc3\xc3\xa9", "abcé"},
		{"C1 control", "a\u0085b", "ab"},
		{"the console's own runes", "a\U0010FFFD\U0010FF0Ab", "ab"},
		{"NUL, Ctrl-Z, Ctrl-V", "a\x00b\x1ac\x16d", "abcd"},
		{"Ctrl-]", "a\x1db", "a" + string(rune(runeStop)) + "b"},
		{"control keys", "\x01\x03\x04\x05\x08\x09\x0a\x12\x15\x7f", "\x01\x03\x04\x05\x08\x09\x0a\x12\x15\x7f"},
		{"arrows", "\x1b[A\x1b[B\x1b[C\x1b[D\x1bOA", "\x10\x0e\x06\x02\x10"},
		{"Home", "\x1b[H\x1b[1~\x1b[7~\x1bOH", "\x01\x01\x01\x01"},
		{"End", "\x1b[F\x1b[4~\x1b[8~\x1bOF", "\x05\x05\x05\x05"},
		{"Ctrl-Left, Ctrl-Right", "\x1b[1;5D\x1b[1;5C\x1bOD", "\x1bb\x1bf\x02"},
		{"Delete", "\x1b[3~", string(rune(runeDelete)) + "\x04"},
		{"Alt", "\x1bb\x1bf\x1bd\x1b\x7f\x1b\x08\x1bq", "\x1bb\x1bf\x1bd\x1b\x7f\x1b\x7f"},
		{"Alt and a rune", "\x1bé", "é"},
		{"sequences without a meaning", "\x1b[15~\x1b[<0;1;2M\x1b[?1;2c\x1b[[Ax", "x"},
		{"Enter in a sequence", "\x1b[1\rx", "\rx"},
		{"Escape in a sequence", "\x1b[1\x1b[Hx", "\x01x"},
		{"Escape, Enter", "\x1b\rx", "\rx"},
		{"a long sequence", "\x1b[" + strings.Repeat("1;", 40) + "cx", "x"},
		{"answers: colour, version, settings", "a\x1b]11;rgb:1111/2222/3333\x1b\\b\x1b]10;rgb:0/0/0\ac\x1bP>|xterm(380)\x1b\\d\x1bP1$r0m\x1b\\e", "abcde"},
		{"other control strings", "a\x1b^x\x1b\\b\x1b_Gi=1;OK\x1b\\c\x1bXx\x1b\\d", "abcd"},
		{"8-bit controls in UTF-8", "a\u009d11;rgb:1/2/3\ab\u009b12;5Rc\u0090x\x1b\\d", "abcd"},
		{"focus, cursor, attributes", "a\x1b[Ib\x1b[Oc\x1b[12;40Rd\x1b[?62;22ce\x1b[>1;10;0cf", "abcdef"},
		{"mouse", "a\x1b[M !!b\x1b[<0;10;5Mc\x1b[<0;10;5md", "abcd"},
		{"an answer without its end", "a\x1b]11;rgb\rb\x1bPx\x03c\x1b]x\x1b[Ad", "a\rb\x03c\x10d"},
		{"paste", "a\x1b[200~one\rtwo\r\nthree\n\x1b[201~b", "a<one" + nl + "two" + nl + "three" + nl + ">b"},
		{"paste of keys", "\x1b[200~\x1b[A\x03\x04\x00\t\x1b[201~\x03", "<" + encodeLine("\x1b[A\x03\x04\t") + ">\x03"},
		{"empty paste", "\x1b[200~\x1b[201~x", "<>x"},
		{"paste with the beginning of the mark", "\x1b[200~a\x1b[201\x1b[20\x1b[201~x", "<" + encodeLine("a\x1b[201\x1b[20") + ">x"},
		{"mark without a paste", "\x1b[201~x", "x"},
		{"Ctrl-C before anything is pasted", "\x1b[200~\x03x", "\x03x"},
	}
	for _, test := range tests {
		var k keys
		if got := feedAll(&k, test.in); got != test.want {
			t.Errorf("%s: %q gives %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

// TestKeysIdle stops for a moment in the middle of everything.
func TestKeysIdle(t *testing.T) {
	esc := string(rune(runeEscape))
	tests := []struct{ name, in, want string }{
		{"Escape alone", "\x1b|", esc},
		{"Escape, then Enter", "\x1b|\r", esc + "\r"},
		{"Escape is told once", "\x1b||", esc},
		{"Escape twice", "\x1b|\x1b|", esc + esc},
		{"a slow arrow", "\x1b|[|A", esc + "\x10"},
		{"a slow Alt-b", "\x1b|b", esc + "\x1bb"},
		{"a slow rune", "\xe6|\x97|\xa5", "日"},
		{"a slow start mark", "\x1b[2|00~a\x1b[201~", "<a>"},
		{"a slow end mark", "\x1b[200~a\x1b[20|1~\r", "<a><>\r"},
		{"half a rune in a paste", "\x1b[200~a\xe6\x97|\xa5\x1b[201~", "<a><日>"},
		{"Alt-], then text", "\x1b]|ls\r", "ls\r"},
		{"a slow answer", "\x1b]1|1;rgb:1/2|/3\x1b|\\ls", "ls"},
		{"the end mark is lost", "\x1b[200~a|\x03\r", "<a>\x03\r"},
	}
	for _, test := range tests {
		var k keys
		got := ""
		for _, b := range []byte(test.in) {
			if b != '|' {
				got += takePaste(&k, k.feed(b))
			} else if k.waiting() {
				got += takePaste(&k, k.idle())
			}
		}
		if got != test.want {
			t.Errorf("%s: %q gives %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

// TestKeysRoom: what is read at once never goes beyond the end of a paste.
func TestKeysRoom(t *testing.T) {
	in := "a\x1b[200~one\x1b[2\x1b\x1b[201~\rchild\r"
	var k keys
	got := ""
	for i := 0; i < len(in); {
		n := min(k.readSize(), len(in)-i)
		for _, b := range []byte(in[i : i+n]) {
			s := k.feed(b)
			if s != "" && s != string(rune(runePaste)) && n > 1 {
				t.Errorf("read %q at once", in[i:i+n])
			}
			got += takePaste(&k, s)
		}
		i += n
	}
	if want := "a<" + encodeLine("one\x1b[2\x1b") + ">\rchild\r"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestKeysPasteTooLong(t *testing.T) {
	var k keys
	feedAll(&k, "\x1b[200~")
	for range maxPaste + 1000 {
		k.feed('x')
	}
	for _, b := range []byte(pasteEnd) {
		k.feed(b)
	}
	if text, cut := k.takePaste(); len(text) != maxPaste || !cut {
		t.Errorf("%d bytes, cut %v", len(text), cut)
	}
	if got := feedAll(&k, "a\r"); got != "a\r" {
		t.Errorf("after it %q", got)
	}
}

func TestEncodeLine(t *testing.T) {
	for _, s := range []string{"", "plain ␤ é日", "one\ntwo\n\tthree", "\x1b[31m\x7f\u009b"} {
		e := encodeLine(s)
		if got := decodeLine(e); got != s {
			t.Errorf("%q comes back as %q", s, got)
		}
		if strings.ContainsAny(e, "\n\t\x1b\x7f\u009b") {
			t.Errorf("%q is encoded as %q", s, e)
		}
	}
	if got := strings.Map(picture, encodeLine("a\nb\tc\x1b\x7f\u009b\u202e")); got != "a␤b c␛␡\uFFFD\uFFFD" {
		t.Errorf("painted %q", got)
	}
	if s := "a\u202eb\u200dc\u061c\ufeff\u00ad"; decodeLine(encodeLine(s)) != s {
		t.Errorf("%q comes back as %q", s, decodeLine(encodeLine(s)))
	}
	if got := encodeLine("a\x00b\U0010FFFD\xff"); got != "ab\uFFFD" {
		t.Errorf("encoded %q", got)
	}
}

func TestListCandidates(t *testing.T) {
	list := func(texts ...string) (cs []Candidate) {
		for _, text := range texts {
			cs = append(cs, Candidate{Text: text})
		}
		return cs
	}
	noted := []Candidate{{Text: "send ", Note: "send bytes"}, {Text: "sendto ", Note: "send one datagram"}}
	tests := []struct {
		name          string
		candidates    []Candidate
		columns, rows int
		want          string
	}{
		{"columns", list("send ", "sendto ", "set "), 22, 24, "│ send    sendto\n│ set\n"},
		{"one row", list("send ", "sendto ", "set "), 80, 24, "│ send    sendto  set\n"},
		{"notes", noted, 80, 24, "│ send    send bytes\n│ sendto  send one datagram\n"},
		{"cut", noted, 18, 24, "│ send    send by…\n│ sendto  send on…\n"},
		{"wider than the terminal", list("averylongcandidate"), 12, 24, "│ averylong…\n"},
		{"too many", list("a1", "a2", "a3", "a4", "a5", "a6"), 5, 5, "│ a1\n│ a2\n│ a3\n│ a4\n… 2 more\n"},
	}
	for _, test := range tests {
		if got := listCandidates(test.candidates, test.columns, test.rows); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	if got := commonPrefix(list("日x", "旧x"), ""); got != "" { // they share two bytes
		t.Errorf("common prefix %q", got)
	}
	mixed := []Candidate{{Text: "'file one'", Name: "file one"}, {Text: "file-two ", Name: "file-two"}}
	if got := commonPrefix(mixed, "fi"); got != "file" {
		t.Errorf("common prefix of names with and without quotes: %q", got)
	}
	if got := commonPrefix(mixed, "file"); got == "file " {
		t.Errorf("common prefix %q, which needs quotes", got)
	}
}
