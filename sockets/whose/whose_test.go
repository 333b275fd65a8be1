package whose

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"sosh/internal/procnet"
	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// The name of a process is chosen by its user: it stays in one line, and inside its quotes.
func TestHolder(t *testing.T) {
	e := End{Socket: procnet.Socket{Inode: 7, UID: -1}, Processes: []procnet.Process{{PID: 12, Name: "a\x1b[2J (pid 1)\nhint: owned"}}}
	if got, want := e.Holder(), `"a\x1b[2J (pid 1)\nhint: owned" (pid 12)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	e.Processes = append(e.Processes, procnet.Process{PID: 13})
	e.Processes[0].Name = "nginx"
	if got, want := e.holder(", ", ""), "nginx, pid 12, and 1 more"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	e = End{Socket: procnet.Socket{Network: "unix", Path: "/run/x\n", Inode: 7, UID: 4242}, Hidden: true}
	if got, want := e.Address()+" "+e.Holder(), `"/run/x\n" a process of uid 4242`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The listeners that were likely meant: those of the same port, else of the next ports.
func TestNearby(t *testing.T) {
	target := netip.MustParseAddrPort("127.0.0.1:8080")
	listener := func(network, address string) procnet.Socket {
		s := procnet.Socket{Network: network, State: procnet.Listen, Local: netip.MustParseAddrPort(address)}
		if network == "udp" {
			s.State = procnet.Closed
		}
		return s
	}
	all := []procnet.Socket{
		listener("tcp", "127.0.0.1:9000"), listener("tcp", "0.0.0.0:8085"), listener("tcp", "127.0.0.1:8081"),
		listener("udp", "127.0.0.1:8081"), listener("tcp", "10.0.0.1:8082"),
	}
	same := []procnet.Socket{listener("udp", "127.0.0.1:8080"), listener("tcp", "[::1]:8080")}
	for _, test := range []struct {
		list []procnet.Socket
		want string
	}{
		{all, "tcp 127.0.0.1:8081, tcp 0.0.0.0:8085"},
		{append(same, all...), "tcp [::1]:8080, udp 127.0.0.1:8080"},
		{nil, ""},
	} {
		var got []string
		for _, s := range nearby(test.list, "tcp", target) {
			got = append(got, s.Network+" "+s.Local.String())
		}
		if text := strings.Join(got, ", "); text != test.want {
			t.Errorf("got %s, want %s", text, test.want)
		}
	}
}

// Errors that no look at the machine explains cost nothing.
func TestConcerns(t *testing.T) {
	peer := sockets.Attempt{Kind: sockets.TCP}
	for _, test := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{unix.ECONNREFUSED, false}, // not of a handle
		{&sockets.Error{Op: "recv", Err: unix.ENOTCONN, Attempt: &peer}, false},
		{&sockets.Error{Op: "connect", Err: unix.ECONNREFUSED}, false},
		{&sockets.Error{Op: "connect", Err: unix.ECONNREFUSED, Attempt: &peer}, false}, // no address
		{&sockets.Error{Op: "recv", Err: unix.ECONNRESET, Attempt: &peer}, true},
		{&sockets.Error{Op: "socket", Err: unix.EMFILE}, true},
	} {
		if got := Concerns(test.err); got != test.want {
			t.Errorf("%v: got %v", test.err, got)
		}
	}
}

// Many hints in a second share a budget, so that a program with a thousand errors is not slow.
func TestBudget(t *testing.T) {
	spent.Lock()
	spent.second, spent.time = time.Now().Add(time.Hour), 2*budget
	spent.Unlock()
	err := &sockets.Error{Op: "socket", Err: unix.EMFILE}
	if got := Hint(sockets.NewTable(), err); got != "" {
		t.Errorf("got %q beyond the budget", got)
	}
	spent.Lock()
	spent.second = time.Time{}
	spent.Unlock()
	if got := Hint(sockets.NewTable(), err); !strings.Contains(got, "descriptors") {
		t.Errorf("got %q", got)
	}
}
