package pcapng

import (
	"io"
	"testing"

	"sosh/internal/recording"
)

// BenchmarkStream writes a stream that both ends record, in pieces as a relay has them.
func BenchmarkStream(b *testing.B) {
	for _, size := range []int{64, 64 << 10} {
		b.Run(map[int]string{64: "64B", 64 << 10: "64KiB"}[size], func(b *testing.B) {
			var p play
			a, s := p.pair("tcp4", "127.0.0.1:40000", "127.0.0.1:80")
			w, err := NewWriter(io.Discard, header, Options{})
			if err != nil {
				b.Fatal(err)
			}
			for _, ev := range p.events {
				w.Write(ev)
			}
			sent, data := a.Event, s.Event
			sent.Type, data.Type = recording.Sent, recording.Data
			sent.Data = make([]byte, size)
			data.Data = sent.Data
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				w.Write(sent)
				w.Write(data)
			}
		})
	}
}

// BenchmarkDatagrams writes datagrams that both ends record.
func BenchmarkDatagrams(b *testing.B) {
	var p play
	a, s := p.actor("a", "udp4", "127.0.0.1:40000", "127.0.0.1:80"), p.actor("b", "udp4", "127.0.0.1:80", "127.0.0.1:40000")
	w, err := NewWriter(io.Discard, header, Options{})
	if err != nil {
		b.Fatal(err)
	}
	sent, data := a.Event, s.Event
	sent.Type, data.Type = recording.Sent, recording.Data
	sent.Data = make([]byte, 100)
	data.Data = sent.Data
	b.ReportAllocs()
	for b.Loop() {
		w.Write(sent)
		w.Write(data)
	}
}
