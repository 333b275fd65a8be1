package lineedit

import (
	"strings"
	"testing"
	"time"
)

// decode feeds s and returns the keys, each paste in its place as <text>. A § is a pause of 50 ms, ¶ one of 500 ms.
func decode(d *Decoder, s string) string {
	var keys []string
	add := func(events []Event) {
		for _, e := range events {
			if e.Key == "" {
				keys = append(keys, "<"+e.Text+">")
			} else {
				keys = append(keys, strings.ReplaceAll(string(e.Key), " ", "Space"))
			}
		}
	}
	for s != "" {
		switch {
		case strings.HasPrefix(s, "§"):
			add(d.Idle(EscapeAfter))
			s = s[len("§"):]
		case strings.HasPrefix(s, "¶"):
			add(d.Idle(ForgetAfter))
			s = s[len("¶"):]
		default:
			add(d.Feed(s[0]))
			s = s[1:]
		}
	}
	return strings.Join(keys, " ")
}

func TestDecode(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"text", "a B\r", "a Space B Enter"},
		{"runes", "é日🚀", "é 日 🚀"},
		{"a rune broken off", "\xe6\x97x", "x"},
		{"no UTF-8", "a\xffb\x80c\xc3\xc3\xa9", "a b c é"},
		{"C1 control", "a\u0085b", "a b"},
		{"control keys", "\x01\x03\x04\x08\x09\x0a\x1a\x1d\x1f\x7f\x00", "Ctrl-A Ctrl-C Ctrl-D Backspace Tab Ctrl-J Ctrl-Z Ctrl-] Ctrl-_ Backspace Ctrl-Space"},
		{"arrows", "\x1b[A\x1b[B\x1b[C\x1b[D\x1bOA\x1bOB\x1bOC\x1bOD", "Up Down Right Left Up Down Right Left"},
		{"Home", "\x1b[H\x1b[1~\x1b[7~\x1bOH", "Home Home Home Home"},
		{"End", "\x1b[F\x1b[4~\x1b[8~\x1bOF", "End End End End"},
		{"Delete, Insert, pages", "\x1b[3~\x1b[2~\x1b[5~\x1b[6~", "Delete Insert PageUp PageDown"},
		{"Ctrl and arrows", "\x1b[1;5D\x1b[1;5C\x1b[5C\x1bO5D\x1bOd\x1bOc", "Ctrl-Left Ctrl-Right Ctrl-Right Ctrl-Left Ctrl-Left Ctrl-Right"},
		{"Alt and arrows", "\x1b[1;3D\x1b[1;9C\x1b[1;6C", "Alt-Left Alt-Right Ctrl-Shift-Right"},
		{"Shift and arrows", "\x1b[1;2D\x1b[d\x1b[Z", "Shift-Left Shift-Left Shift-Tab"},
		{"rxvt", "\x1b[3^\x1b[3$\x1b[7^\x1b[8@x", "Ctrl-Delete Shift-Delete Ctrl-Home Ctrl-Shift-End x"},
		{"Delete with modifiers", "\x1b[3;5~\x1b[3;3~\x1b[3;2~", "Ctrl-Delete Alt-Delete Shift-Delete"},
		{"function keys", "\x1bOP\x1b[11~\x1b[[A\x1b[[E\x1b[24~\x1b[1;2P", "F1 F1 F1 F5 F12 Shift-F1"},
		{"the keypad", "\x1bOp\x1bOy\x1bOj\x1bOM\x1bOX", "0 9 * Enter ="},
		{"CSI u", "\x1b[97;5u\x1b[97;3u\x1b[97;2u\x1b[13;2u\x1b[9;5u\x1b[32;5u\x1b[127;3u\x1b[47;5u\x1b[27u\x1b[57399u", "Ctrl-A Alt-a A Shift-Enter Ctrl-Tab Ctrl-Space Alt-Backspace Ctrl-/ Esc"},
		{"modifyOtherKeys", "\x1b[27;5;97~\x1b[27;3;46~", "Ctrl-A Alt-."},
		{"Alt", "\x1bb\x1b.\x1b#\x1b\x7f\x1b\x08\x1b\r", "Alt-b Alt-. Alt-# Alt-Backspace Alt-Backspace Alt-Enter"},
		{"Alt-_", "\x1b_x\x1b_\r\x1b_§x\x1b_§¶G", "Alt-_ x Alt-_ Enter Alt-_ x Alt-_ G"},
		{"Alt and a rune", "\x1bé", "Esc é"},
		{"Escape and a control key", "\x1b\x03", "Esc Ctrl-C"},
		{"Escape twice", "\x1b\x1bb", "Esc Alt-b"},
		{"Alt and an arrow, with two Escapes", "\x1b\x1b[C", "Esc Right"},
		{"sequences without a meaning", "\x1b[99~\x1b[<0;1;2M\x1b[?1;2c\x1b[Gx", "x"},
		{"Enter in a sequence", "\x1b[1\rx", "Enter x"},
		{"Escape in a sequence", "\x1b[1\x1b[Hx", "Home x"},
		{"a long sequence", "\x1b[" + strings.Repeat("1;", 40) + "cx", "x"},
		{"an answer without its end", "a\x1b]11;rgb\rb\x1bPx\x03c\x1b]x\x1b[Ad", "a Enter b Ctrl-C c Up d"},
		{"8-bit controls in UTF-8", "a\u009d11;rgb:1/2/3\ab\u009b12;5Rc\u0090x\x1b\\d", "a b c d"},
		{"paste", "a\x1b[200~one\rtwo\r\nthree\n\x1b[201~b", "a <one\ntwo\nthree\n> b"},
		{"paste of keys", "\x1b[200~\x1b[A\x03\x04\x00\t\U0010FFFD\x1b[201~\x03", "<\x1b[A\x03\x04\t> Ctrl-C"},
		{"empty paste", "\x1b[200~\x1b[201~x", "x"},
		{"paste with the beginning of the mark", "\x1b[200~a\x1b[201\x1b[20\x1b[201~x", "<a\x1b[201\x1b[20> x"},
		{"mark without a paste", "\x1b[201~x", "x"},
		{"Ctrl-C before anything is pasted", "\x1b[200~\x03x", "Ctrl-C x"},

		{"Escape alone", "\x1b§", "Esc"},
		{"Escape, then Enter", "\x1b§\r", "Esc Enter"},
		{"Escape is told once", "\x1b§§¶¶", "Esc"},
		{"Escape twice, slowly", "\x1b§\x1b§", "Esc Esc"},
		{"a slow arrow", "\x1b§[§A", "Esc Up"},
		{"Escape, then b", "\x1b§b", "Esc b"},
		{"Escape, and later a bracket", "\x1b§¶[A", "Esc [ A"},
		{"a slow rune", "\xe6§\x97§\xa5", "日"},
		{"a slow start mark", "\x1b[2§00~a\x1b[201~", "<a>"},
		{"a slow end mark", "\x1b[200~a\x1b[20§1~\r", "<a> Enter"},
		{"half a rune in a paste", "\x1b[200~a\xe6\x97§\xa5\x1b[201~", "<a> <日>"},
		{"Alt-], then text", "\x1b]¶ls\r", "l s Enter"},
		{"a slow answer", "\x1b§]§1§1;rgb:1/2¶/3\x1b¶\\ls", "Esc l s"},
		{"the end mark is lost", "\x1b[200~a§\x03\r", "<a> Ctrl-C Enter"},
	}
	for _, test := range tests {
		var d Decoder
		if got := decode(&d, test.in); got != test.want {
			t.Errorf("%s: %q gives %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

// answers are what a terminal sends without a key: none of it is text.
var answers = []string{
	"\x1b]11;rgb:1111/2222/3333\x1b\\", "\x1b]10;rgb:0/0/0\a", "\x1b]4;1;rgb:aa/bb/cc\x1b\\", "\x1b]52;c;aGVsbG8=\a",
	"\x1bP>|xterm(380)\x1b\\", "\x1bP1$r0m\x1b\\", "\x1bP1+r544e=787465726d\x1b\\", "\x1bP!|00000000\x1b\\",
	"\x1b_Gi=1;OK\x1b\\", "\x1b^x\x1b\\", "\x1bXx\x1b\\",
	"\x1b[I", "\x1b[O", "\x1b[12;40R", "\x1b[1;1R", "\x1b[0n", "\x1b[?62;22c", "\x1b[>1;10;0c", "\x1b[=1c", "\x1b[?2026;2$y", "\x1b[4;2$y",
	"\x1b[8;24;80t", "\x1b[?1u", "\x1b[M !!", "\x1b[<0;10;5M", "\x1b[<0;10;5m", "\x1b[?997;1n", "\x1b[?12;40R",
	"\u009d11;rgb:1/2/3\x1b\\", "\u009b12;5R", "\u0090x\x1b\\",
}

// TestAnswers: no answer of the terminal is typed text, wherever it is split, and the text around it stays.
func TestAnswers(t *testing.T) {
	for _, a := range answers {
		for at := 0; at <= len(a); at++ {
			for _, pause := range []string{"", "§"} {
				var d Decoder
				got := strings.ReplaceAll(strings.ReplaceAll(decode(&d, "x"+a[:at]+pause+a[at:]+"y"), "Esc ", ""), "Alt-_ ", "")
				if got != "x y" {
					t.Errorf("%q, split at %d with %q, gives %q", a, at, pause, got)
				}
			}
		}
	}
}

// TestDecodeVi: after a lone Escape, the commands of vi that could begin an answer are keys.
func TestDecodeVi(t *testing.T) {
	d := Decoder{Vi: true}
	if got := decode(&d, "\x1b§P\x1b§X^"); got != "Esc P Esc X ^" {
		t.Errorf("got %q", got)
	}
	if got := decode(&d, "\x1b§]11;x\a\x1bP1$r\x1b\\y"); got != "Esc y" {
		t.Errorf("got %q", got)
	}
}

// TestReadSize: what is read at once never goes beyond the end of a paste.
func TestReadSize(t *testing.T) {
	in := "a\x1b[200~one\x1b[2\x1b\x1b[201~\rchild\r"
	var d Decoder
	var got strings.Builder
	for i := 0; i < len(in); {
		n := min(d.ReadSize(), len(in)-i)
		for _, b := range []byte(in[i : i+n]) {
			for _, e := range d.Feed(b) {
				if n > 1 && e.Key != "" {
					t.Errorf("read %q at once", in[i:i+n])
				}
				got.WriteString(string(e.Key) + e.Text + " ")
			}
		}
		i += n
	}
	if want := "a one\x1b[2\x1b Enter c h i l d Enter "; got.String() != want {
		t.Errorf("got %q, want %q", got.String(), want)
	}
}

func TestPasteTooLong(t *testing.T) {
	var d Decoder
	decode(&d, "\x1b[200~")
	for range MaxPaste + 1000 {
		d.Feed('x')
	}
	var last []Event
	for _, b := range []byte(pasteEnd) {
		last = d.Feed(b)
	}
	if len(last) != 1 || len(last[0].Text) != MaxPaste || !last[0].Cut {
		t.Error("the paste is not cut")
	}
	if got := decode(&d, "a\r"); got != "a Enter" {
		t.Errorf("after it %q", got)
	}
	if quiet, ok := d.Wait(); ok {
		t.Errorf("waits for %v", quiet)
	}
}

// TestEscapeTime: a lone Escape is told from a sequence by time.
func TestEscapeTime(t *testing.T) {
	var d Decoder
	d.Feed(0x1b)
	if quiet, ok := d.Wait(); !ok || quiet != 50*time.Millisecond {
		t.Errorf("waits for %v, %v", quiet, ok)
	}
	if e := d.Idle(49 * time.Millisecond); len(e) > 0 {
		t.Errorf("after 49 ms: %v", e)
	}
	if e := d.Idle(50 * time.Millisecond); len(e) != 1 || e[0].Key != "Esc" {
		t.Errorf("after 50 ms: %v", e)
	}
}

// FuzzDecode: whatever bytes come, and whenever, each event is a key that the editor can take.
func FuzzDecode(f *testing.F) {
	for _, a := range answers {
		f.Add([]byte(a), true)
	}
	f.Add([]byte("\x1b[200~x\x1b[201~\x1bf\x1b[27;5;97~\x1bO5C\x16\x12ab\x1b.d2w.u"), false)
	f.Fuzz(func(t *testing.T, b []byte, vi bool) {
		d := Decoder{Vi: vi}
		e := New(Config{History: func() []string { return entries }})
		e.SetVi(vi)
		take := func(events []Event) {
			for _, event := range events {
				if event.Key == "" {
					e.Insert(event.Text)
				} else {
					e.Key(event.Key)
				}
				if line, pos := e.Line(); pos < 0 || pos > len(line) {
					t.Fatalf("%q: cursor %d of %d", b, pos, len(line))
				}
			}
		}
		for i, c := range b {
			take(d.Feed(c))
			if c%7 == 0 {
				take(d.Idle(EscapeAfter * time.Duration(1+i%11)))
			}
		}
	})
}
