package capture

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"sosh/internal/recording"

	"github.com/gopacket/gopacket/layers"
)

// TestAnyOrder sends a stream in segments of any order, repeated and overlapping. It comes as it
// was sent, in order, and then its end.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		text := make([]byte, 1+r.IntN(60))
		for i := range text {
			text[i] = byte('0' + i)
		}
		f := &film{t: t, link: layers.LinkTypeRaw}
		f.handshake()
		var parts [][2]int
		for at := 0; at < len(text); {
			end := min(len(text), at+1+r.IntN(9))
			parts = append(parts, [2]int{at, end})
			if r.IntN(3) == 0 { // again, with more or less
				from := max(0, at-r.IntN(9))
				parts = append(parts, [2]int{from, min(len(text), from+1+r.IntN(20))})
			}
			at = end
		}
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		fin := r.IntN(len(parts) + 1)
		for i := range len(parts) + 1 {
			if i == fin {
				f.tcp(false, "FA", 1+uint32(len(text)), "")
			}
			if i < len(parts) {
				f.tcp(false, "A", 1+uint32(parts[i][0]), string(text[parts[i][0]:parts[i][1]]))
			}
		}
		var got []byte
		end := false
		c, err := Open(bytes.NewReader(f.ng(1 << 16)))
		if err != nil {
			t.Fatal(err)
		}
		for {
			ev, err := c.Next()
			if err == io.EOF {
				break
			}
			switch ev.Type {
			case recording.Sent:
				got = append(got, ev.Data...)
			case recording.HalfClose:
				end = true
			case recording.Gap, recording.Note:
				t.Errorf("seed %d: %+v", seed, ev)
			}
			if end && len(got) < len(text) {
				t.Fatalf("seed %d: the end came after %q", seed, got)
			}
		}
		if !bytes.Equal(got, text) || !end {
			t.Fatalf("seed %d: %q, want %q; end %v", seed, got, text, end)
		}
		if c.tcp.bytes != 0 || len(c.tcp.waiting) != 0 {
			t.Errorf("seed %d: %d bytes and %d sides still wait", seed, c.tcp.bytes, len(c.tcp.waiting))
		}
	}
}

// TestWaitingIsBounded has connections with a lost segment each, and much that comes after it, in
// reverse order.
func TestWaitingIsBounded(t *testing.T) {
	t.Parallel()
	f := &film{t: t, link: layers.LinkTypeRaw}
	const conns, segments = 20, 500
	for port := layers.TCPPort(40000); port < 40000+conns; port++ {
		f.port(port, false, "S", 0, "")
		f.port(port, true, "SA", 0, "")
	}
	payload := fmt.Sprintf("%08900d", 7)
	for i := range segments {
		for port := layers.TCPPort(40000); port < 40000+conns; port++ {
			f.port(port, false, "A", 100+uint32(segments-i)*9000, payload)
		}
	}
	c, err := Open(bytes.NewReader(f.ng(1 << 16)))
	if err != nil {
		t.Fatal(err)
	}
	most := 0
	for {
		if _, err := c.Next(); err != nil {
			break
		}
		most = max(most, c.tcp.bytes)
	}
	if most > maxWaiting || most < maxWaiting/8 {
		t.Errorf("%d bytes have waited, the limit is %d", most, maxWaiting)
	}
}
