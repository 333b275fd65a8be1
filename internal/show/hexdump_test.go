package show

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

func TestHexdump(t *testing.T) {
	tests := []struct {
		in      string
		offset  int64
		columns int
		want    string
	}{
		{"", 0, 80, ""},
		{"GET / HTTP/1.1\r\n", 0, 80, "00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|\n"},
		{"GET / HTTP/1.1\r\n", 0, 78, "00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|\n"},
		{"abc", 16, 0, "00000010  61 62 63                                          |abc|\n"},
		{"0123456789", 0, 77, "00000000  30 31 32 33 34 35 36 37  |01234567|\n00000008  38 39                    |89|\n"},
		{"01234\x7f", 255, 44, "000000ff  30 31 32 33  |0123|\n00000103  34 7f        |4.|\n"},
		{"01234", 0, 29, "00000000  30 31 32 33  |0123|\n00000004  34           |4|\n"},
		{"01234", 0, 20, "30 31 32 33  |0123|\n34           |4|\n"},
		{"a", 1<<32 - 1, 0, "0ffffffff  61                                                |a|\n"},
		{"\xff\xc3\xa9 ~", 0, 40, "00000000  ff c3 a9 20  |... |\n00000004  7e           |~|\n"},
	}
	for _, tt := range tests {
		if got := HexdumpWidth([]byte(tt.in), tt.offset, tt.columns); got != tt.want {
			t.Errorf("HexdumpWidth(%q, %d, %d)\n%swant\n%s", tt.in, tt.offset, tt.columns, got, tt.want)
		}
	}
}

func FuzzHexdump(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\n\x1b\xff\x00"), int64(0), 80)
	f.Add([]byte("x"), int64(math.MaxInt64), 20)
	f.Add(bytes.Repeat([]byte{0x9b}, 33), int64(-1), 1)
	f.Fuzz(func(t *testing.T, p []byte, offset int64, columns int) {
		s := HexdumpWidth(p, offset, columns)
		checkSafe(t, s)
		if (s == "") != (len(p) == 0) || s != "" && !strings.HasSuffix(s, "|\n") {
			t.Fatalf("%q", s)
		}
		if columns < 19 {
			return
		}
		for line := range strings.Lines(s) {
			if len(line)-1 > columns {
				t.Fatalf("wider than %d: %q", columns, line)
			}
		}
	})
}

func BenchmarkHexdump(b *testing.B) {
	p := bytes.Repeat([]byte("\x00\x01ab\xff\xfe\r\n"), 64<<10/8)
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for b.Loop() {
		HexdumpWidth(p, 0, 0)
	}
}
