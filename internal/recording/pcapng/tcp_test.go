package pcapng

import (
	"testing"

	"sosh/internal/recording"
)

func TestOneHandle(t *testing.T) {
	c := recording.Event{Handle: "c", Number: 1, Kind: "tcp4", Local: "127.0.0.1:40000", Peer: "127.0.0.1:80"}
	did := func(typ recording.Type, data string) recording.Event {
		ev := c
		ev.Type, ev.Data = typ, []byte(data)
		return ev
	}
	f := newCapture(t, write(t, Options{},
		did(recording.Made, ""), did(recording.Connected, ""),
		did(recording.Sent, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
		did(recording.Data, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"),
		did(recording.HalfClose, ""), did(recording.EOF, ""), did(recording.Closed, "")))
	f.checkExpert()
	f.checkStream("tcp", "0", []byte("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), []byte("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"))
	got := f.tshark("-T", "fields", "-e", "frame.time_epoch", "-e", "tcp.flags.str", "-e", "frame.comment", "-e", "http.response.code")
	t.Log(got)
}
