package netcat

import (
	"bytes"
	"testing"
)

// TestTelnetParse: what is taken out and what is answered does not depend on
// where reads end.
func TestTelnetParse(t *testing.T) {
	const stream = "a\xff\xfd\x01b\xff\xffc" + // DO, a byte of 255
		"\xff\xfb\x03\xff\xfc\x05\xff\xfe\x06" + // WILL, WONT, DONT
		"\xff\xfa\x18\x00xterm\xff\xff\xff\xfd\x07\xff\xf0d" + // a subnegotiation with IAC IAC and IAC DO in it
		"\xff\xf1e\xff" // NOP, and the beginning of a command
	const wantData, wantReply = "ab\xffcde", "\xff\xfc\x01\xff\xfe\x03"
	for size := 1; size <= len(stream); size++ {
		var parser telnet
		var data, reply bytes.Buffer
		for p := []byte(stream); len(p) > 0; {
			piece := p[:min(size, len(p))]
			d, r := parser.parse(piece)
			data.Write(d)
			reply.Write(r)
			if len(r) > len(piece)+2 {
				t.Errorf("pieces of %d: %d bytes answer %d", size, len(r), len(piece))
			}
			p = p[len(piece):]
		}
		if data.String() != wantData || reply.String() != wantReply {
			t.Errorf("pieces of %d: data %q and answer %q, want %q and %q", size, data.String(), reply.String(), wantData, wantReply)
		}
	}
}
