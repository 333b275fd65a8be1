package repl

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func testCommand(name string) bool {
	switch name {
	case "send", "connect", "dial", "serve", "ls", "run", "help", "now", "every", "alias", "time":
		return true
	}
	return false
}

func testRaw(name string) bool { return name == "every" || name == "alias" || name == "time" }

// spell writes statements so that a table can hold them: Lua as lua‹source›, a
// command as its name with each word in brackets, Lua in a word as {expr}, the
// key as key|, and a rest as ‹rest›.
func spell(all []statement) string {
	var b strings.Builder
	for i, st := range all {
		if i > 0 {
			b.WriteString(" / ")
		}
		if st.Lua != "" {
			fmt.Fprintf(&b, "lua‹%s›", st.Lua)
			continue
		}
		b.WriteString(st.Name)
		for _, w := range st.Words {
			b.WriteString(" [")
			if w.Key != "" {
				b.WriteString(w.Key + "|")
			}
			for _, p := range w.value().Pieces {
				if p.Expr != "" {
					b.WriteString("{" + p.Expr + "}")
				}
				b.WriteString(p.Text)
			}
			b.WriteString("]")
		}
		if testRaw(st.Name) || st.Name == "!" {
			fmt.Fprintf(&b, "‹%s›", st.Rest)
		}
	}
	return b.String()
}

