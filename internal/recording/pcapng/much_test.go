package pcapng

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"sosh/internal/recording"
	"sosh/internal/recording/capture"
)

// TestMuch writes 64 MiB in one direction, and 10,000 datagrams, with the events of both ends.
func TestMuch(t *testing.T) {
	t.Parallel()
	const pieces = 64
	piece := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	var p play
	a, b := p.pair("tcp4", "127.0.0.1:40000", "127.0.0.1:40100")
	u, v := p.actor("u", "udp4", "127.0.0.1:40001", "127.0.0.1:81"), p.actor("v", "udp4", "0.0.0.0:81", "127.0.0.1:40001")
	for i := range 10_000 {
		if i < pieces {
			a.Data, b.Data = piece, piece
			for _, one := range []recording.Event{a.Event, b.Event} {
				one.Type = recording.Sent
				if one.Handle == b.Handle {
					one.Type = recording.Data
				}
				p.events = append(p.events, one)
			}
		}
		u.did(recording.Sent, fmt.Sprint("datagram ", i))
	}
	for i := range 10_000 {
		v.did(recording.Data, fmt.Sprint("datagram ", i))
	}
	a.did(recording.Closed, "")
	whole := write(t, Options{}, p.events...)

	r, err := capture.Open(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	size, datagrams := 0, 0
	for {
		ev, err := r.Next()
		if err == io.EOF {
			break
		}
		switch {
		case err != nil || ev.Type == recording.Note || ev.Type == recording.Lost:
			t.Fatalf("%+v, %v", ev, err)
		case ev.Type == recording.Sent && strings.HasPrefix(ev.Kind, "udp"):
			datagrams++
		case ev.Type == recording.Sent:
			for i := range ev.Data {
				if ev.Data[i] != piece[size&15] {
					t.Fatalf("byte %d is %q", size, ev.Data[i])
				}
				size++
			}
		}
	}
	if size != pieces<<20 || datagrams != 10_000 {
		t.Errorf("%d bytes and %d datagrams", size, datagrams)
	}
	out := newDump(t, whole).tshark("-q", "-z", "expert,note", "-z", "conv,udp", "-o", "tcp.check_checksum:TRUE")
	if !strings.Contains(out, " 10000 ") || strings.Count(out, "Sequence") != 1 {
		t.Errorf("tshark says:\n%s", out)
	}
}
