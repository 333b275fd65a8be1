package show

import (
	"bytes"
	"testing"
)

// TestPiece is how bytes look in a report: text by lines, all else as a hexdump
// whose repeated lines are left out.
func TestPiece(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
		want string
	}{
		{"nothing", nil, ""},
		{"text", []byte("one\r\ntwo"), "\"one\\r\\n\"\n\"two\"\n"},
		{"two lines alike", make([]byte, 32), "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n" +
			"00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n"},
		{"many lines alike", append(make([]byte, 64), 1), "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n" +
			"00000040  01                                                |.|\n"},
		{"no run over another line", bytes.Join([][]byte{make([]byte, 16), make([]byte, 16)}, bytes.Repeat([]byte{1}, 16)),
			"00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n" +
				"00000010  01 01 01 01 01 01 01 01  01 01 01 01 01 01 01 01  |................|\n" +
				"00000020  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Piece(tt.in); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}
