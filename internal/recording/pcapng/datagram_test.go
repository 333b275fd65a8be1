package pcapng

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sosh/internal/recording"
)

// to returns the actor with another peer.
func (a actor) to(peer string) actor {
	a.Peer = peer
	return a
}

// TestDatagrams checks each datagram by what tshark shows: its addresses and data.
func TestDatagrams(t *testing.T) {
	t.Parallel()
	var p play
	var want []string
	is := func(src, dst, data string) {
		data = fmt.Sprintf("%x", data)
		if len(data) > 40 {
			data = fmt.Sprintf("%s(%d)", data[:40], len(data)/2)
		}
		want = append(want, src+" > "+dst+" "+data)
	}
	// One handle, not connected, bound to all addresses.
	u := p.actor("u", "udp4", "0.0.0.0:15000", "")
	u.to("127.0.0.1:7000").did(recording.Sent, "ping")
	is("127.0.0.1:15000", "127.0.0.1:7000", "ping")
	u.to("127.0.0.1:7000").did(recording.Data, "pong")
	is("127.0.0.1:7000", "127.0.0.1:15000", "pong")
	u.to("198.51.100.1:53").did(recording.Sent, "")
	is("192.0.2.1:15000", "198.51.100.1:53", "")
	// Both ends: each datagram stands once, also where it comes late or not at all.
	a, b := p.actor("a", "udp4", "127.0.0.1:15001", "127.0.0.1:7001"), p.actor("b", "udp", "[::]:7001", "[::ffff:127.0.0.1]:15001")
	for _, data := range []string{"same", "same", "lost", "late"} {
		a.did(recording.Sent, data)
		is("127.0.0.1:15001", "127.0.0.1:7001", data)
	}
	a.did(recording.Closed, "")
	for _, data := range []string{"same", "late", "same"} {
		b.did(recording.Data, data)
	}
	b.did(recording.Data, "same") // of another process
	is("127.0.0.1:15001", "127.0.0.1:7001", "same")
	// Faults.
	a = p.actor("f", "udp4", "127.0.0.1:15002", "127.0.0.1:7002")
	for _, fault := range []string{"dropped", "held back", "", "duplicate", "late"} {
		a.Fault = fault
		a.did(recording.Sent, "f")
	}
	for range 3 {
		is("127.0.0.1:15002", "127.0.0.1:7002", "f")
	}
	// IPv6, and as long as it can be.
	a = p.actor("six", "udp6", "[::1]:15003", "[::1]:7003")
	a.did(recording.Sent, strings.Repeat("x", 65507))
	is("::1:15003", "::1:7003", strings.Repeat("x", 65507))
	// Unix: a client without a name, and a datagram that is longer than UDP can carry.
	a, b = p.actor("g", "unixgram", "(unnamed)", "/run/d"), p.actor("h", "unixgram", "/run/d", "(unnamed)")
	moved(a, b, strings.Repeat("y", 65536))
	is("127.128.0.1:65000", "127.64.0.1:65000", strings.Repeat("y", 65507))
	is("127.128.0.1:65000", "127.64.0.1:65000", strings.Repeat("y", 29))
	b.did(recording.Data, "from elsewhere")
	is("127.128.0.2:65000", "127.64.0.1:65000", "from elsewhere")

	// ICMP errors.
	for _, e := range []struct{ local, peer, cause string }{
		{"127.0.0.1:15004", "127.0.0.1:7004", "connection refused (ECONNREFUSED)"},
		{"[::1]:15004", "[::1]:7004", "no route to host (EHOSTUNREACH)"},
	} {
		a = p.actor("i", "udp", e.local, e.peer)
		a.did(recording.Sent, "is anybody there?")
		is(strings.Trim(e.local[:len(e.local)-6], "[]")+":15004", strings.Trim(e.peer[:len(e.peer)-5], "[]")+":7004", "is anybody there?")
		a.Error = e.cause
		a.did(recording.ICMP, "")
	}

	f := newDump(t, write(t, Options{}, p.events...))
	var got, icmp []string
	expert := ""
	out := f.tshark(append(strict, "-z", faults, "-T", "fields", "-E", "separator=|", "-e", "ip.src", "-e", "ipv6.src", "-e", "udp.srcport",
		"-e", "ip.dst", "-e", "ipv6.dst", "-e", "udp.dstport", "-e", "udp.payload", "-e", "icmp.code", "-e", "icmpv6.code", "-e", "frame.comment")...)
	for line := range strings.Lines(out) {
		f := strings.Split(strings.TrimRight(line, "\n"), "|")
		if len(f) != 10 {
			expert += line
			continue
		}
		if f[7]+f[8] != "" {
			icmp = append(icmp, strings.Join(f, "|"))
			continue
		}
		data := f[6]
		if len(data) > 40 {
			data = fmt.Sprintf("%s(%d)", data[:40], len(data)/2)
		}
		got = append(got, f[0]+f[1]+":"+f[2]+" > "+f[3]+f[4]+":"+f[5]+" "+data)
	}
	if strings.TrimSpace(expert) != "" {
		t.Errorf("expert information:\n%s", expert)
	}
	if !slices.Equal(got, want) {
		t.Errorf("datagrams:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if wantICMP := []string{
		"127.0.0.1,127.0.0.1||15004|127.0.0.1,127.0.0.1||7004||3||i: ICMP error",
		"|::1,::1|15004||::1,::1|7004|||3|i: ICMP error",
	}; !slices.Equal(icmp, wantICMP) {
		t.Errorf("ICMP: %q", icmp)
	}
}
