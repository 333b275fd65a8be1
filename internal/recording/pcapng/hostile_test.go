package pcapng

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"sosh/internal/recording"

	"github.com/gopacket/gopacket/pcapgo"
)

// blocks returns where each block of a capture ends, and fails if one is not whole.
func blocks(t testing.TB, p []byte) (ends []int) {
	t.Helper()
	for at := 0; at < len(p); {
		if len(p)-at < 12 {
			t.Fatalf("%d bytes after the last block", len(p)-at)
		}
		n := int(binary.LittleEndian.Uint32(p[at+4:]))
		if n < 12 || n%4 != 0 || n > len(p)-at || binary.LittleEndian.Uint32(p[at+n-4:]) != uint32(n) {
			t.Fatalf("the block at %d has a length of %d", at, n)
		}
		at += n
		ends = append(ends, at)
	}
	return ends
}

// packets returns how many packets a reader finds, and the error that ends it.
func packets(p []byte) (n int, err error) {
	r, err := pcapgo.NewNgReader(bytes.NewReader(p), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		return 0, err
	}
	for {
		if _, _, err := r.ZeroCopyReadPacketData(); err != nil {
			return n, err
		}
		n++
	}
}

// TestCut cuts a capture at every byte: a reader gets all packets before the cut.
func TestCut(t *testing.T) {
	t.Parallel()
	var p play
	a, b := p.pair("unix", "", "/run/s")
	moved(a, b, "hello")
	p.events = append(p.events, recording.Event{Type: recording.Secret, Text: "CLIENT_RANDOM 00 11", Handle: "c"})
	moved(b, a, "answer")
	a.did(recording.Closed, "")
	whole := write(t, Options{}, p.events...)
	ends := blocks(t, whole)
	all, err := packets(whole)
	if err != io.EOF || all != 7 {
		t.Fatalf("%d packets, %v", all, err)
	}
	for cut := ends[1]; cut < len(whole); cut++ {
		want := 0
		for i, end := range ends {
			start := 0
			if i > 0 {
				start = ends[i-1]
			}
			if end <= cut && binary.LittleEndian.Uint32(whole[start:]) == 6 {
				want++
			}
		}
		if n, _ := packets(whole[:cut]); n != want {
			t.Errorf("cut at %d: %d packets, want %d", cut, n, want)
		}
	}
	// tshark says that the capture was cut, and shows what is before that.
	cut := ends[len(ends)-2] + 10
	out, err := newDump(t, whole[:cut]).try("-T", "fields", "-e", "tcp.payload")
	if err == nil || !strings.Contains(out, "616e73776572\n") || !strings.Contains(out, "cut short") {
		t.Errorf("tshark of a capture that was cut: %v\n%s", err, out)
	}
}

// TestHostileEvents writes what no recorder writes.
func TestHostileEvents(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\x00\x1b]0;\xff\u202e", 100_000)
	var events []recording.Event
	for _, typ := range []recording.Type{recording.Made, recording.Bound, recording.Listening, recording.Connected,
		recording.Accepted, recording.Data, recording.Sent, recording.HalfClose, recording.EOF, recording.Reset,
		recording.ICMP, recording.Failed, recording.Closed, recording.TLS, recording.Wire, recording.Secret,
		recording.Lost, recording.Gap, recording.Note, "", "what"} {
		for _, kind := range []string{"", "tcp4", "udp4", "dtls", "unix", "unixgram", "unixpacket", "vsock", "tls6", long} {
			for _, address := range []string{"", "(unnamed)", "1.2.3.4:5", "[::1%lo]:99999", "[fe80::1%25x]:9", "::", "0.0.0.0:0", ":80", long, "1:2:3"} {
				events = append(events, recording.Event{Type: typ, Kind: kind, Local: address, Peer: "[2001:db8::1]:80", Handle: long, Number: -1,
					Text: long, Error: long, Fault: long, Parent: long, N: math.MaxInt, Time: math.MinInt64, Data: []byte("x")},
					recording.Event{Type: typ, Kind: kind, Peer: address, Handle: address, Time: math.MaxInt64})
			}
		}
	}
	p := write(t, Options{}, events...)
	blocks(t, p)
	if _, err := packets(p); err != io.EOF {
		t.Error(err)
	}
	if len(p) > 8<<20 {
		t.Errorf("%d events make %d bytes", len(events), len(p))
	}
	out := newDump(t, p).tshark("-T", "fields", "-e", "frame.comment")
	if strings.ContainsAny(out, "\x1b\x00\u202e") {
		t.Error("comments have control characters")
	}
}

