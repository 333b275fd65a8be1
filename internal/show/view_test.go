package show

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	tests := []struct {
		in, want string
		ok       bool
	}{
		{`{"b":1,"a":[1.50,1e400,12345678901234567890],"a":{}}`,
			"{\n  \"b\": 1,\n  \"a\": [\n    1.50,\n    1e400,\n    12345678901234567890\n  ],\n  \"a\": {}\n}\n", true},
		{" [] \r\n", "[]\n", true},
		{`["a\nb\\","C:\\x"]`, "[\n  \"a\\nb\\\\\",\n  \"C:\\\\x\"\n]\n", true},
		{"[\"\x7f\u0085\u202e\U000e0041\"]", "[\n  \"" + `\u007f\u0085\u202e\udb40\udc41` + "\"\n]\n", true},
		{"[\"\u0301e\u0301\"]", "[\n  \"\\u0301e\u0301\"\n]\n", true},
		{"[\"日本 é\"]", "[\n  \"日本 é\"\n]\n", true},
		{"", "", false},
		{"12", "", false},
		{`"text"`, "", false},
		{"null", "", false},
		{"{} {}", "", false},
		{`{"a":1`, "", false},
		{"[\"\xff\"]", "", false},
		{"[\"\x1b\"]", "", false},
		{strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "", false}, // 160 MB indented
		{strings.Repeat("[", 20) + strings.Repeat("]", 20), "", true},
	}
	for _, tt := range tests {
		got, ok := JSON([]byte(tt.in))
		if ok != tt.ok || tt.want != "" && got != tt.want {
			t.Errorf("JSON(%.80q) = %q, %v\nwant %q, %v", tt.in, got, ok, tt.want, tt.ok)
		}
		checkJSON(t, []byte(tt.in))
	}
}

// checkJSON checks that what JSON gives is safe, and the same value.
func checkJSON(t *testing.T, p []byte) {
	t.Helper()
	s, ok := JSON(p)
	if !ok {
		if s != "" {
			t.Fatalf("JSON(%q) gives %q", p, s)
		}
		return
	}
	checkSafe(t, s)
	if len(s) > 64*len(p)+4096 {
		t.Fatalf("%d bytes became %d", len(p), len(s))
	}
	var before, after any
	if json.Unmarshal(p, &before) != nil {
		return // a number out of range
	}
	if err := json.Unmarshal([]byte(s), &after); err != nil {
		t.Fatalf("JSON(%q) is none: %v", p, err)
	}
	a, _ := json.Marshal(before)
	b, _ := json.Marshal(after)
	if !bytes.Equal(a, b) {
		t.Fatalf("JSON(%q) is %s, want %s", p, b, a)
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,2.0,{"b":null}]}`, "[\"\u202e\x7f\u0301\"]", "[\"\xff\"]", `["\\\"\u202e"]`, "[[[[[[]]]]]]", "{", " [1 ] ",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, p []byte) { checkJSON(t, p) })
}

func TestRender(t *testing.T) {
	const dump = "00000000  00 61                                             |.a|\n"
	tests := []struct {
		view     View
		in, want string
	}{
		{Auto, "", ""},
		{Auto, "hello", "hello\n"},
		{Auto, "hello\n", "hello\n"},
		{Auto, "+OK\r\n", "+OK\n"},
		{Auto, "\r\n", "\n"},
		{Auto, "\n\n", "\n\n"},
		{Auto, `C:\x`, `C:\\x` + "\n"},
		{Auto, "привет\n", "привет\n"},
		{Auto, "\x1b[1mbold words\x1b[0m", `\x1b[1mbold words\x1b[0m` + "\n"},
		{Auto, "\x00a", dump},
		{Auto, "\xff\xfe", "00000000  ff fe                                             |..|\n"},
		{Auto, "hello\x00", "00000000  68 65 6c 6c 6f 00                                 |hello.|\n"},
		{Auto, `{"a":1}` + "\n", "{\n  \"a\": 1\n}\n"},
		{JSONView, `[1]`, "[\n  1\n]\n"},
		{JSONView, "hello", "hello\n"},
		{JSONView, "\x00a", dump},
		{TextView, "\x00a", `\x00a` + "\n"},
		{TextView, `[1]`, "[1]\n"},
		{Hex, "\x00a", dump},
		{None, "hello", ""},
	}
	for _, tt := range tests {
		if got := tt.view.Render([]byte(tt.in), 80); got != tt.want {
			t.Errorf("%s.Render(%q)\n got %q\nwant %q", tt.view, tt.in, got, tt.want)
		}
	}
}

func TestRenderHostile(t *testing.T) {
	inputs := map[string][]byte{
		"nested":    []byte(strings.Repeat("[", 10000) + strings.Repeat("]", 10000)),
		"wide":      []byte(strings.Repeat("[", 500) + "1" + strings.Repeat(",1", 100000) + strings.Repeat("]", 500)),
		"escapes":   bytes.Repeat([]byte{0x1b}, 1<<18),
		"marks":     bytes.Repeat([]byte("\u0301"), 1<<17),
		"unclosed":  bytes.Repeat([]byte("["), 1<<18),
		"backslash": bytes.Repeat([]byte{'\\'}, 1<<18),
	}
	for name, p := range inputs {
		for _, v := range Views() {
			if s := v.Render(p, 80); len(s) > 10*len(p)+4096 {
				t.Errorf("%s, %s: %d bytes became %d", name, v, len(p), len(s))
			}
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, s := range []string{
		"", "hello\r\n", "\x00\x01", `{"a":"` + "\u202e" + `"}`, "\x1b[2J", "a\xff", "\u0301",
	} {
		f.Add([]byte(s), 80)
		f.Add([]byte(s), 20)
	}
	f.Fuzz(func(t *testing.T, p []byte, columns int) {
		for _, v := range append(Views(), "?") {
			s := v.Render(p, columns)
			checkSafe(t, s)
			if (s == "") != (len(p) == 0 || v == None) || s != "" && !strings.HasSuffix(s, "\n") {
				t.Fatalf("%s.Render(%q) = %q", v, p, s)
			}
		}
	})
}
