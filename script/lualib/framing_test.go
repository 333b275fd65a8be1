package lualib

import (
	"fmt"
	"strings"
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
			n, err := f.Size(p, 0)
			if err == nil && n < 1<<30 {
				t.Errorf("the length % x is taken for %d bytes", p, n)
			}
		}
	}
}

// TestWrapLimit refuses a message of more than max bytes, and one that its length
// cannot count.
func TestWrapLimit(t *testing.T) {
	how := &lua.LTable{}
	how.RawSetString("length", lua.LString("B"))
	how.RawSetString("max", lua.LNumber(300))
	f, err := ParseFraming(how)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		n    int
		want string
	}{
		{255, ""},
		{256, "a message of 256 bytes does not fit a length of 1 byte"},
		{301, "the message has 301 bytes and max is 300"},
	} {
		_, err := f.Wrap(strings.Repeat("x", tt.n))
		if got := fmt.Sprint(err); err == nil && tt.want != "" || err != nil && got != tt.want {
			t.Errorf("a message of %d bytes: %v, want %q", tt.n, err, tt.want)
		}
	}
}