func TestParse(t *testing.T) {
	tests := []struct{ in, want string }{
		// what is words and what is Lua
		{"", ""},
		{" \t ; ;; \n\n", ""},
		{"ls", "ls"},
		{"  ls  ", "ls"},
		{"ls;", "ls"},
		{"ls\r\n", "ls"},
		{"ls\r\nls\r\n", "ls / ls"},
		{"ls;ls ; ls", "ls / ls / ls"},
		{"send c hello", "send [c] [hello]"},
		{"send(c, 'x')", "lua‹send(c, 'x')›"},
		{"send (c, 'x')", "lua‹send (c, 'x')›"},
		{"send = 3", "lua‹send = 3›"},
		{"send=3", "lua‹send=3›"},
		{"send == 3", "lua‹send == 3›"},
		{"send.x = 1", "lua‹send.x = 1›"},
		{"send .x = 1", "lua‹send .x = 1›"},
		{"send .. x", "lua‹send .. x›"},
		{"send:x()", "lua‹send:x()›"},
		{"send :x()", "lua‹send :x()›"},
		{"send : x 'y'", "lua‹send : x 'y'›"},
		{"send, x = 1, 2", "lua‹send, x = 1, 2›"},
		{"send , x = 1, 2", "lua‹send , x = 1, 2›"},
		{"send[1] = 2", "lua‹send[1] = 2›"},
		{"send [1] = 2", "lua‹send [1] = 2›"},
		{"send [[x]]", "lua‹send [[x]]›"},
		{"send [", "lua‹send [›"},
		{"send\t=\t3", "lua‹send\t=\t3›"},
		{"ls--x", "lua‹ls--x›"},
		{`ls"x"`, `lua‹ls"x"›`},
		{"now - t0", "now [-] [t0]"},
		{"send c = 3", "send [c] [=] [3]"},
		{"send c (x)", "send [c] [(x)]"},
		{"send c .x", "send [c] [.x]"},
		{"send c [1]", "send [c] [[1]]"},
		{"dial :80", "dial [:80]"},
		{"serve :http", "serve [:http]"},
		{"serve :http name=web", "serve [:http] [name|web]"},
		{"serve :$port", "serve [:{port}]"},
		{"dial [::1]:80", "dial [[::1]:80]"},
		{"dial [fe80::1%eth0]:80", "dial [[fe80::1%eth0]:80]"},
		{"dial [$host]:80", "dial [[{host}]:80]"},
		{"run ./x.lua", "run [./x.lua]"},
		{"run ../x.lua", "run [../x.lua]"},
		{"ls .", "ls [.]"},
		{"ls ..; ls", "ls [..] / ls"},
		{"x = 1; ls", "lua‹x = 1; ls›"},
		{"ls; x = 1; ls", "ls / lua‹x = 1; ls›"},
		{"x = 1\nls", "lua‹x = 1› / ls"},
		{"sends c x", "lua‹sends c x›"},
		{"_x", "lua‹_x›"},
		{"'ls'", "lua‹'ls'›"},
		{"1 + 2", "lua‹1 + 2›"},
		{"наме x", "lua‹наме x›"},

		// comments
		{"-- ls", ""},
		{"-- ls\nls", "ls"},
		{"--[ ls", ""},
		{"--[[ x\n]]", "lua‹--[[ x› / lua‹]]›"},
		{"--[==[ x", "lua‹--[==[ x›"},
		{"ls -- all; of them\nls", "ls / ls"},
		{"ls --", "ls"},
		{"ls --[[x]]", "ls"},
		{"send c a--b", "send [c] [a--b]"},
		{"send c '--'", "send [c] [--]"},
		{"ls;-- x", "ls"},
		{"# ls\nls", "ls"},
		{"#\n  # ls; ls\n## x\n#!x\nls", "ls"},
		{"#c", "lua‹#c›"},
		{"#(c)", "lua‹#(c)›"},
		{"ls; # x", "ls / lua‹# x›"},
		{"send c # x", "send [c] [#] [x]"},
		{"x = 1\n# ls", "lua‹x = 1›"},

		// help
		{"?", "help"},
		{"? send; ls", "help [send] / ls"},
		{"?send -- x", "help [send]"},
		{"x = ?", "lua‹x = ?›"},

		// words
		{"send  c \t x", "send [c] [x]"},
		{`send a"b c"d'e f'`, "send [ab cde f]"},
		{`send ""`, "send []"},
		{`send '' x`, "send [] [x]"},
		{`send 'a\n$x"'`, `send [a\n$x"]`},
		{`send "a;b" c; ls`, "send [a;b] [c] / ls"},
		{`send 'a;b';ls`, "send [a;b] / ls"},
		{`send "\r\n\t\a\b\f\v\e\0\x41\u{e9}\"\\\$x"`, "send [\r\n\t\a\b\f\v\x1b\x00Aé\"\\$x]"},
		{`send "\xFf\x00"`, "send [\xff\x00]"},
		{`send "\u{10FFFF}\u{0}"`, "send [\U0010ffff\x00]"},
		{`send C:\dir\new \\host\share`, `send [C:\dir\new] [\\host\share]`},
		{`send a\ b a\;b \"a\" it\'s \$x`, `send [a b] [a;b] ["a"] [it's] [$x]`},
		{`send \`, `send [\]`},
		{`send "it's" 'say "x"'`, `send [it's] [say "x"]`},
		{"send é\u00a0ü", "send [é\u00a0ü]"},

		// keys
		{"send c user=admin", "send [c] [user|admin]"},
		{`send c hex="de ad be ef"`, "send [c] [hex|de ad be ef]"},
		{"send c k= k=a=b k_2=x", "send [c] [k|] [k|a=b] [k_2|x]"},
		{`send c "k=v" k"="v 'k'=v 2k=v k-l=v =v k\=v`, `send [c] [k=v] [k=v] [k=v] [2k=v] [k-l=v] [=v] [k\=v]`},
		{`send c k=$v k=a$v $k=v k=""`, "send [c] [k|{v}] [k|a{v}] [{k}=v] [k|]"},

		// Lua in words
		{"send c $name", "send [c] [{name}]"},
		{"send c a$name.b${1 + 2}c", "send [c] [a{name}.b{1 + 2}c]"},
		{`send "a $x ${t["k"]}" '$x'`, `send [a {x} {t["k"]}] [$x]`},
		{"send $ $5 a$ $é $$x", "send [$] [$5] [a$] [$é] [${x}]"},
		{`send "$" "$5" "$$x"`, "send [$] [$5] [${x}]"},
		{"send ${{1, {2}}[1]}x", "send [{{1, {2}}[1]}x]"},
		{`send ${"}"..'}'..[[}]]..[=[}]]]=]} y`, `send [{"}"..'}'..[[}]]..[=[}]]]=]}] [y]`},
		{`send ${"\"}"} y`, `send [{"\"}"}] [y]`},
		{"send ${ x; y } z; ls", "send [{ x; y }] [z] / ls"},

		// the raw rest
		{"!ls -l; date | wc", "!‹ls -l; date | wc›"},
		{"  ! ls\r\nls", "!‹ls› / ls"},
		{"ls; !date", "ls / !‹date›"},
		{"every 5 send c x; ls", "every‹5 send c x› / ls"},
		{`every 5 send "a;b" 'c;d' ${"e;f"} g\;h ; ls`, `every‹5 send "a;b" 'c;d' ${"e;f"} g\;h› / ls`},
		{"every 5 send c x -- why; not", "every‹5 send c x›"},
		{`every 5 send c it's; ls`, `every‹5 send c it's; ls›`},
		{`every 5 send c "\"; ls`, `every‹5 send c "\"; ls›`},
		{`every 5 send c ${; ls`, `every‹5 send c ${; ls›`},
		{`time C:\\"a;b"`, `time‹C:\\"a› / lua‹b"›`},
		{"every .5 ls", "every‹.5 ls›"},
		{"every", "every‹›"},
		{"time\nls", "time‹› / ls"},
		{"alias ll = ls", "alias‹ll = ls›"},
	}
	for _, tt := range tests {
		all, err := parseLine(tt.in, testCommand, testRaw)
		if err != nil {
			t.Errorf("parseLine(%q): %v", tt.in, err)
			continue
		}
		if got := spell(all); got != tt.want {
			t.Errorf("parseLine(%q)\n got %q\nwant %q", tt.in, got, tt.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		in  string
		col int
		msg string // how the error begins
	}{
		{`send c "abc`, 8, `column 8: this quote is not closed; write \"`},
		{`send c 'abc`, 8, `column 8: this quote is not closed; write \'`},
		{`send c it's`, 10, "column 10: this quote is not closed"},
		{`send c "abc\`, 8, "column 8: this quote is not closed"},
		{"send c \"abc\nls\"", 8, "column 8: this quote is not closed"},
		{`send c "a\q"`, 10, `column 10: no escape \q; the escapes are \r \n`},
		{`send c "a\é"`, 10, `column 10: no escape \é; the escapes are \r \n`},
		{"send c \"a\\\x1b\"", 10, "column 10: no escape \\\uFFFD; the escapes are"},
		{`send c "\x"`, 9, `column 9: \x takes two hexadecimal digits`},
		{`send c "\x4"`, 9, `column 9: \x takes two hexadecimal digits`},
		{`send c "\x4g"`, 9, `column 9: \x takes two hexadecimal digits`},
		{`send c "\u"`, 9, `column 9: \u takes hexadecimal digits in braces`},
		{`send c "\u41"`, 9, `column 9: \u takes hexadecimal digits in braces`},
		{`send c "\u{}"`, 9, `column 9: \u takes hexadecimal digits in braces`},
		{`send c "\u{41"`, 9, `column 9: \u takes hexadecimal digits in braces`},
		{`send c "\u{110000}"`, 9, `column 9: \u{110000} is not a character (expected`},
		{`send c "\u{d800}"`, 9, `column 9: \u{d800} is not a character (expected`},
		{`send c "\u{fffffffffffffffff}"`, 9, `column 9: \u{ffffffffffff} is not a character`},
		{"send c ${x", 8, "column 8: this ${ is not closed"},
		{`send c "${x"`, 9, "column 9: this ${ is not closed"},
		{`send c ${"x}`, 8, "column 8: this ${ is not closed"},
		{"send c ${[[x}", 8, "column 8: this ${ is not closed"},
		{"send c ${ }", 8, "column 8: ${} has no expression"},
		{"send é 'x", 9, "column 8: this quote"},
		{"ls\nsend 'x\nls", 9, "line 2, column 6: this quote"},
		{"ls; send 'x", 10, "column 10: this quote"},
	}
	for _, tt := range tests {
		_, err := parseLine(tt.in, testCommand, testRaw)
		var syntax *syntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("parseLine(%q): error %v, want a syntaxError", tt.in, err)
			continue
		}
		if syntax.Col != tt.col || !strings.HasPrefix(err.Error(), tt.msg) || syntax.Incomplete {
			t.Errorf("parseLine(%q): column %d, %q\nwant column %d, %q...", tt.in, syntax.Col, err, tt.col, tt.msg)
		}
	}
}

func TestStatementsBeforeAnError(t *testing.T) {
	line := "ls; send c x; send 'oops; ls\nhelp"
	all, err := parseLine(line, testCommand, testRaw)
	if got := spell(all); err == nil || got != "ls / send [c] [x]" {
		t.Errorf("got %q and %v, want the two statements and an error", got, err)
	}
	_, next, err := nextStatement(line, strings.Index(line, " send 'oops"), testCommand, testRaw)
	if err == nil || line[next:] != "help" {
		t.Errorf("after the error %v: %q, want the next line", err, line[next:])
	}
}

func TestColumns(t *testing.T) {
	line := ` x(); ls` + "\n" + `  send c  k="v w"$x ${ y }  ; ls -- z`
	st, next, err := nextStatement(line, 0, testCommand, testRaw)
	if err != nil || st.Raw != "x(); ls" || st.Col != 2 || line[st.Col-1:st.End-1] != st.Raw {
		t.Fatalf("got %+v, %v", st, err)
	}
	st, next, err = nextStatement(line, next, testCommand, testRaw)
	if err != nil || st.Raw != `send c  k="v w"$x ${ y }` || st.Rest != `c  k="v w"$x ${ y }` || line[next:] != " ls -- z" {
		t.Fatalf("got %+v, %v, then %q", st, err, line[next:])
	}
	if got := line[st.Col-1 : st.End-1]; got != st.Raw {
		t.Errorf("the columns hold %q, want %q", got, st.Raw)
	}
	if got := line[st.RestCol-1:]; !strings.HasPrefix(got, st.Rest) {
		t.Errorf("at RestCol is %q, want %q", got, st.Rest)
	}
	for i, want := range []string{"c", `k="v w"$x`, "${ y }"} {
		w := st.Words[i]
		if got := line[w.Col-1 : w.End-1]; got != want {
			t.Errorf("word %d: the columns hold %q, want %q", i, got, want)
		}
	}
	w := st.Words[1]
	if !w.Quoted || w.Key != "k" || line[w.KeyEnd-1] != '"' || w.value().Quoted != true {
		t.Errorf("got %+v", w)
	}
	if p := w.Pieces[1]; p.Expr != "x" || line[p.Col-1:p.Col] != "x" {
		t.Errorf("got piece %+v", p)
	}
	if p := st.Words[2].Pieces[0]; p.Expr != " y " || line[p.Col-1:p.Col+2] != " y " {
		t.Errorf("got piece %+v", p)
	}
	if v := w.value(); len(v.Pieces) != 2 || v.Pieces[0].Text != "v w" || v.Key != "" || v.Col != w.KeyEnd {
		t.Errorf("got value %+v", v)
	}
	if _, ok := w.text(); ok {
		t.Error("a word with Lua in it has a text")
	}
	if s, ok := st.Words[0].text(); !ok || s != "c" {
		t.Errorf("got text %q, %v", s, ok)
	}
}

func TestExtendLua(t *testing.T) {
	line := "ls\n for i = 1, 2 do\n  x()\nend\nls\n"
	_, next, _ := nextStatement(line, 0, testCommand, testRaw)
	st, next, _ := nextStatement(line, next, testCommand, testRaw)
	if st.Lua != "for i = 1, 2 do" {
		t.Fatalf("got %q", st.Lua)
	}
	var ok bool
	for _, want := range []string{"for i = 1, 2 do\n  x()", "for i = 1, 2 do\n  x()\nend"} {
		if st, next, ok = extendLua(line, st); !ok || st.Lua != want {
			t.Fatalf("got %q, %v, want %q", st.Lua, ok, want)
		}
	}
	if line[next:] != "ls\n" {
		t.Errorf("then comes %q", line[next:])
	}
	if st, _, ok = extendLua(line, st); !ok {
		t.Fatal("one more line was refused")
	}
	if st, next, ok = extendLua(line, st); ok || next != len(line) {
		t.Errorf("extended beyond the end: %q, %d", st.Lua, next)
	}
}

func TestFirstWord(t *testing.T) {
	tests := []struct{ in, word, after string }{
		{"", "", ""},
		{"5", "5", ""},
		{" 5  send c x ", "5", "send c x "},
		{`"a b"  c`, "a b", "c"},
		{"-- x", "", ""},
	}
	for _, tt := range tests {
		w, after, err := firstWord(tt.in)
		got := ""
		if len(w.Pieces) > 0 {
			got, _ = w.text()
		}
		if err != nil || got != tt.word || after != tt.after {
			t.Errorf("firstWord(%q) = %q, %q, %v; want %q, %q", tt.in, got, after, err, tt.word, tt.after)
		}
	}
	if _, _, err := firstWord("'x"); err == nil {
		t.Error("no error for a quote that is not closed")
	}
}

func TestPointAt(t *testing.T) {
	tests := []struct {
		in            string
		col           int
		source, caret string
	}{
		{"send 'x", 6, "send 'x", "     ^"},
		{"ls\n\tsé 'x\nls", 9, " sé 'x", "    ^"},
		{"ls", 3, "ls", "  ^"},
		{"", 1, "", "^"},
		{"a\x1b'x", 3, "a\uFFFD'x", "  ^"},
	}
	for _, tt := range tests {
		source, caret := pointAt(tt.in, tt.col)
		if source != tt.source || caret != tt.caret {
			t.Errorf("pointAt(%q, %d)\n got %q\n     %q\nwant %q\n     %q", tt.in, tt.col, source, caret, tt.source, tt.caret)
		}
	}
}

func TestQuoteWord(t *testing.T) {
	tests := []struct{ in, want string }{
		{"hello", "hello"},
		{"./a/b.lua", "./a/b.lua"},
		{"127.0.0.1:80", "127.0.0.1:80"},
		{"[::1]:80", "[::1]:80"},
		{":80", ":80"},
		{":http", `":http"`}, // :http "x" would be Lua
		{".", `"."`},
		{"é日本", "é日本"},
		{"", `""`},
		{"my file", `"my file"`},
		{"k=v", `"k=v"`},
		{"--x", `"--x"`},
		{"(x)", `"(x)"`},
		{"=x", `"=x"`},
		{".x", `".x"`},
		{`a"b\c$d;e'f`, `"a\"b\\c\$d;e'f"`},
		{"a\r\n\tb", `"a\r\n\tb"`},
		{"\x1b\x7f\x00", `"\x1b\x7f\x00"`},
		{"\xff\u202e", `"\xff\u{202e}"`},
	}
	for _, tt := range tests {
		if got := quoteWord(tt.in); got != tt.want {
			t.Errorf("quoteWord(%q) = %s, want %s", tt.in, got, tt.want)
		}
		checkRoundTrip(t, tt.in)
	}
	for b := range 256 {
		checkRoundTrip(t, string([]byte{byte(b)}))
		checkRoundTrip(t, string([]byte{byte(b), '0', byte(b)}))
	}
}

// checkRoundTrip checks that quoteWord(s) is read as s, wherever it stands.
func checkRoundTrip(t *testing.T, s string) {
	t.Helper()
	q := quoteWord(s)
	for _, line := range []string{"send " + q, "send " + q + " " + q + "; ls", "send " + q + ` "x" -- y`} {
		all, err := parseLine(line, testCommand, testRaw)
		if err != nil || len(all) == 0 || len(all[0].Words) == 0 {
			t.Fatalf("%q gives %q, %v", line, spell(all), err)
		}
		for i, w := range all[0].Words {
			if got, ok := w.text(); !ok || got != s && (i == 0 || got != "x") || w.Key != "" {
				t.Errorf("quoteWord(%q): %s is read as %q", s, line, got)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "ls; ls", `send c "a\x41\u{e9}" k='v' $x ${y} -- z`, "x = 1\nls", "every 5 send 'a;b'; !x",
		`send "${t["}"]}`, "send ${[==[ ]==]}", "send [::1]:80", "serve :x y", "run .", "\\", "send \\", "ls -", "--[[",
		"send 'é", "send \xff\x00 \"\\\xff\"", "?s", "? send; ls",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		checkRoundTrip(t, line)
		last := 0 // the offset before which nothing may lie any more
		for from := 0; ; {
			st, next, err := nextStatement(line, from, testCommand, testRaw)
			if next < from || next > len(line) || next == from && next != len(line) {
				t.Fatalf("%q: at %d the next is %d", line, from, next)
			}
			if err != nil {
				checkError(t, line, err)
				return
			}
			if st.empty() {
				return
			}
			if st.Col-1 < last || st.End-1 > next || line[st.Col-1:st.End-1] != st.Raw {
				t.Fatalf("%q: columns of %+v, next %d", line, st, next)
			}
			if st.Lua == "" && line[st.RestCol-1:st.RestCol-1+len(st.Rest)] != st.Rest {
				t.Fatalf("%q: RestCol of %+v", line, st)
			}
			end := st.Col + len(st.Name)
			if line[st.Col-1] == '?' { // for help, with or without a blank behind it
				end = st.Col
			}
			for _, w := range st.Words {
				if w.Col <= end || w.End <= w.Col || w.End > st.End || len(w.Pieces) == 0 {
					t.Fatalf("%q: columns of %+v", line, w)
				}
				end = w.End
				for _, p := range append(w.Pieces, w.value().Pieces...) {
					if p.Col < w.Col || p.Col > w.End || p.Expr != "" && !strings.HasPrefix(line[p.Col-1:], p.Expr) {
						t.Fatalf("%q: piece %+v of %+v", line, p, w)
					}
				}
			}
			if st.Lua != "" {
				extendLua(line, st)
			}
			last, from = st.End-1, next
		}
	})
}

func checkError(t *testing.T, line string, err error) {
	t.Helper()
	var syntax *syntaxError
	if !errors.As(err, &syntax) || syntax.Col < 1 || syntax.Col > len(line) {
		t.Fatalf("%q: error %v", line, err)
	}
	source, caret := pointAt(line, syntax.Col)
	if !utf8.ValidString(source) || strings.ContainsAny(source, "\n\x1b") || len(caret) > len(line)+1 {
		t.Fatalf("%q: source %q, caret %q", line, source, caret)
	}
}

// parseLine returns all statements of line. With an error it returns those that
// precede it.
func parseLine(line string, isCommand, rawRest func(name string) bool) ([]statement, error) {
	var all []statement
	for from := 0; ; {
		st, next, err := nextStatement(line, from, isCommand, rawRest)
		if err != nil || st.empty() {
			return all, err
		}
		all = append(all, st)
		from = next
	}
}
