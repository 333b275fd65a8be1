package lualib

import (
	"io"
	"strings"
	"testing"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// FuzzBER: any bytes are an element and a position in them, or an error with a
// code; and what is encoded anew is decoded as the same.
func FuzzBER(f *testing.F) {
	for _, s := range []string{"", "0\x0c\x02\x01\x01`\a\x02\x01\x03\x04\x00\x80\x00", "0\x80\x05\x00\x00\x00", "\x06\x03\x2a\x86\x48", "\xbf\x81\x48\x03\x01\x01\xff", "0\x84\xff\xff\xff\xff", "\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff", strings.Repeat("0\x80", 200)} {
		f.Add(s)
	}
	L := newLibrary(f, io.Discard)
	in := lua51.InterpOf(L)
	lib := L.GetGlobal("ber")
	decode, encode := L.GetField(lib, "decode"), L.GetField(lib, "encode")
	f.Fuzz(func(t *testing.T, s string) {
		values, err := in.PCall(L, decode, lua.LString(s))
		if err != nil {
			e, ok := err.(*lua.LTable)
			if code := lua.LVAsString(e.RawGetString("code")); !ok || code != "short" && code != "bad" {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if at := values[1].(lua.LNumber); at < 3 || int(at) > len(s)+1 {
			t.Fatalf("%q: position %v", s, at)
		}
		once, err := in.PCall(L, encode, values[0])
		if err != nil {
			t.Fatalf("%q: encode: %v", s, err)
		}
		again, err := in.PCall(L, decode, once[0])
		if err != nil {
			t.Fatalf("%q: encoded as %q, then %v", s, once[0], err)
		}
		if twice, err := in.PCall(L, encode, again[0]); err != nil || twice[0] != once[0] {
			t.Errorf("%q: encoded as %q, then %v, %v", s, once[0], twice, err)
		}
	})
}

// FuzzVarint: a number is read as it was written, in every form, and any bytes
// are a number of at most that many bytes, or an error.
func FuzzVarint(f *testing.F) {
	for _, v := range []uint64{0, 1, 127, 128, 1<<14 - 1, 1 << 30, 1<<62 - 1, 1 << 63, 1<<64 - 1} {
		f.Add(v, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", uint8(5))
	}
	f.Fuzz(func(t *testing.T, v uint64, s string, width uint8) {
		for _, form := range varForms {
			if _, n, err := readVarint(s, form); err == nil && (n < 1 || n > len(s)) {
				t.Errorf("form %d of %q: %d bytes", form, s, n)
			}
			if form == varQUIC && v > maxQUIC {
				continue
			}
			p := appendVarint(nil, form, v)
			if got, n, err := readVarint(string(p)+s, form); got != v || n != len(p) || err != nil {
				t.Errorf("form %d: %d as %x is %d of %d bytes, %v", form, v, p, got, n, err)
			}
		}
		w := int(width%8) + 1
		p := appendPrefixed(nil, v, w, 0)
		if got, _, n, err := readPrefixed(string(p)+s, w); got != v || n != len(p) || err != nil {
			t.Errorf("prefix of %d bits: %d as %x is %d of %d bytes, %v", w, v, p, got, n, err)
		}
		readPrefixed(s, w)
	})
}
