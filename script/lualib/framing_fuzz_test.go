package lualib

import (
	"bytes"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// FuzzFraming: no bytes make a framing panic or take what is not there, and
// what is wrapped is found again with anything after it.
func FuzzFraming(f *testing.F) {
	for _, s := range []string{"", "line\r\nrest", "5:hello,", "\x00\x03abc", "999999999999:", "\xff\xff\xff\xff", "0:,", "250-a\r\n250 b\r\n", ".a\r\n..\r\n.\r\n", "GET /\r\n\r\n", "a\n\nb"} {
		f.Add([]byte(s))
	}
	header := &lua.LTable{}
	header.RawSetString("length", lua.LString(">i2"))
	counted := &lua.LTable{}
	counted.RawSetString("length", lua.LString("<I4"))
	counted.RawSetString("includes_header", lua.LTrue)
	variable := &lua.LTable{}
	variable.RawSetString("length", lua.LString("V"))
	quic := &lua.LTable{}
	quic.RawSetString("length", lua.LString("Q"))
	delimited := &lua.LTable{}
	delimited.RawSetString("delimiter", lua.LString("::"))
	hows := []lua.LValue{lua.LString("line"), lua.LString("crlf"), lua.LString("netstring"), header, counted, variable, quic, delimited, lua.LString("dot"), lua.LString("head"), lua.LString("reply")}
	f.Fuzz(func(t *testing.T, p []byte) {
		for _, how := range hows {
			fr, err := ParseFraming(how)
			if err != nil {
				t.Fatal(err)
			}
			n, err := fr.Size(p, 0)
			if err == nil && n > 0 && n <= len(p) {
				if body := fr.Body(p[:n]); len(body) > n {
					t.Errorf("%v: a body of %d bytes of %d", how, len(body), n)
				}
			}
			framed, err := fr.Wrap(string(p))
			if err != nil {
				continue
			}
			stream := append([]byte(framed), "more"...)
			n, err = fr.Size(stream, 0)
			if err != nil || n < 1 || n > len(stream) {
				t.Fatalf("%v: of %q: %d, %v", how, stream, n, err)
			}
			// It is found at the same place if the stream arrives in two pieces.
			if first, err := fr.Size(stream[:len(p)/2], 0); err == nil && first == 0 {
				if again, err := fr.Size(stream, len(p)/2); again != n || err != nil {
					t.Fatalf("%v: of %q in two pieces: %d, %v; want %d", how, stream, again, err, n)
				}
			}
			body := fr.Body(stream[:n])
			if n == len(framed) && !bytes.Equal(body, p) && how != hows[0] && (how != lua.LString("dot") || !bytes.Equal(body, append(p, "\r\n"...))) {
				t.Errorf("%v: %q became %q", how, p, body)
			}
		}
	})
}
