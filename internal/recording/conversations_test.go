package recording

import (
	"fmt"
	"strings"
	"testing"
)

// outline shows conversations, one a line: the ends, and the turns with > for the client's.
func outline(list []*Conversation) string {
	var b strings.Builder
	for _, c := range list {
		fmt.Fprintf(&b, "%d %s %s(%s) %s(%s)", c.Number, c.Kind, c.Client.Address, c.Client.Handle, c.Server.Address, c.Server.Handle)
		for _, t := range c.Turns() {
			mark := "<"
			if t.FromClient {
				mark = ">"
			}
			fmt.Fprintf(&b, " %s%s", mark, t.Data)
			if t.Type != Sent {
				fmt.Fprintf(&b, "%s", t.Type)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestConversations(t *testing.T) {
	ev := func(typ Type, handle, kind, local, peer, data string) Event {
		e := Event{Type: typ, Handle: handle, Kind: kind, Local: local, Peer: peer}
		if data != "" {
			e.Data = []byte(data)
		}
		return e
	}
	const a, b, c = "127.0.0.1:1001", "127.0.0.1:80", "127.0.0.1:1002"
	child := func(e Event, parent string) Event { e.Parent = parent; return e }
	for _, test := range []struct {
		name   string
		events []Event
		want   string
	}{
		{"a client", []Event{
			ev(Made, "c", "tcp", "", "", ""),
			ev(Connected, "c", "tcp4", a, b, ""),
			ev(Sent, "c", "tcp4", a, b, "GE"), ev(Sent, "c", "tcp4", a, b, "T"),
			ev(Data, "c", "tcp4", a, b, "O"), ev(Data, "c", "tcp4", a, b, "K"), ev(EOF, "c", "tcp4", a, b, ""),
			ev(Closed, "c", "tcp4", a, b, ""),
		}, "1 tcp4 " + a + "(c) " + b + "() >GET <OK <halfclose >closed\n"},
		{"both ends, the server's first", []Event{
			ev(Listening, "srv", "tcp", b, "", ""),
			child(ev(Accepted, "srv.1", "tcp4", b, a, ""), "srv"),
			ev(Sent, "srv.1", "tcp4", b, a, "hello"),
			ev(Connected, "c", "tls", a, b, ""),
			ev(Data, "c", "tls", a, b, "hello"), ev(HalfClose, "c", "tls", a, b, ""), ev(EOF, "srv.1", "tcp4", b, a, ""),
		}, "1 tls " + a + "(c) " + b + "(srv.1) <hello >halfclose\n"},
		{"a server of two", []Event{
			child(ev(Accepted, "srv.1", "tcp4", b, a, ""), "srv"), child(ev(Accepted, "srv.2", "tcp4", b, c, ""), "srv"),
			ev(Data, "srv.2", "tcp4", b, c, "2"), ev(Data, "srv.1", "tcp4", b, a, "1"), ev(Reset, "srv.1", "tcp4", b, a, ""),
		}, "1 tcp4 " + a + "() " + b + "(srv.1) >1 >reset\n2 tcp4 " + c + "() " + b + "(srv.2) >2\n"},
		{"datagrams to two from one handle, one of them ours, bound to all addresses", []Event{
			ev(Sent, "u", "udp4", "0.0.0.0:1001", b, "x"), ev(Sent, "u", "udp4", "0.0.0.0:1001", c, "y"),
			ev(Data, "v", "udp4", "0.0.0.0:80", a, "x"), ev(Sent, "v", "udp4", "0.0.0.0:80", a, "X"),
			ev(Data, "u", "udp4", "0.0.0.0:1001", b, "X"), ev(Data, "u", "udp4", "0.0.0.0:1001", c, "Y"),
		}, "1 udp4 0.0.0.0:1001(u) " + b + "(v) >x <X\n2 udp4 0.0.0.0:1001(u) " + c + "() >y <Y\n"},
		{"unix sockets without names, in order", []Event{
			ev(Connected, "c", "unix", "(unnamed)", "/tmp/s", ""), ev(Connected, "d", "unix", "", "/tmp/s", ""),
			ev(Accepted, "srv.1", "unix", "/tmp/s", "(unnamed)", ""), ev(Accepted, "srv.2", "unix", "/tmp/s", "(unnamed)", ""),
			ev(Sent, "d", "unix", "", "/tmp/s", "x"), ev(Data, "srv.2", "unix", "/tmp/s", "(unnamed)", "x"),
		}, "1 unix (c) /tmp/s(srv.1)\n2 unix (d) /tmp/s(srv.2) >x\n"},
		{"a name used again", []Event{
			ev(Connected, "c", "tcp4", a, b, ""), ev(Sent, "c", "tcp4", a, b, "1"), ev(Closed, "c", "tcp4", a, b, ""),
			ev(Connected, "c", "tcp4", a, b, ""), ev(Sent, "c", "tcp4", a, b, "2"),
		}, "1 tcp4 " + a + "(c) " + b + "() >1 >closed\n2 tcp4 " + a + "(c) " + b + "() >2\n"},
		{"the beginning is missing", []Event{ev(Data, "c", "tcp4", a, b, "1"), {Type: Lost, N: 1}, ev(EOF, "d", "tcp4", a, b, "")},
			"1 tcp4 " + a + "(c) " + b + "() <1\n"},
	} {
		if got := outline(Conversations(test.events)); got != test.want {
			t.Errorf("%s:\ngot  %swant %s", test.name, got, test.want)
		}
	}
}

func FuzzConversations(f *testing.F) {
	f.Add(`{"recording":1}` + "\n" + `{"type":"connected","handle":"c","kind":"tcp","local":"a:1","peer":"b:2"}` + "\n")
	f.Fuzz(func(t *testing.T, s string) {
		events, _ := readAll(s)
		for _, c := range Conversations(events) {
			c.Turns()
		}
	})
}
