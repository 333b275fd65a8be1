package script

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// FuzzUnpack: whatever bytes are read in whatever format, it is values and a
// position in them, or an error of an argument; and what is packed anew from
// the values is read as the same values.
func FuzzUnpack(f *testing.F) {
	for _, format := range []string{"<I4", ">i2 s1", "z z", "!8 b d Xh", "<I8 >I8", "i16", "=f d n", "c3 x c0", "s", "!b Xd j", "c2147483647", "I17", "Xz", "s8 I1", "<!4 i3 Xi4", "V v w Q", "{1 3 4}", "I1(I1 s1) (B)", "V(V(z))", "sV", "i8(h)", "!4 B(i4)", "B((I2"} {
		f.Add(format, "\x01\x02abc\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00")
	}
	m := New(Config{Table: sockets.NewTable()})
	L, in := m.l, m.in
	pack, unpack, size := L.GetGlobal("pack"), L.GetGlobal("unpack"), L.GetGlobal("packsize")
	same := func(a, b lua.LValue) bool {
		return L.Equal(a, b) || !L.Equal(a, a) && !L.Equal(b, b) // NaN
	}
	f.Fuzz(func(t *testing.T, format, data string) {
		values, err := in.call(L, unpack, lua.LString(format), lua.LString(data))
		if err != nil {
			if s := err.String(); !strings.Contains(s, "bad argument #") && !strings.Contains(s, "does not fit") {
				t.Errorf("unpack(%q, %q): %v", format, data, err)
			}
			return
		}
		position := values[len(values)-1].(lua.LNumber)
		if position < 1 || int(position) > len(data)+1 {
			t.Fatalf("unpack(%q, %q): position %v", format, data, position)
		}
		values = values[:len(values)-1]
		packed, err := in.call(L, pack, append([]lua.LValue{lua.LString(format)}, values...)...)
		if err != nil {
			t.Fatalf("pack(%q, what unpack gives of %q): %v", format, data, err)
		}
		if n, err := in.call(L, size, lua.LString(format)); err == nil && int(n[0].(lua.LNumber)) != len(packed[0].(lua.LString)) {
			t.Errorf("packsize(%q) = %v, but pack gives %q", format, n[0], packed[0])
		}
		again, err := in.call(L, unpack, lua.LString(format), packed[0])
		if strings.Contains(format, "(") && err == nil {
			// Tables: what is packed of them tells whether they are the same.
			anew, err := in.call(L, pack, append([]lua.LValue{lua.LString(format)}, again[:len(again)-1]...)...)
			if err != nil || anew[0] != packed[0] {
				t.Errorf("%q of %q: packed as %q, then %v, %v", format, data, packed[0], anew, err)
			}
			return
		}
		if err != nil || !slices.EqualFunc(again[:len(again)-1], values, same) {
			t.Errorf("%q of %q: %v, then %v of %q, %v", format, data, values, again, packed[0], err)
		}
	})
}

func goOn() error { return nil }

// FuzzDecoders: hex, base64 and JSON give of any text a value that is the same
// after it was encoded and decoded again, or an error that names them.
func FuzzDecoders(f *testing.F) {
	for _, s := range []string{"", "48 65:6c", "0g", "aGVsbG8=", "A===", "_-8", `{"a":[1,2.5e3,null,true,"\u00e9"]}`, "[[[[", `{"a":1,"a":2}`, "9007199254740993", "1e999", "\"\xff\"", "-0"} {
		f.Add(s)
	}
	m := New(Config{Table: sockets.NewTable()})
	L, in := m.l, m.in
	f.Fuzz(func(t *testing.T, s string) {
		for _, lib := range []string{"hex", "base64", "json"} {
			decode, encode := L.GetField(L.GetGlobal(lib), "decode"), L.GetField(L.GetGlobal(lib), "encode")
			values, err := in.call(L, decode, lua.LString(s))
			if err != nil {
				if !strings.HasPrefix(err.String(), lib+".decode: ") || len(err.String()) > 200 {
					t.Errorf("%s.decode(%q): %v", lib, s, err)
				}
				continue
			}
			text, err := in.call(L, encode, values[0])
			if err != nil {
				t.Errorf("%s.encode of what decode gives of %q: %v", lib, s, err)
				continue
			}
			again, err := in.call(L, decode, text[0])
			if err != nil {
				t.Errorf("%s.decode(%q), which encode made of %q: %v", lib, text[0], s, err)
				continue
			}
			if anew, err := in.call(L, encode, again[0]); err != nil || anew[0] != text[0] {
				t.Errorf("%s of %q: %q, then %v, %v", lib, s, text[0], anew, err)
			}
		}
	})
}

// FuzzExpect: an alternative of expect is refused, or matches within what has
// come, a Lua pattern and a plain text where string.find finds them.
func FuzzExpect(f *testing.F) {
	for _, p := range []string{"^%+OK (.*)\r\n", "%d+", "(", "[", "^", "", "()", "%f[%w]%w+", "a.-z", `(?s)a.*z`, `(\d+)`, `\xff`, "."} {
		f.Add("+OK ready\r\n220 a \xff z", p)
		f.Add("", p)
	}
	m := New(Config{Table: sockets.NewTable()})
	L, in := m.l, m.in
	lib := L.GetGlobal("string")
	f.Fuzz(func(t *testing.T, s, text string) {
		if len(s) > 40 || strings.Count(text, "?")+strings.Count(text, "*")+strings.Count(text, "+")+strings.Count(text, "-") > 4 {
			t.Skip("may take for ever, as in lua")
		}
		for _, what := range []string{"pattern", "text", "regex"} {
			a, err := newAlternative(what, text)
			if err != nil {
				if what != "regex" || strings.Contains(err.Error(), "error parsing") {
					t.Errorf("%s %q: %v", what, text, err)
				}
				continue
			}
			var end int
			var caught []lua.LValue
			var ok bool
			come := s[:len(s)/2]
			if _, _, early, err := a.find(come, goOn); !early && err == nil {
				come = s // the rest comes, and is looked at by what is known
			}
			s := come
			end, caught, ok, err = a.find(s, goOn)
			switch {
			case err != nil:
				var bad patternError
				if what != "pattern" || !errors.As(err, &bad) {
					t.Errorf("%v: %v", &a, err)
				}
				continue
			case ok && (end < 0 || end > len(s) || len(caught) == 0):
				t.Fatalf("%v of %q: end %d, caught %v", &a, s, end, caught)
			case what == "regex":
				continue
			}
			found, failed := in.call(L, L.GetField(lib, "find"), lua.LString(s), lua.LString(text), lua.LNumber(1), lua.LBool(what == "text"))
			if failed != nil || ok != (found[0] != lua.LNil) || ok && int(found[1].(lua.LNumber)) != end {
				t.Errorf("%v of %q: end %d, %v; string.find: %v, %v", &a, s, end, ok, found, failed)
			}
		}
	})
}
