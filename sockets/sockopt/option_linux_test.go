package sockopt

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sosh/internal/rawsock"

	"golang.org/x/sys/unix"
)

// roundTrip is what is set, and what the kernel shows then.
type roundTrip struct {
	set string
	get any
}

// roundTrips has, for each option that can be set and read, values that are
// not the default, and what comes back.
var roundTrips = map[string][]roundTrip{
	"rcvbuf":        {{"64k", int64(131072)}, {"30000", int64(60000)}},
	"sndbuf":        {{"64KiB", int64(131072)}},
	"rcvlowat":      {{"100", int64(100)}},
	"linger":        {{"5", int64(5)}, {"0", int64(0)}, {"off", false}, {"2s", int64(2)}, {"false", false}},
	"bindtodevice":  {{"lo", "lo"}, {"", ""}},
	"mark":          {{"0x2a", int64(42)}, {"4294967295", int64(1<<32 - 1)}},
	"priority":      {{"5", int64(5)}, {"0", int64(0)}},
	"incoming_cpu":  {{"0", int64(0)}},
	"busy_poll":     {{"50", int64(50)}, {"0", int64(0)}},
	"keepidle":      {{"30", int64(30)}, {"2m", int64(120)}},
	"keepintvl":     {{"7", int64(7)}},
	"keepcnt":       {{"3", int64(3)}},
	"usertimeout":   {{"1.5s", int64(1500)}, {"0", int64(0)}},
	"syncnt":        {{"2", int64(2)}},
	"maxseg":        {{"1000", int64(1000)}},
	"window_clamp":  {{"60000", int64(60000)}},
	"notsent_lowat": {{"128k", int64(131072)}},
	"congestion":    {{"reno", "reno"}},
	"defer_accept":  {{"1", int64(1)}, {"0", int64(0)}},
	"fastopen":      {{"5", int64(5)}},
	"segment":       {{"1200", int64(1200)}, {"0", int64(0)}},
	"ttl":           {{"5", int64(5)}, {"255", int64(255)}, {"-1", int64(64)}},
	"hops":          {{"5", int64(5)}, {"-1", int64(64)}},
	"minttl":        {{"255", int64(255)}, {"0", int64(0)}},
	"tos":           {{"lowdelay", int64(16)}, {"0xb8", int64(0xb8)}, {"0", int64(0)}},
	"tclass":        {{"ef", int64(0xb8)}, {"0", int64(0)}},
	"mcast_ttl":     {{"4", int64(4)}, {"0", int64(0)}},
	"mcast_if":      {{"lo", "lo"}, {"any", "any"}, {"1", "lo"}},
	"mtu_discover":  {{"do", int64(2)}, {"dont", int64(0)}, {"probe", int64(3)}},
}

// Every option, on every kind it applies to, shows what was set.
func TestRoundTrip(t *testing.T) {
	for _, o := range All() {
		for _, k := range rawsock.Kinds {
			if !o.AppliesTo(k.Network, k.Family) {
				continue
			}
			t.Run(o.Name+"/"+k.Name, func(t *testing.T) {
				fd := rawsock.New(t, k)
				if o.ReadOnly {
					if v, err := o.Get(fd, k.Family); err != nil {
						t.Errorf("get: %v", err)
					} else if s := o.Format(v); s == "" {
						t.Errorf("get: %v is shown as nothing", v)
					}
					return
				}
				trips := roundTrips[o.Name]
				switch {
				case o.WriteOnly:
					return // TestMulticast
				case o.Name == "mtu":
					return // of a connection alone: TestMTU
				case o.Type == Bool:
					trips = []roundTrip{{"on", true}, {"0", false}, {"TRUE", true}, {"no", false}}
				case trips == nil:
					t.Fatal("no values to test it with")
				}
				for _, trip := range trips {
					if err := o.Set(fd, k.Family, trip.set); err != nil {
						if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOPROTOOPT) || errors.Is(err, unix.ENOENT) {
							t.Skipf("the kernel refuses %s %s: %v", o.Name, trip.set, err)
						}
						t.Fatalf("set %s: %v", trip.set, err)
					}
					got, err := o.Get(fd, k.Family)
					if err != nil {
						t.Fatal(err)
					}
					if got != trip.get {
						t.Errorf("set %s shows %v (%T), want %v", trip.set, got, got, trip.get)
					}
				}
			})
		}
	}
}