// TestBounded opens many handles that are never closed.
func TestBounded(t *testing.T) {
	for _, kind := range []string{"unix", "tcp4", "udp4", "unixgram", "dtls"} {
		r, err := NewWriter(io.Discard, header, Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := r.(*writer)
		const most = 100
		w.handles.max, w.conns.max, w.closed.max, w.secure.max, w.pairing.waiting.max, w.names.max = most, most, most, most, most, most
		for i := range 20 * most {
			ip := fmt.Sprintf("10.0.%d.%d:80", i/256, i%256)
			ev := recording.Event{Type: recording.Connected, Handle: fmt.Sprint("h", i), Number: i, Kind: kind, Local: ip, Peer: "/" + ip, Own: true}
			if kind == "dtls" || i%2 == 1 {
				ev.Peer = "127.0.0.1:80"
			}
			for _, typ := range []recording.Type{recording.Connected, recording.Sent, recording.Wire} {
				ev.Type, ev.Data = typ, []byte("data")
				if err := w.Write(ev); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n := max(len(w.handles.byKey), len(w.conns.byKey), len(w.closed.byKey), len(w.secure.byKey), len(w.pairing.waiting.byKey), len(w.names.byText)); n > most {
			t.Errorf("%s: the writer remembers %d things", kind, n)
		}
	}
	f := newFlight()
	for i := range 3 * maxFlight {
		f.sent(uint64(i % (2 * maxFlight)))
		f.sent(7)
		f.arrived(7)
	}
	if len(f.order) > maxFlight || len(f.count)+len(f.gone) > maxFlight {
		t.Errorf("%d datagrams of %d keys are in flight", len(f.order), len(f.count))
	}
}

// FuzzWriter writes events that a fuzzer makes: each byte chooses one.
func FuzzWriter(f *testing.F) {
	types := []recording.Type{recording.Connected, recording.Accepted, recording.Data, recording.Sent, recording.Wire, recording.HalfClose,
		recording.EOF, recording.Reset, recording.ICMP, recording.Closed, recording.TLS, recording.Secret, recording.Lost, recording.Failed, recording.Gap}
	kinds := []string{"tcp4", "udp4", "unix", "unixgram", "tls", "dtls", "vsock", ""}
	addresses := []string{"127.0.0.1:1", "127.0.0.1:2", "[::1]:3", "0.0.0.0:4", "", "(unnamed)", "/a", "@b"}
	f.Add([]byte{0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9}, "text", int64(5))
	f.Add([]byte{1, 255, 3, 255, 0, 0, 4, 4, 9}, "127.0.0.1:99", int64(-1))
	f.Fuzz(func(t *testing.T, choices []byte, text string, at int64) {
		addresses := append(addresses, text)
		for _, o := range []Options{{}, {Plaintext: true}} {
			var b bytes.Buffer
			w, err := NewWriter(&b, recording.Header{Program: text, Start: time.Unix(at, at)}, o)
			if err != nil {
				t.Fatal(err)
			}
			for len(choices) >= 4 {
				c := choices[:4]
				choices = choices[4:]
				ev := recording.Event{Type: types[int(c[0])%len(types)], Kind: kinds[int(c[1])%len(kinds)], Number: int(c[1] >> 4), Handle: text,
					Local: addresses[int(c[2])%len(addresses)], Peer: addresses[int(c[2]>>4)%len(addresses)], Own: c[3]&1 > 0, Out: c[3]&2 > 0,
					Text: text, Error: text, Cut: c[3]&4 > 0, Time: time.Duration(at), N: int(c[3]), Data: bytes.Repeat([]byte(text), int(c[3]))}
				if err := w.Write(ev); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			blocks(t, b.Bytes())
			if _, err := packets(b.Bytes()); err != io.EOF {
				t.Fatal(err)
			}
		}
	})
}
