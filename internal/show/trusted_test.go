package show

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

const evil = "x\x1b[2J\n14:27:20.121 bank <- 9 bytes\u202e\u009b"

func TestSprintf(t *testing.T) {
	tests := []struct {
		got  Trusted
		want string
	}{
		{Sprintf("a %s b", evil), `a x\x1b[2J\n14:27:20.121 bank <- 9 bytes\u{202e}\u{9b} b`},
		{Sprintf("%s", errors.New(evil)), `x\x1b[2J\n14:27:20.121 bank <- 9 bytes\u{202e}\u{9b}`},
		{Sprintf("%v", []string{"a\x1b"}), `[a\x1b]`},
		{Sprintf("%s %s", []byte("\x07"), struct{ s string }{"\x07"}), `\x07 {\x07}`},
		{Sprintf("%s", Trusted("\x1b[31mred\x1b[0m")), "\x1b[31mred\x1b[0m"},
		{Sprintf("%5d|%-5s|%*s|%.2f|%t", 42, "ab", 4, "c", 1.5, true), "   42|ab   |   c|1.50|true"},
		{Sprintf("%s %q", 3*time.Second, "a\"\x1b"), `3s "a\"\x1b"`},
		{Sprintf("%s", `C:\new`), `C:\new`},
		{Sprintf("%d %s", "\x1b", 7), `%!d(string=\x1b) %!s(int=7)`},
		{Escaped(evil), `x\x1b[2J\n14:27:20.121 bank <- 9 bytes\u{202e}\u{9b}`},
		{Lines("one\ntwo\x1b\n\nthree\n"), "one\n│ two\\x1b\n│ \n│ three"},
		{Rows("", 10), ""},
		{Rows("\n", 10), "│ \n"},
		{Rows("a\r\nb\r", 10), "│ a\\r\n│ b\\r\n"},
	}
	for _, tt := range tests {
		if string(tt.got) != tt.want {
			t.Errorf("got  %q\nwant %q", tt.got, tt.want)
		}
	}
}

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"srv.1": "srv.1", "/tmp/a-b.sock": "/tmp/a-b.sock", "@abstract": "@abstract", "127.0.0.1:80": "127.0.0.1:80",
		"[fe80::1%eth0]:80": "[fe80::1%eth0]:80", "/tmp/größe": "/tmp/größe",
		"": `""`, "a b": `"a b"`, "(unnamed)": `"(unnamed)"`, "a\nb": `"a\nb"`, "a\\b": `"a\\b"`, `a"b`: `"a\"b"`, "\u202e": `"\u{202e}"`,
	} {
		if got := Name(name); got != want {
			t.Errorf("Name(%q) = %s, want %s", name, got, want)
		}
	}
}

func TestMarks(t *testing.T) {
	const mark = "\u0301"
	if got, want := Text([]byte("a"+strings.Repeat(mark, 7)+"b"+mark)), "a"+strings.Repeat(mark, 4)+strings.Repeat(`\u{301}`, 3)+"b"+mark; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	got, _ := JSON([]byte(`["a` + strings.Repeat(mark, 6) + `"]`))
	if want := "[\n  \"a" + strings.Repeat(mark, 4) + `\u0301\u0301` + "\"\n]\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Text([]byte("\u1112" + strings.Repeat("\u1161", 100))); strings.Count(got, "\u1161") != maxMarks {
		t.Errorf("got %q", got)
	}
}

func TestFold(t *testing.T) {
	tests := []struct {
		columns  int
		in, want string
	}{
		{0, "abcdefghij", "abcdefghij"},
		{10, "abcdefghij\nk", "abcdefghij\nk"},
		{8, "abcdefghij", "abcdefgh\n│ ij"},
		{4, "abcdefgh\n", "abcd\n│ ef\n│ gh\n"},
		{1, "abcdefgh\n", "abcd\n│ ef\n│ gh\n"},
		{5, "日本語日本", "日本\n│ 語\n│ 日\n│ 本"},
		{4, "abce\u0301f", "abce\u0301\n│ f"},
		{6, "ab\x1b[31mcdefgh\x1b[0mijkl", "ab\x1b[31mcdef\x1b[0m\n│ \x1b[31mgh\x1b[0mij\n│ kl"},
		{10, "a\tbcdefg", "a\tbc\n│ defg"},
		{12, "│ a\tbcdefg", "│ a\tbcde\n│ fg"},
		{10, "abcdefghij\tk", "abcdefghij\n│ \tk"},
	}
	for _, tt := range tests {
		if got := Fold(Trusted(tt.in), tt.columns); string(got) != tt.want {
			t.Errorf("Fold(%q, %d)\n got %q\nwant %q", tt.in, tt.columns, got, tt.want)
		}
	}
}

func FuzzRows(f *testing.F) {
	f.Add("a\tb\nc", 10)
	f.Add(evil+strings.Repeat("\u0301", 9), 20)
	f.Add("日本語\x1b[31m", 5)
	f.Fuzz(func(t *testing.T, s string, columns int) {
		columns = columns&127 + minColumns
		rows := string(Rows(s, columns))
		checkSafe(t, rows)
		if rows == "" && s == "" {
			return
		}
		for row := range strings.SplitSeq(strings.TrimSuffix(rows, "\n"), "\n") {
			if !strings.HasPrefix(row, string(Gutter)) {
				t.Fatalf("row %q of %q", row, s)
			}
			at, marks := 0, 0
			for _, r := range row {
				switch w := runeWidth(r); {
				case r == '\t':
					at = min(at/tabStop*tabStop+tabStop, columns)
				default:
					at += w
				}
				if marks++; !isMark(r) {
					marks = 0
				}
				if marks > maxMarks {
					t.Fatalf("%d marks in %q", marks, row)
				}
			}
			if at > columns {
				t.Fatalf("%q has %d columns, not %d", row, at, columns)
			}
		}
		if line := fmt.Sprint(Sprintf("%s", s)); strings.Contains(line, "\n") || !utf8.ValidString(line) {
			t.Fatalf("%q", line)
		}
		if name := Name(s); strings.ContainsAny(name, "\n\t") {
			t.Fatalf("%q", name)
		}
	})
}
