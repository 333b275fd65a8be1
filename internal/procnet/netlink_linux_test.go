package procnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What the kernel answers is parsed without a panic, whatever it is.
func FuzzNetlink(f *testing.F) {
	f.Add(inetRequest(unix.AF_INET, unix.IPPROTO_TCP, allStates, &Query{LocalPort: 1, PeerPort: 2}))
	f.Add(unixRequest(allStates))
	f.Add(routeRequest(netip.MustParseAddr("127.0.0.1")))
	f.Fuzz(func(t *testing.T, b []byte) {
		messages(b, func(data []byte) bool {
			parseInetDiag("tcp", data)
			parseUnixDiag(data)
			parseRoute(data)
			parseNeighbour(data, netip.MustParseAddr("127.0.0.1"))
			return true
		})
		parseInetDiag("udp", b)
		parseUnixDiag(b)
	})
}

// Netlink and /proc/net say the same of our own listeners, and so does ss, if it is installed.
func TestListeners(t *testing.T) {
	var own []string
	for _, address := range []string{"127.0.0.1:0", "0.0.0.0:0", "[::]:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil && strings.HasPrefix(address, "[") {
			continue // no IPv6 here
		} else if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		u, err := net.ListenPacket("udp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer u.Close()
		own = append(own, "tcp "+bound(l.Addr().String()), "udp "+bound(u.LocalAddr().String()))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	q := Query{Networks: []string{"tcp", "udp"}, Listeners: true}
	byNetlink, err := Sockets(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	var byText []Socket
	for _, network := range q.Networks {
		for _, digit := range []string{"", "6"} {
			err := textSockets(network, digit, func(s Socket) bool {
				if q.selects(&s) {
					byText = append(byText, s)
				}
				return true
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	owned, err := Owners(ctx, byNetlink, false)
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string][]Socket{"netlink": byNetlink, "/proc/net": byText} {
		var got []string
		for _, s := range list {
			if slices.ContainsFunc(owned.Of(&s), func(p Process) bool { return p.PID == os.Getpid() }) {
				got = append(got, s.Network+" "+s.Local.String())
			}
		}
		for _, want := range own {
			if !slices.Contains(got, want) {
				t.Errorf("%s lacks %s; it has %q", name, want, got)
			}
		}
	}
	ss, err := exec.LookPath("ss")
	if err != nil {
		if os.Getenv("SOSH_REQUIRE_PEERS") != "" {
			t.Fatal(err)
		}
		return
	}
	out, err := exec.Command(ss, "-ltunpH").Output()
	if err != nil {
		t.Fatal(err)
	}
	var theirs []string
	line := regexp.MustCompile(fmt.Sprintf(`(?m)^(tcp|udp) .* (\S+:\d+) .*pid=%d,`, os.Getpid()))
	for _, m := range line.FindAllStringSubmatch(string(out), -1) {
		theirs = append(theirs, m[1]+" "+bound(strings.Replace(m[2], "*:", "[::]:", 1)))
	}
	for _, want := range own {
		if !slices.Contains(theirs, want) {
			t.Errorf("ss lacks %s; it has %q", want, theirs)
		}
	}
}

// bound returns an address as netip writes it.
func bound(s string) string {
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		return s
	}
	return a.String()
}

// The program with which the kernel selects by port lets the right sockets through.
func TestPortFilter(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	server := netip.MustParseAddrPort(l.Addr().String())
	client := netip.MustParseAddrPort(c.LocalAddr().String())
	for _, test := range []struct {
		q    Query
		want int
	}{
		{Query{LocalPort: client.Port()}, 1},
		{Query{PeerPort: client.Port()}, 1},
		{Query{LocalPort: client.Port(), PeerPort: server.Port()}, 1},
		{Query{LocalPort: server.Port(), Listeners: true}, 1},
	} {
		test.q.Networks = []string{"tcp"}
		for _, port := range []uint16{test.q.LocalPort, test.q.PeerPort} {
			if port == 0 {
				continue
			}
			list, err := Sockets(t.Context(), test.q)
			if err != nil {
				t.Fatal(err)
			}
			// Another program's connection may have the same port, if its other end differs.
			list = slices.DeleteFunc(list, func(s Socket) bool {
				ours := s.Local == client && s.Peer == server || s.Local == server && (s.Peer == client || s.State == Listen)
				return !ours
			})
			if len(list) != test.want {
				t.Errorf("%+v: got %+v", test.q, list)
			}
		}
	}
}

// A unix listener has the inode of its file, and its clients the inode of the other end.
func TestUnix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	list, err := Sockets(t.Context(), Query{Networks: []string{"unix"}})
	if err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, s := range list {
		switch {
		case s.Path == path && s.State == Listen:
			found++
			if s.FileInode != uint32(st.Ino) {
				t.Errorf("the file's inode is %d, want %d", s.FileInode, st.Ino)
			}
		case s.Path == path:
			found++
			if !slices.ContainsFunc(list, func(o Socket) bool { return o.Inode == s.PeerInode && o.PeerInode == s.Inode }) {
				t.Errorf("%+v has no other end", s)
			}
		}
	}
	if found != 2 {
		t.Errorf("%d sockets have the path, want 2", found)
	}
}

func TestRouteTo(t *testing.T) {
	r, err := RouteTo(t.Context(), netip.MustParseAddr("127.0.0.1"))
	if err != nil || !r.Local || r.Device != "lo" {
		t.Errorf("got %+v, %v; want the route to this machine by lo", r, err)
	}
	plain, err := routeByConnect(netip.MustParseAddr("127.0.0.1"))
	if err != nil || !plain.Local {
		t.Errorf("by connect: got %+v, %v; want the route to this machine", plain, err)
	}
}

// A context that has ended is noticed before anything is asked.
func TestEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Sockets(ctx, Query{Networks: []string{"tcp"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want cancelled", err)
	}
}

// All sockets of the machine are listed within the time of a hint.
func BenchmarkListeners(b *testing.B) {
	for b.Loop() {
		if _, err := Sockets(b.Context(), Query{Networks: []string{"tcp", "udp"}, Listeners: true}); err != nil {
			b.Fatal(err)
		}
	}
}
