package lua51

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLexemes(t *testing.T) {
	for _, test := range []struct{ src, want string }{
		{"", ""},
		{" \t\n", ""},
		{"local x = 1.5e-3", "k:local n:x o:= d:1.5e-3"},
		{"f(a.b, 'x')", "n:f o:( n:a o:. n:b o:, s:'x' o:)"},
		{`s = "a\"b" .. c`, `n:s o:= s:"a\"b" o:.. n:c`},
		{"x -- note\nend", "n:x c:--_note k:end"},
		{"--[[ a\nb ]] y", "c:--[[_a/b_]] n:y"},
		{"[[a]] [==[b]=] ]==]", "s:[[a]] s:[==[b]=]_]==]"},
		{`"open`, `S:"open`},
		{"'a\nb", "S:'a n:b"},
		{"[[open", "S:[[open"},
		{"--[[open", "C:--[[open"},
		{`"x\`, `S:"x\`},
		{"0x1F .5 3..2", "d:0x1F d:.5 d:3..2"},
		{"a ~= b ... é", "n:a o:~= n:b o:... o:é"},
		{"[= [ -", "o:[ o:= o:[ o:-"},
	} {
		var got []string
		for x := range Lexemes(test.src) {
			kind := "nksdco"[x.Kind : x.Kind+1]
			if x.Open {
				kind = strings.ToUpper(kind)
			}
			text := strings.NewReplacer(" ", "_", "\n", "/").Replace(test.src[x.From:x.To])
			got = append(got, kind+":"+text)
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%q:\n got %s\nwant %s", test.src, got, test.want)
		}
	}
}

// FuzzLexemes: lexemes are in order, none is empty, only blanks stand between them, and
// none cuts a character.
func FuzzLexemes(f *testing.F) {
	for _, src := range []string{"", "local x = 'a", "--[==[", "[=", "\xff\xfe", "é日", "1..2", "a\x00b", "\"\\"} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		at := 0
		for x := range Lexemes(src) {
			if x.From < at || x.To <= x.From || x.To > len(src) || strings.Trim(src[at:x.From], " \t\n\v\f\r") != "" {
				t.Fatalf("%q: %+v after %d", src, x, at)
			}
			if utf8.ValidString(src) && !utf8.ValidString(src[x.From:x.To]) {
				t.Fatalf("%q: %+v cuts a character", src, x)
			}
			at = x.To
		}
		if strings.Trim(src[at:], " \t\n\v\f\r") != "" {
			t.Fatalf("%q: nothing after %d", src, at)
		}
	})
}
