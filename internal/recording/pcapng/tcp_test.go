package pcapng

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"sosh/internal/recording"
)

// An actor is a handle that makes events.
type actor struct {
	recording.Event
	list *[]recording.Event
}

// did adds an event of the actor.
func (a actor) did(typ recording.Type, data string) {
	ev := a.Event
	ev.Type, ev.Data = typ, []byte(data)
	*a.list = append(*a.list, ev)
}

// A play is a list of events to be written.
type play struct {
	events []recording.Event
	n      int
}

// actor adds a handle.
func (p *play) actor(name, kind, local, peer string) actor {
	p.n++
	return actor{recording.Event{Handle: name, Number: p.n, Kind: kind, Local: local, Peer: peer}, &p.events}
}

// pair adds the two ends of a connection, and connects them.
func (p *play) pair(kind, local, peer string) (c, s actor) {
	c, s = p.actor(fmt.Sprint("c", p.n), kind, local, peer), p.actor(fmt.Sprint("srv.", p.n), kind, peer, local)
	s.Parent = "srv"
	c.Own, s.Own = true, true
	c.did(recording.Connected, "")
	s.did(recording.Accepted, "")
	return c, s
}

// moved has one end send what the other receives.
func moved(from, to actor, data string) {
	from.did(recording.Sent, data)
	to.did(recording.Data, data)
}

