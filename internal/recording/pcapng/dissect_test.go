package pcapng

import (
	"bytes"
	"strings"
	"testing"

	"sosh/internal/recording"

	"github.com/gopacket/gopacket/pcapgo"
)

// TestDissectors has tshark say what protocols it finds, where and when, and what made the
// capture.
func TestDissectors(t *testing.T) {
	t.Parallel()
	var p play
	c := p.actor("\x1b[31mevil\nname", "tcp4", "127.0.0.1:40000", "127.0.0.1:80")
	c.did(recording.Connected, "")
	c.did(recording.Sent, "GET /page HTTP/1.1\r\nHost: h\r\n\r\n")
	c = p.actor("r", "tcp4", "127.0.0.1:40001", "127.0.0.1:6379")
	c.did(recording.Connected, "")
	c.did(recording.Sent, "*1\r\n$4\r\nPING\r\n")
	c.did(recording.Data, "+PONG\r\n")
	c = p.actor("d", "udp4", "0.0.0.0:40002", "127.0.0.1:53")
	c.did(recording.Sent, "\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03org\x00\x00\x01\x00\x01")
	p.events = append(p.events, recording.Event{Type: recording.Lost, N: 3})
	c = p.actor("t", "tcp", "", "127.0.0.1:81")
	c.Op, c.Error = "connect", "connection refused (ECONNREFUSED)"
	c.did(recording.Failed, "")
	whole := write(t, Options{}, p.events...)
	r, err := pcapgo.NewNgReader(bytes.NewReader(whole), pcapgo.DefaultNgReaderOptions)
	if err != nil || r.SectionInfo().Application != header.Program {
		t.Errorf("made by %+v, %v", r.SectionInfo(), err)
	}
	f := newDump(t, whole)
	out := f.tshark("-T", "fields", "-E", "separator=|", "-e", "frame.time_epoch", "-e", "http.request.uri", "-e", "resp.bulk_string.value", "-e", "resp.string",
		"-e", "dns.qry.name", "-e", "tcp.flags.str", "-e", "frame.comment", "-z", "expert,warn")
	for _, want := range []string{
		`1700000000.123457789|/page||||·······AP···|\x1b[31mevil\nname: send`,
		`|50494e47|||·······AP···|r: send`,
		`|PONG||·······AP···|r: recv`,
		`|example.org||d: send`,
		`lost events before this packet: 3,t: connect`,
		`·······A·R··|t: connection refused (ECONNREFUSED)`,
		"   1   Sequence                TCP  Connection reset (RST)",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %q in:\n%s", want, out)
		}
	}
	if n := strings.Count(out, "   Sequence"); n != 1 {
		t.Errorf("%d kinds of expert information:\n%s", n, out)
	}
}
