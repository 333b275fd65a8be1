package console

import (
	"strings"
	"testing"
)

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
	if got := encodeLine("a\x00b\U0010FFFD\xff"); got != "a\uFFFDb\uFFFD\uFFFD" {
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