// TestStreams checks connections of every kind, each by what tshark follows.
func TestStreams(t *testing.T) {
	t.Parallel()
	var p play
	var names []string
	var want []stream
	is := func(client, server string) {
		names = append(names, fmt.Sprint("tcp,", len(names)))
		want = append(want, stream{[]byte(client), []byte(server)})
	}
	many := strings.Repeat("0123456789abcdef", 20_000)

	// A client.
	c := p.actor("c", "tcp4", "127.0.0.1:40000", "127.0.0.1:80")
	c.did(recording.Made, "")
	c.did(recording.Connected, "")
	c.did(recording.Sent, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	c.did(recording.Data, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
	c.did(recording.HalfClose, "")
	c.did(recording.EOF, "")
	c.did(recording.Closed, "")
	is("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")

	// The same addresses once more would be a reused port; a server, then.
	c = p.actor("srv.1", "tcp6", "[::1]:80", "[::1]:40001")
	c.Parent = "srv"
	c.did(recording.Accepted, "")
	c.did(recording.Sent, "220 hello\r\n")
	c.did(recording.Data, many)
	c.did(recording.EOF, "")
	c.did(recording.Sent, many)
	c.did(recording.Closed, "")
	is(many, "220 hello\r\n"+many)

	// Both ends, where one sends much.
	a, b := p.pair("tcp4", "127.0.0.1:40002", "127.0.0.1:81")
	moved(a, b, "one")
	moved(b, a, "two")
	for range 10 {
		moved(a, b, many)
	}
	a.did(recording.HalfClose, "")
	b.did(recording.EOF, "")
	moved(b, a, "three")
	b.did(recording.Closed, "")
	a.did(recording.EOF, "")
	a.did(recording.Closed, "")
	is("one"+strings.Repeat(many, 10), "twothree")

	// The server's events come first, and the client closes before the server has read.
	b, a = p.actor("srv.3", "tcp4", "127.0.0.1:82", "127.0.0.1:40003"), p.actor("c3", "tcp4", "127.0.0.1:40003", "127.0.0.1:82")
	b.Parent = "srv"
	b.did(recording.Accepted, "")
	b.did(recording.Sent, "banner")
	a.did(recording.Connected, "")
	a.did(recording.Data, "banner")
	a.did(recording.Sent, "quit")
	a.did(recording.Closed, "")
	b.did(recording.Data, "quit")
	b.did(recording.EOF, "")
	b.did(recording.Closed, "")
	is("quit", "banner")

	// Resets, by the client here and by a peer.
	a, b = p.pair("tcp4", "127.0.0.1:40004", "127.0.0.1:83")
	moved(a, b, "x")
	a.Text = "here"
	a.did(recording.Reset, "")
	a.Text = ""
	a.did(recording.Closed, "")
	b.did(recording.Reset, "")
	b.did(recording.Closed, "")
	is("x", "")
	c = p.actor("c5", "tcp4", "127.0.0.1:40005", "127.0.0.1:84")
	c.did(recording.Connected, "")
	c.did(recording.Sent, "y")
	c.did(recording.Reset, "")
	c.did(recording.Closed, "")
	is("y", "")

	// The recording began later: there is no connected, and data was on its way.
	a, b = p.actor("c6", "tcp4", "127.0.0.1:40006", "127.0.0.1:85"), p.actor("srv.6", "tcp4", "127.0.0.1:85", "127.0.0.1:40006")
	b.Parent = "srv"
	b.did(recording.Data, "on its way")
	moved(a, b, "and after")
	moved(b, a, "answer")
	is("on its wayand after", "answer")
	c = p.actor("c7", "tcp", "", "") // nothing is known
	c.did(recording.Data, "from nowhere")
	c.did(recording.EOF, "")
	c.did(recording.Closed, "")
	is("", "from nowhere")

	// Unix sockets: both ends, two at once, one that another process has connected to, and
	// one with names for both.
	const path = "/run/\x1b[31m, \"x\"\n.sock"
	a, b = p.pair("unix", "(unnamed)", path)
	a2, b2 := p.pair("unix", "", path)
	moved(a, b, "first")
	moved(b2, a2, "second")
	moved(b, a, "third")
	is("first", "third")
	c = p.actor("other.1", "unix", path, "(unnamed)")
	c.Parent = "other"
	c.did(recording.Accepted, "")
	c.did(recording.Data, "foreign")
	is("", "second")
	is("foreign", "")
	a, b = p.pair("unixpacket", "@client", "/run/s")
	moved(a, b, "message")
	moved(b, a, "another")
	is("message", "another")

	// STARTTLS: first data, then what is on the wire.
	a, b = p.pair("tcp4", "127.0.0.1:40008", "127.0.0.1:86")
	moved(a, b, "STARTTLS\r\n")
	wire(a, b, "\x17\x03\x03\x00\x01A")
	moved(a, b, "what it means")
	wire(b, a, "\x17\x03\x03\x00\x01B")
	moved(b, a, "and this")
	a.did(recording.Closed, "")
	is("STARTTLS\r\n\x17\x03\x03\x00\x01A", "\x17\x03\x03\x00\x01B")

	f := newDump(t, write(t, Options{}, p.events...))
	got, expert, hosts := f.follow(names...)
	if expert != "" {
		t.Errorf("expert information:\n%s", expert)
	}
	for i := range want {
		for _, d := range []struct {
			end       string
			got, want []byte
		}{{"client", got[i].client, want[i].client}, {"server", got[i].server, want[i].server}} {
			if !bytes.Equal(d.got, d.want) {
				t.Errorf("stream %d: the %s has %d bytes, want %d: %.60q, want %.60q", i, d.end, len(d.got), len(d.want), d.got, d.want)
			}
		}
	}
	for _, name := range []string{`/run/\x1b[31m, "x"\n.sock`, "@client", "/run/s", "c12", "c14", "peer of other.1"} {
		if !strings.Contains(hosts, "\t"+name+"\n") {
			t.Errorf("%s is no name:\n%s", name, hosts)
		}
	}
	if strings.ContainsAny(hosts, "\x1b") {
		t.Errorf("a name has control characters:\n%q", hosts)
	}
}

// wire has one end of TLS send ciphertext that the other receives.
func wire(from, to actor, data string) {
	from.Out = true
	from.did(recording.Wire, data)
	to.did(recording.Wire, data)
}
