package show

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// checkSafe checks that s can do nothing to a terminal but show text.
func checkSafe(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("no UTF-8: %q", s)
	}
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t':
		case r < 0x20 || r >= 0x7f && r < 0xa0,
			unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Bidi_Control,
				unicode.Join_Control, unicode.Variation_Selector, unicode.Noncharacter_Code_Point,
				unicode.Other_Default_Ignorable_Code_Point):
			t.Fatalf("%U is in %q", r, s)
		}
	}
}

func checkLine(t *testing.T, s string) {
	t.Helper()
	checkSafe(t, s)
	if strings.ContainsAny(s, "\n\t") {
		t.Fatalf("not one line: %q", s)
	}
}

// unescape undoes the escapes of this package, whose grammar it states anew.
func unescape(t *testing.T, s string) []byte {
	t.Helper()
	var out []byte
	for len(s) > 0 {
		if s[0] != '\\' {
			out = append(out, s[0])
			s = s[1:]
			continue
		}
		size := 2
		switch c := s[1]; c {
		case 'r', 'n', 't', '0':
			out = append(out, map[byte]byte{'r': '\r', 'n': '\n', 't': '\t', '0': 0}[c])
		case '\\', '"', '$':
			out = append(out, c)
		case 'x':
			n, err := strconv.ParseUint(s[2:4], 16, 8)
			if err != nil {
				t.Fatalf("bad escape at %q", s)
			}
			out = append(out, byte(n))
			size = 4
		case 'u':
			digits, _, _ := strings.Cut(s[3:], "}")
			n, err := strconv.ParseUint(digits, 16, 32)
			if err != nil || s[2] != '{' {
				t.Fatalf("bad escape at %q", s)
			}
			out = utf8.AppendRune(out, rune(n))
			size = len(digits) + 4
		default:
			t.Fatalf("unknown escape at %q", s)
		}
		s = s[size:]
	}
	return out
}

func checkEscapes(t *testing.T, p []byte) {
	t.Helper()
	checkSafe(t, Text(p))
	checkLine(t, Line(p))
	checkLine(t, Quote(p))
	if got, want := unescape(t, Text(p)), bytes.ReplaceAll(p, []byte("\r\n"), []byte("\n")); !bytes.Equal(got, want) {
		t.Fatalf("Text(%q) reads back as %q", p, got)
	}
	if got := unescape(t, Line(p)); !bytes.Equal(got, p) {
		t.Fatalf("Line(%q) reads back as %q", p, got)
	}
	q := Quote(p)
	inside, ok := strings.CutSuffix(strings.TrimPrefix(q, `"`), `"`)
	if got := unescape(t, inside); !ok || q[0] != '"' || !bytes.Equal(got, p) {
		t.Fatalf("Quote(%q) reads back as %q", p, got)
	}
	once := escape(p, cellMode)
	checkLine(t, once)
	if twice := escape([]byte(once), cellMode); twice != once {
		t.Fatalf("a cell %q becomes %q", once, twice)
	}
}

func TestEscape(t *testing.T) {
	tests := []struct{ in, text, line, quote string }{
		{"", "", "", `""`},
		{"PING\r\n", "PING\n", `PING\r\n`, `"PING\r\n"`},
		{"a\rb\r\r\n", "a\\rb\\r\n", `a\rb\r\r\n`, `"a\rb\r\r\n"`},
		{"a\tb", "a\tb", `a\tb`, `"a\tb"`},
		{"\x1b[31mred\x07", `\x1b[31mred\x07`, `\x1b[31mred\x07`, `"\x1b[31mred\x07"`},
		{`C:\new`, `C:\\new`, `C:\\new`, `"C:\\new"`},
		{`"$x"`, `"$x"`, `"$x"`, `"\"\$x\""`},
		{"a\x00b\x001", `a\x00b\x001`, `a\x00b\x001`, `"a\0b\x001"`},
		{"\x00", `\x00`, `\x00`, `"\0"`},
		{"grüße 日本語 😀", "grüße 日本語 😀", "grüße 日本語 😀", `"grüße 日本語 😀"`},
		{"\xff\xfe\xc3", `\xff\xfe\xc3`, `\xff\xfe\xc3`, `"\xff\xfe\xc3"`},
		{"\u009b31m", `\u{9b}31m`, `\u{9b}31m`, `"\u{9b}31m"`},
		{"\x9b31m", `\x9b31m`, `\x9b31m`, `"\x9b31m"`},
		{"user\u202egpj", `user\u{202e}gpj`, `user\u{202e}gpj`, `"user\u{202e}gpj"`},
		{"\xed\xa0\x80", `\xed\xa0\x80`, `\xed\xa0\x80`, `"\xed\xa0\x80"`}, // a surrogate
		{"\xc0\x80", `\xc0\x80`, `\xc0\x80`, `"\xc0\x80"`},                 // an overlong NUL
		{"\uFFFD", "\uFFFD", "\uFFFD", "\"\uFFFD\""},
		{"a\u00a0b\u3000c", "a\\u{a0}b\u3000c", "a\\u{a0}b\u3000c", "\"a\\u{a0}b\u3000c\""},
		{"e\u0301", "e\u0301", "e\u0301", "\"e\u0301\""},
		{"\u0301e", `\u{301}e`, `\u{301}e`, `"\u{301}e"`},
		{"\n\u0301", "\n\\u{301}", `\n\u{301}`, `"\n\u{301}"`},
		{"\x01\u0301", `\x01\u{301}`, `\x01\u{301}`, `"\x01\u{301}"`},
		{"é\u0301\u0302", "é\u0301\u0302", "é\u0301\u0302", "\"é\u0301\u0302\""},
	}
	for _, tt := range tests {
		p := []byte(tt.in)
		if got := Text(p); got != tt.text {
			t.Errorf("Text(%q) = %s, want %s", tt.in, got, tt.text)
		}
		if got := Line(p); got != tt.line {
			t.Errorf("Line(%q) = %s, want %s", tt.in, got, tt.line)
		}
		if got := Quote(p); got != tt.quote {
			t.Errorf("Quote(%q) = %s, want %s", tt.in, got, tt.quote)
		}
		checkEscapes(t, p)
	}
}

