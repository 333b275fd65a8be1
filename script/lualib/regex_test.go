package lualib

import (
	"errors"
	"math/rand"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// noStop is the stop of a search that goes on to its end.
func noStop() error { return nil }

// randomWords is up to n of the words.
func randomWords(r *rand.Rand, n int, words ...string) string {
	var b strings.Builder
	for range r.Intn(n + 1) {
		b.WriteString(words[r.Intn(len(words))])
	}
	return b.String()
}

// A search ends when it is told to.
func TestRegexStops(t *testing.T) {
	text := strings.Repeat(" ", 1<<18)
	re, err := compileRegex(`(\s+\s+)+OK`)
	if err != nil {
		t.Fatal(err)
	}
	ended := errors.New("ended")
	calls := 0
	if m, err := re.find(text, func() error { calls++; return ended }); m != nil || err != ended || calls != 1 {
		t.Errorf("%v, %v after %d calls", m, err, calls)
	}
}

// The matches of a regex are those of regexp's FindAll, in long texts as in
// short ones.
func TestRegexMatches(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	long := strings.Repeat("zz", shortSubject)
	for _, p := range []string{"a", "a*", "^a", "(?m)^a*", "(?m)a$", `\ba+`, `a\b`, `\Ba`, "(a)|(b)", "é+", "(?i)é", ".", "x?", "[^a]b", "", "(?i)AB|c$", "\uFFFD"} {
		mine, err := compileRegex(p)
		if err != nil {
			t.Fatal(err)
		}
		theirs := regexp.MustCompile(p)
		for i := range 100 {
			s := randomWords(r, 20, "a", "b", "\n", "é", "\xff", " ", "É", "c")
			if i < 5 {
				s += "\n" + long + randomWords(r, 20, "a", "b", "\n", "é", "\xff")
			}
			var got [][]int
			for all := mine.all(s); len(got) < 200; {
				m := all.next(noStop)
				if m == nil {
					break
				}
				got = append(got, m)
			}
			want := theirs.FindAllStringSubmatchIndex(s, 200)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%q in %.60q: %v, want %v", p, s, got, want)
			}
		}
	}
}

// An expression that begins with (?b) reads bytes.
func TestRegexBytes(t *testing.T) {
	for _, c := range []struct {
		p, s string
		want []int
	}{
		{`(?b)\xff`, "a\xffb", []int{1, 2}},
		{`(?b)^.\xff.$`, "a\xffb", []int{0, 3}},
		{`(?b)[\x80-\xff]+`, "aé", []int{1, 3}},
		{"(?b)é", "aé", []int{1, 3}},
		{"(?b)\xff\x00", "a\xff\x00", []int{1, 3}},
		{`\xff`, "a\xff", nil},
		{`\xff`, "aÿ", []int{1, 3}},
	} {
		re, err := compileRegex(c.p)
		if err != nil {
			t.Fatal(err)
		}
		if m, _ := re.find(c.s, noStop); !reflect.DeepEqual(m, c.want) {
			t.Errorf("%q in %q: %v, want %v", c.p, c.s, m, c.want)
		}
	}
}
