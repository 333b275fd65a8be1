package lualib

import (
	"io"
	"slices"
	"strings"
	"testing"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// FuzzUnpack: whatever bytes are read in whatever format, it is values and a
// position in them, or an error of an argument; and what is packed anew from
// the values is read as the same values.
func FuzzUnpack(f *testing.F) {
	for _, format := range []string{"<I4", ">i2 s1", "z z", "!8 b d Xh", "<I8 >I8", "i16", "=f d n", "c3 x c0", "s", "!b Xd j", "c2147483647", "I17", "Xz", "s8 I1", "<!4 i3 Xi4", "V v w Q", "{1 3 4}", "I1(I1 s1) (B)", "V(V(z))", "sV", "i8(h)", "!4 B(i4)", "B((I2"} {
		f.Add(format, "\x01\x02abc\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00")
	}
	L := newLibrary(f, io.Discard)
	in := lua51.InterpOf(L)
	pack, unpack, size := L.GetGlobal("pack"), L.GetGlobal("unpack"), L.GetGlobal("packsize")
	same := func(a, b lua.LValue) bool {
		return L.Equal(a, b) || !L.Equal(a, a) && !L.Equal(b, b) // NaN
	}
	f.Fuzz(func(t *testing.T, format, data string) {
		values, err := in.PCall(L, unpack, lua.LString(format), lua.LString(data))
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
		packed, err := in.PCall(L, pack, append([]lua.LValue{lua.LString(format)}, values...)...)
		if err != nil {
			t.Fatalf("pack(%q, what unpack gives of %q): %v", format, data, err)
		}
		if n, err := in.PCall(L, size, lua.LString(format)); err == nil && int(n[0].(lua.LNumber)) != len(packed[0].(lua.LString)) {
			t.Errorf("packsize(%q) = %v, but pack gives %q", format, n[0], packed[0])
		}
		again, err := in.PCall(L, unpack, lua.LString(format), packed[0])
		if strings.Contains(format, "(") && err == nil {
			// Tables: what is packed of them tells whether they are the same.
			anew, err := in.PCall(L, pack, append([]lua.LValue{lua.LString(format)}, again[:len(again)-1]...)...)
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

// FuzzDecoders: hex, base64 and JSON give of any text a value that is the same
// after it was encoded and decoded again, or an error that names them.
func FuzzDecoders(f *testing.F) {
	for _, s := range []string{"", "48 65:6c", "0g", "aGVsbG8=", "A===", "_-8", `{"a":[1,2.5e3,null,true,"\u00e9"]}`, "[[[[", `{"a":1,"a":2}`, "9007199254740993", "1e999", "\"\xff\"", "-0"} {
		f.Add(s)
	}
	L := newLibrary(f, io.Discard)
	in := lua51.InterpOf(L)
	f.Fuzz(func(t *testing.T, s string) {
		for _, lib := range []string{"hex", "base64", "json"} {
			decode, encode := L.GetField(L.GetGlobal(lib), "decode"), L.GetField(L.GetGlobal(lib), "encode")
			values, err := in.PCall(L, decode, lua.LString(s))
			if err != nil {
				if !strings.HasPrefix(err.String(), lib+".decode: ") || len(err.String()) > 200 {
					t.Errorf("%s.decode(%q): %v", lib, s, err)
				}
				continue
			}
			text, err := in.PCall(L, encode, values[0])
			if err != nil {
				t.Errorf("%s.encode of what decode gives of %q: %v", lib, s, err)
				continue
			}
			again, err := in.PCall(L, decode, text[0])
			if err != nil {
				t.Errorf("%s.decode(%q), which encode made of %q: %v", lib, text[0], s, err)
				continue
			}
			if anew, err := in.PCall(L, encode, again[0]); err != nil || anew[0] != text[0] {
				t.Errorf("%s of %q: %q, then %v, %v", lib, s, text[0], anew, err)
			}
		}
	})
}
