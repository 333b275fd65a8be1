package lualib

import (
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// TestLengthOverflow gives a length of more bits than an int of a 32-bit machine
// has: it must stay larger than every limit, and not wrap to a small one.
func TestLengthOverflow(t *testing.T) {
	header := &lua.LTable{}
	header.RawSetString("length", lua.LString("<I8"))
	f, err := ParseFraming(header)
	if err != nil {
		t.Fatal(err)
	}
	for _, high := range []byte{1, 0x7f} {
		for at := 4; at < 8; at++ {
			p := []byte{5, 0, 0, 0, 0, 0, 0, 0}
			p[at] = high
			n, err := f.size(p)
			if err == nil && n < 1<<30 {
				t.Errorf("the length % x is taken for %d bytes", p, n)
			}
		}
	}
}
