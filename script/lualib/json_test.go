package lualib

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestJSONErrors(t *testing.T) {
	for _, tt := range []struct{ expr, want string }{
		{`json.decode("")`, "json.decode: unexpected end of JSON input at byte 1"},
		{`json.decode("[1,")`, "json.decode: unexpected end of JSON input at byte 3"},
		{`json.decode('{"a": tru}')`, "json.decode: invalid character '}' in literal true (expecting 'e') at byte 10"},
		{`json.decode("[1] x")`, "json.decode: invalid character 'x' after top-level value at byte 5"},
		{`json.decode('"a\255"')`, "json.decode: invalid UTF-8 at byte 3"},
		{`json.decode("1e999")`, "json.decode: the number 1e999 is out of range at byte 5"},
		{`json.decode(("["):rep(2000) .. ("]"):rep(2000))`, "json.decode: nested more than 1000 levels deep at byte 1001"},
		{`json.encode({1, x = 2})`, "json.encode: cannot encode an array that also has the key x"},
		{`json.encode({[{}] = 1})`, "json.encode: cannot encode an object with a key that is not a string: table"},
		{`json.encode(print)`, "json.encode: cannot encode a function"},
		{`json.encode(0/0)`, "json.encode: cannot encode the number"},
		{`json.encode("\255")`, "json.encode: invalid UTF-8 at byte 1 of a string (encode bytes with hex or base64)"},
		{`(function() local t = {} t[1] = t return json.encode(t) end)()`, "json.encode: nested more than 1000 levels deep, or a table that contains itself"},
	} {
		got := runText(t, "print(select(2, pcall(function() return "+tt.expr+" end)))")
		if _, text, _ := strings.Cut(got, ": "); !strings.HasPrefix(strings.TrimSpace(text), tt.want) {
			t.Errorf("%s:\n got %s\nwant %s", tt.expr, text, tt.want)
		}
	}
}

// TestJSONOrder: the keys of an object keep their order through both.
func TestJSONOrder(t *testing.T) {
	text := `{"zeta":1,"alpha":[],"mid":{"b":2,"a":{}},"n":-0.5,"big":18446744073709551615}`
	if got := runText(t, "print(json.encode(json.decode(arg[1])))", text); got != text+"\n" {
		t.Errorf("got %swant %s", got, text)
	}
}

// FuzzJSON: what is decoded and encoded means the same to package json.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,null,true,"\u00e9\n"]}`, `[]`, `{}`, `"x"`, `-0`, `1e3`, `[[[]]]`, `{"a":1,"a":2}`, `123456789012345678901234567890`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if invalidUTF8(text) >= 0 || strings.ContainsRune(text, 0) {
			return
		}
		got := runText(t, "local ok, v = pcall(json.decode, arg[1]) print(ok and json.encode(v) or 'error: ' .. v)", text)
		var want, have any
		err := json.Unmarshal([]byte(text), &want)
		if strings.HasPrefix(got, "error: ") {
			if err == nil && !strings.Contains(got, "out of range") && !strings.Contains(got, "deep") {
				t.Errorf("%q: %s, and package json reads it", text, got)
			}
			return
		}
		if err != nil {
			t.Fatalf("%q is read as %s; package json: %v", text, got, err)
		}
		if err := json.Unmarshal([]byte(got), &have); err != nil {
			t.Fatalf("%q became %q: %v", text, got, err)
		}
		if !reflect.DeepEqual(have, want) && !strings.Contains(text, "-0") {
			t.Errorf("%q became %q", text, got)
		}
	})
}