func TestEscapeEveryByte(t *testing.T) {
	for i := range 256 {
		c := byte(i)
		want := string([]byte{c})
		switch {
		case c == '\n' || c == '\t':
		case c == '\r':
			want = `\r`
		case c == '\\':
			want = `\\`
		case c < ' ' || c >= 0x7f:
			want = fmt.Sprintf(`\x%02x`, c)
		}
		if got := Text([]byte{c}); got != want {
			t.Errorf("Text of byte %#x: %q, want %q", c, got, want)
		}
		checkEscapes(t, []byte{c})
		checkEscapes(t, []byte{'a', c, '0', c, '\n'})
	}
}

func TestEscapeDangerousRunes(t *testing.T) {
	ranges := []struct {
		what     string
		from, to rune
	}{
		{"C1", 0x80, 0x9f},
		{"soft hyphen", 0xad, 0xad},
		{"combining grapheme joiner", 0x34f, 0x34f},
		{"arabic letter mark", 0x61c, 0x61c},
		{"hangul fillers", 0x115f, 0x1160},
		{"mongolian vowel separator", 0x180e, 0x180e},
		{"zero width and direction marks", 0x200b, 0x200f},
		{"separators, embeddings and overrides", 0x2028, 0x202e},
		{"invisible operators and isolates", 0x2060, 0x206f},
		{"hangul filler", 0x3164, 0x3164},
		{"private use", 0xe000, 0xf8ff},
		{"variation selectors", 0xfe00, 0xfe0f},
		{"byte order mark", 0xfeff, 0xfeff},
		{"noncharacters", 0xfdd0, 0xfdef},
		{"interlinear annotation and unassigned", 0xfff0, 0xfffb},
		{"noncharacters", 0xfffe, 0xffff},
		{"tags and selectors", 0xe0000, 0xe0fff},
		{"private use", 0xf0000, 0xf00ff},
		{"end of private use, noncharacters", 0x10fff0, 0x10ffff},
	}
	for _, rng := range ranges {
		for r := rng.from; r <= rng.to; r++ {
			p := []byte("a" + string(r) + "b")
			want := fmt.Sprintf(`a\u{%x}b`, r)
			if got := Text(p); got != want {
				t.Errorf("%s %U: Text gives %q, want %q", rng.what, r, got, want)
			}
			checkEscapes(t, p)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{
		"", "PING\r\n", "\x1b]0;title\x07", "a\u202eb\u0301", "\xff\xc3", `\x1b\u{9b}\\`, "\"$x\"", "\x000\x00a", "\u0301\n\u0301",
		"😀\ufe0f\u200d", "日本", "\u009b\x9b",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, p []byte) { checkEscapes(t, p) })
}

func BenchmarkText(b *testing.B) {
	inputs := []struct {
		name string
		p    []byte
	}{
		{"ascii", bytes.Repeat([]byte("GET /index.html HTTP/1.1\n"), 64<<10/25)},
		{"crlf", bytes.Repeat([]byte("Host: www.example.org\r\n"), 64<<10/23)},
		{"utf8", bytes.Repeat([]byte("Übergrößen für всех 日本\n"), 64<<10/35)},
		{"binary", bytes.Repeat([]byte{0, 1, 0x80, 0xff}, 64<<10/4)},
	}
	for _, in := range inputs {
		b.Run(in.name, func(b *testing.B) {
			b.SetBytes(int64(len(in.p)))
			b.ReportAllocs()
			for b.Loop() {
				Text(in.p)
			}
		})
	}
}
