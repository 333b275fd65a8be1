package procnet

import (
	"net/netip"
	"runtime"
	"strings"
	"testing"
)

// A line of /proc/net/tcp, tcp6 and unix each, as Linux writes them on a machine whose lowest
// byte is first.
func TestText(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "386" && runtime.GOARCH != "arm64" {
		t.Skip("the addresses are in the byte order of the machine")
	}
	s, ok := parseInet("   0: 0100007F:1F90 00000000:0000 0A 00000002:00000001 00:00000000 00000000  1000        0 23591 1 ffff 100 0 0 10 0", "tcp")
	want := Socket{Network: "tcp", State: Listen, Local: netip.MustParseAddrPort("127.0.0.1:8080"), Inode: 23591, UID: 1000, RecvQueue: 1, SendQueue: 2}
	if !ok || s != want {
		t.Errorf("got %+v, want %+v", s, want)
	}
	s, ok = parseInet("   1: 00000000000000000000000001000000:0050 00000000000000000000000002000000:C000 06 00000000:00000000 03:00000ABE 00000000     0        0 0 3 ffff", "tcp")
	want = Socket{Network: "tcp", State: TimeWait, Local: netip.MustParseAddrPort("[::1]:80"), Peer: netip.MustParseAddrPort("[::2]:49152"), UID: -1, Expires: 27500e6}
	if !ok || s != want {
		t.Errorf("got %+v, want %+v", s, want)
	}
	s, ok = parseUnix("ffff: 00000002 00000000 00010000 0001 01 23592 /run/a  b.sock")
	want = Socket{Network: "unix", State: Listen, Inode: 23592, UID: -1, Path: "/run/a  b.sock"}
	if !ok || s != want {
		t.Errorf("got %+v, want %+v", s, want)
	}
	for _, heading := range []string{
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
		"Num       RefCount Protocol Flags    Type St Inode Path", "",
	} {
		if s, ok := parseInet(heading, "tcp"); ok {
			t.Errorf("parseInet(%q) = %+v", heading, s)
		}
		if s, ok := parseUnix(heading); ok {
			t.Errorf("parseUnix(%q) = %+v", heading, s)
		}
	}
}

// The name of a process may contain anything.
func TestStat(t *testing.T) {
	name, parent, start, ok := parseStat("77 (a) R 9 (b) S 12 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4242 1 2 3")
	if !ok || name != "a) R 9 (b" || parent != 12 || start != 4242 {
		t.Errorf("got %q, %d, %d, %v", name, parent, start, ok)
	}
}

func TestUser(t *testing.T) {
	const passwd = "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nbroken\n"
	for uid, want := range map[int]string{0: "root", 1000: "alice", 7: "", -1: ""} {
		if got := parseUser(strings.NewReader(passwd), uid); got != want {
			t.Errorf("user %d: got %q, want %q", uid, got, want)
		}
	}
}

// Whatever is read, the parsers return and do not panic.
func FuzzText(f *testing.F) {
	f.Add("   0: 0100007F:1F90 00000000:0000 0A 00000002:00000001 00:00000000 00000000  1000        0 23591 1 ffff")
	f.Add("ffff: 00000002 00000000 00010000 0001 01 23592 /run/a  b.sock")
	f.Add("77 (a) R 9 (b) S 12 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4242 1 2 3")
	f.Add("alice:x:1000:1000::/home/alice:/bin/sh")
	f.Add("socket:[23591]")
	f.Fuzz(func(t *testing.T, text string) {
		if s, ok := parseInet(text, "tcp"); ok && !s.Local.IsValid() {
			t.Errorf("%q has no local address", text)
		}
		if s, ok := parseUnix(text); ok && unixNetwork(s.Network) == 0 {
			t.Errorf("%q has the network %q", text, s.Network)
		}
		if name, _, _, ok := parseStat(text); ok && !strings.Contains(text, name) {
			t.Errorf("%q has no name %q", text, name)
		}
		parseUser(strings.NewReader(text), 1000)
		parseSocketLink(text)
	})
}

func unixNetwork(name string) uint64 {
	for typ, network := range unixTypes {
		if network == name {
			return typ
		}
	}
	return 0
}