func TestReadOnly(t *testing.T) {
	fd, _ := rawsock.Listen(t, rawsock.Named(t, "tcp6"), 1)
	for name, want := range map[string]any{
		"type": int64(unix.SOCK_STREAM), "domain": int64(unix.AF_INET6), "protocol": int64(unix.IPPROTO_TCP),
		"acceptconn": true, "error": int64(0),
	} {
		if got := getOption(t, fd, unix.AF_INET6, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	client, _ := rawsock.Pair(t, rawsock.Named(t, "unix"))
	want := fmt.Sprintf("pid=%d uid=%d gid=%d", unix.Getpid(), unix.Getuid(), unix.Getgid())
	if got := getOption(t, client, unix.AF_UNIX, "peercred"); got != want {
		t.Errorf("peercred is %v, want %s", got, want)
	}
}

// The pending error of a datagram that nobody took is read once.
func TestPendingError(t *testing.T) {
	k := rawsock.Named(t, "udp4")
	closed := rawsock.New(t, k)
	addr := rawsock.Bind(t, closed, k)
	fd := rawsock.Dial(t, k, addr)
	unix.Shutdown(closed, unix.SHUT_RDWR)
	// The port is free from here on: the socket is closed, so that sending
	// there is refused.
	if err := unix.Dup3(rawsock.New(t, k), closed, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	rawsock.Write(t, fd, "x")
	rawsock.Wait(t, fd, unix.POLLIN)
	if got := getOption(t, fd, unix.AF_INET, "error"); got != int64(unix.ECONNREFUSED) {
		t.Errorf("error is %v", got)
	}
	if got := getOption(t, fd, unix.AF_INET, "error"); got != int64(0) {
		t.Errorf("error is %v the second time", got)
	}
}

func TestMTU(t *testing.T) {
	for _, name := range []string{"tcp4", "tcp6"} {
		k := rawsock.Named(t, name)
		client, _ := rawsock.Pair(t, k)
		if mtu, ok := getOption(t, client, k.Family, "mtu").(int64); !ok || mtu < 1280 {
			t.Errorf("%s: mtu is %v", name, mtu)
		}
	}
	fd := rawsock.New(t, rawsock.Named(t, "tcp4"))
	if _, err := mustOption(t, "mtu").Get(fd, unix.AF_INET); !errors.Is(err, unix.ENOTCONN) {
		t.Errorf("mtu without a connection: %v", err)
	}
}

// With linger 0, close is a reset that the peer sees.
func TestLingerReset(t *testing.T) {
	k := rawsock.Named(t, "tcp4")
	client, server := rawsock.Pair(t, k)
	setOption(t, client, k.Family, "linger", "0")
	if err := unix.Dup3(rawsock.New(t, k), client, unix.O_CLOEXEC); err != nil { // closes client, and keeps its number for the cleanup
		t.Fatal(err)
	}
	rawsock.Wait(t, server, unix.POLLIN)
	if _, err := unix.Read(server, make([]byte, 1)); err != unix.ECONNRESET {
		t.Errorf("the peer read %v, want ECONNRESET", err)
	}
}

// With defer_accept, a connection is handed out only when data has come.
func TestDeferAccept(t *testing.T) {
	k := rawsock.Named(t, "tcp4")
	listener, addr := rawsock.Listen(t, k, 8)
	setOption(t, listener, k.Family, "defer_accept", "30")
	if v := getOption(t, listener, k.Family, "defer_accept").(int64); v < 30 {
		t.Errorf("defer_accept is %d", v)
	}
	client := rawsock.Dial(t, k, addr) // the client's side is connected when this returns
	fds := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
	if n, err := unix.Poll(fds, 0); err != nil || n != 0 {
		t.Errorf("a connection without data waits: %d, %v", n, err)
	}
	rawsock.Write(t, client, "hello")
	if got := rawsock.Read(t, rawsock.Accept(t, listener)); got != "hello" {
		t.Errorf("got %q", got)
	}
}

// rcvlowat: poll says nothing until so many bytes are there.
func TestRcvLowat(t *testing.T) {
	k := rawsock.Named(t, "tcp4")
	client, server := rawsock.Pair(t, k)
	setOption(t, server, k.Family, "rcvlowat", "4")
	rawsock.Write(t, client, "abc")
	fds := []unix.PollFd{{Fd: int32(server), Events: unix.POLLIN}}
	if n, err := unix.Poll(fds, 0); err != nil || n != 0 {
		t.Errorf("3 bytes wake it: %d, %v", n, err)
	}
	rawsock.Write(t, client, "d")
	if got := rawsock.Read(t, server); got != "abcd" {
		t.Errorf("got %q", got)
	}
}

// multicastInterface6 finds an interface that has a route for IPv6 multicast,
// which the loopback rarely has: one that is up, with an IPv6 address.
func multicastInterface6() net.Interface {
	list, _ := net.Interfaces()
	for _, i := range list {
		const both = net.FlagUp | net.FlagMulticast
		if i.Flags&both == both && slices.ContainsFunc(addressesOf(&i), netip.Addr.Is6) {
			return i
		}
	}
	return net.Interface{Index: 1, Name: "lo"}
}

// Two members of a group on one host both get a datagram; one that has left
// does not. With a TTL of 0 nothing leaves the host.
func TestMulticast(t *testing.T) {
	if6 := multicastInterface6()
	group6 := func(port int) unix.Sockaddr {
		return &unix.SockaddrInet6{Port: port, Addr: [16]byte{0: 0xff, 1: 2, 14: 0x42, 15: 0x42}, ZoneId: uint32(if6.Index)}
	}
	for _, c := range []struct {
		kind, join string
		group      func(port int) unix.Sockaddr
	}{
		{"udp4", "239.1.2.3@lo", group4}, {"udp4", "239.1.2.3 1", group4}, {"udp4", "239.1.2.3@127.0.0.1", group4}, {"udp4", "239.1.2.3%lo", group4},
		{"udp6", "ff02::4242%" + if6.Name, group6}, {"udp6", fmt.Sprint("ff02::4242@", if6.Index), group6}, {"udp6", "ff02::4242 " + if6.Name, group6},
	} {
		t.Run(c.kind+"/"+c.join, func(t *testing.T) {
			k := rawsock.Named(t, c.kind)
			one, two := rawsock.New(t, k), rawsock.New(t, k)
			var port int
			for _, fd := range []int{one, two} {
				setOption(t, fd, k.Family, "reuseaddr", "on")
				setOption(t, fd, k.Family, "mcast_all", "off")
				port = bindAny(t, fd, k.Family, port)
				setOption(t, fd, k.Family, "join", c.join)
			}
			if err := mustOption(t, "join").Set(one, k.Family, c.join); !errors.Is(err, unix.EADDRINUSE) {
				t.Errorf("joining twice: %v", err)
			}
			from := rawsock.New(t, k)
			out := "lo"
			if k.Family == unix.AF_INET6 {
				out = if6.Name
			}
			setOption(t, from, k.Family, "mcast_if", out)
			setOption(t, from, k.Family, "mcast_ttl", "0")
			send := func(text string) {
				t.Helper()
				if err := unix.Sendto(from, []byte(text), 0, c.group(port)); err != nil {
					if errors.Is(err, unix.ENETUNREACH) {
						t.Skipf("no route for the group on %s: %v", out, err)
					}
					t.Fatal(err)
				}
			}
			send("first")
			for _, fd := range []int{one, two} {
				if got := rawsock.Read(t, fd); got != "first" {
					t.Errorf("got %q", got)
				}
			}
			setOption(t, two, k.Family, "leave", c.join)
			send("second")
			if got := rawsock.Read(t, one); got != "second" {
				t.Errorf("got %q", got)
			}
			fds := []unix.PollFd{{Fd: int32(two), Events: unix.POLLIN}}
			if n, err := unix.Poll(fds, 0); err != nil || n != 0 {
				t.Errorf("who has left still receives: %d, %v", n, err)
			}
			if err := mustOption(t, "leave").Set(two, k.Family, c.join); !errors.Is(err, unix.EADDRNOTAVAIL) {
				t.Errorf("leaving twice: %v", err)
			}
		})
	}
}

func group4(port int) unix.Sockaddr {
	return &unix.SockaddrInet4{Port: port, Addr: [4]byte{239, 1, 2, 3}}
}

// bindAny binds to all addresses and gives the port.
func bindAny(t *testing.T, fd, family, port int) int {
	t.Helper()
	var addr unix.Sockaddr = &unix.SockaddrInet4{Port: port}
	if family == unix.AF_INET6 {
		addr = &unix.SockaddrInet6{Port: port}
	}
	if err := unix.Bind(fd, addr); err != nil {
		t.Fatal(err)
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	switch a := bound.(type) {
	case *unix.SockaddrInet4:
		return a.Port
	case *unix.SockaddrInet6:
		return a.Port
	}
	return 0
}

func TestMulticastFamilies(t *testing.T) {
	fd4, fd6 := rawsock.New(t, rawsock.Named(t, "udp4")), rawsock.New(t, rawsock.Named(t, "udp6"))
	var bad *ValueError
	if err := mustOption(t, "join").Set(fd4, unix.AF_INET, "ff02::1%lo"); !errors.As(err, &bad) || !strings.Contains(err.Error(), "socket's own family") {
		t.Errorf("an IPv6 group on an IPv4 socket: %v", err)
	}
	if err := mustOption(t, "join").Set(fd6, unix.AF_INET6, "239.1.2.3@lo"); err != nil {
		t.Errorf("an IPv4 group on an IPv6 socket: %v", err)
	}
}

// Nothing differs on a fresh socket; what is set is listed in the table's
// order and no more.
func TestChanged(t *testing.T) {
	for _, k := range rawsock.Kinds {
		fd := rawsock.New(t, k)
		if got := Changed(fd, k.Family, k.Network); len(got) != 0 {
			t.Errorf("%s: a fresh socket has %v", k.Name, got)
		}
		setOption(t, fd, k.Family, "rcvbuf", "30000")
		if got := Changed(fd, k.Family, k.Network); !slices.Equal(got, []Value{{"rcvbuf", int64(60000)}}) {
			t.Errorf("%s: with rcvbuf: %v", k.Name, got)
		}
	}
	k := rawsock.Named(t, "udp6")
	fd := rawsock.New(t, k)
	setOption(t, fd, k.Family, "v6only", "on")
	setOption(t, fd, k.Family, "ttl", "3") // which is hops here, and listed once
	bindAny(t, fd, k.Family, 0)
	if got := Changed(fd, k.Family, "udp"); !slices.Equal(got, []Value{{"hops", int64(3)}, {"v6only", true}}) {
		t.Errorf("with v6only and ttl: %v", got)
	}
	k = rawsock.Named(t, "tcp6")
	client, server := rawsock.Pair(t, k)
	rawsock.Write(t, client, "hello")
	rawsock.Read(t, server)
	for _, fd := range []int{client, server} {
		if got := Changed(fd, k.Family, "tcp"); len(got) != 0 {
			t.Errorf("a connection has %v", got)
		}
	}
	setOption(t, client, k.Family, "hops", "9")
	setOption(t, client, k.Family, "nodelay", "on")
	setOption(t, client, k.Family, "linger", "3")
	want := []Value{{"linger", int64(3)}, {"nodelay", true}, {"hops", int64(9)}}
	if got := Changed(client, k.Family, "tcp"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := Changed(client, k.Family, "nosuch"); got != nil {
		t.Errorf("an unknown network has %v", got)
	}
}

func TestPrivilege(t *testing.T) {
	o := mustOption(t, "mark")
	err := o.explain(-1, unix.AF_INET, unix.EPERM)
	var refused *Error
	if !errors.As(err, &refused) || !errors.Is(err, unix.EPERM) || refused.Hint != "needs root or CAP_NET_ADMIN" {
		t.Errorf("%v", err)
	}
}

func TestValuesForCompletion(t *testing.T) {
	if got := mustOption(t, "congestion").Values(); len(got) == 0 {
		t.Error("no congestion control is known")
	}
	if got := mustOption(t, "bindtodevice").Values(); !slices.Contains(got, "lo") {
		t.Errorf("interfaces are %v", got)
	}
	for _, o := range All() {
		for _, v := range o.Values() {
			if _, err := o.settable(v); runtime.GOOS == "linux" && !o.ReadOnly && err != nil {
				t.Errorf("%s: %v", o.Name, err)
			}
		}
	}
}
