package sockets

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"

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
func TestOptionRoundTrip(t *testing.T) {
	for _, o := range Options() {
		for _, k := range rawKinds {
			if !o.AppliesTo(k.network, k.family) {
				continue
			}
			t.Run(o.Name+"/"+k.name, func(t *testing.T) {
				fd := rawSocket(t, k)
				if o.ReadOnly {
					if v, err := o.get(fd, k.family); err != nil {
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
					return // of a connection alone: TestOptionMTU
				case o.Type == OptionBool:
					trips = []roundTrip{{"on", true}, {"0", false}, {"TRUE", true}, {"no", false}}
				case trips == nil:
					t.Fatal("no values to test it with")
				}
				for _, trip := range trips {
					if err := o.set(fd, k.family, trip.set); err != nil {
						if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOPROTOOPT) || errors.Is(err, unix.ENOENT) {
							t.Skipf("the kernel refuses %s %s: %v", o.Name, trip.set, err)
						}
						t.Fatalf("set %s: %v", trip.set, err)
					}
					got, err := o.get(fd, k.family)
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

func TestOptionReadOnly(t *testing.T) {
	fd, _ := rawListen(t, rawKindNamed(t, "tcp6"), 1)
	for name, want := range map[string]any{
		"type": int64(unix.SOCK_STREAM), "domain": int64(unix.AF_INET6), "protocol": int64(unix.IPPROTO_TCP),
		"acceptconn": true, "error": int64(0),
	} {
		if got := getOption(t, fd, unix.AF_INET6, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	client, _ := rawPair(t, rawKindNamed(t, "unix"))
	want := fmt.Sprintf("pid=%d uid=%d gid=%d", unix.Getpid(), unix.Getuid(), unix.Getgid())
	if got := getOption(t, client, unix.AF_UNIX, "peercred"); got != want {
		t.Errorf("peercred is %v, want %s", got, want)
	}
}

// The pending error of a datagram that nobody took is read once.
func TestOptionPendingError(t *testing.T) {
	k := rawKindNamed(t, "udp4")
	closed := rawSocket(t, k)
	addr := rawBind(t, closed, k)
	fd := rawDial(t, k, addr)
	unix.Shutdown(closed, unix.SHUT_RDWR)
	// The port is free from here on: the socket is closed, so that sending
	// there is refused.
	if err := unix.Dup3(rawSocket(t, k), closed, unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	rawWrite(t, fd, "x")
	waitFor(t, fd, unix.POLLIN)
	if got := getOption(t, fd, unix.AF_INET, "error"); got != int64(unix.ECONNREFUSED) {
		t.Errorf("error is %v", got)
	}
	if got := getOption(t, fd, unix.AF_INET, "error"); got != int64(0) {
		t.Errorf("error is %v the second time", got)
	}
}

func TestOptionMTU(t *testing.T) {
	for _, name := range []string{"tcp4", "tcp6"} {
		k := rawKindNamed(t, name)
		client, _ := rawPair(t, k)
		if mtu, ok := getOption(t, client, k.family, "mtu").(int64); !ok || mtu < 1280 {
			t.Errorf("%s: mtu is %v", name, mtu)
		}
	}
	fd := rawSocket(t, rawKindNamed(t, "tcp4"))
	if _, err := mustOption(t, "mtu").get(fd, unix.AF_INET); !errors.Is(err, unix.ENOTCONN) {
		t.Errorf("mtu without a connection: %v", err)
	}
}

// With linger 0, close is a reset that the peer sees.
func TestOptionLingerReset(t *testing.T) {
	k := rawKindNamed(t, "tcp4")
	client, server := rawPair(t, k)
	setOption(t, client, k.family, "linger", "0")
	if err := unix.Dup3(rawSocket(t, k), client, unix.O_CLOEXEC); err != nil { // closes client, and keeps its number for the cleanup
		t.Fatal(err)
	}
	waitFor(t, server, unix.POLLIN)
	if _, err := unix.Read(server, make([]byte, 1)); err != unix.ECONNRESET {
		t.Errorf("the peer read %v, want ECONNRESET", err)
	}
}

// With defer_accept, a connection is handed out only when data has come.
func TestOptionDeferAccept(t *testing.T) {
	k := rawKindNamed(t, "tcp4")
	listener, addr := rawListen(t, k, 8)
	setOption(t, listener, k.family, "defer_accept", "30")
	if v := getOption(t, listener, k.family, "defer_accept").(int64); v < 30 {
		t.Errorf("defer_accept is %d", v)
	}
	client := rawDial(t, k, addr) // the client's side is connected when this returns
	fds := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
	if n, err := unix.Poll(fds, 0); err != nil || n != 0 {
		t.Errorf("a connection without data waits: %d, %v", n, err)
	}
	rawWrite(t, client, "hello")
	if got := rawRead(t, rawAccept(t, listener)); got != "hello" {
		t.Errorf("got %q", got)
	}
}

// rcvlowat: poll says nothing until so many bytes are there.
func TestOptionRcvLowat(t *testing.T) {
	k := rawKindNamed(t, "tcp4")
	client, server := rawPair(t, k)
	setOption(t, server, k.family, "rcvlowat", "4")
	rawWrite(t, client, "abc")
	fds := []unix.PollFd{{Fd: int32(server), Events: unix.POLLIN}}
	if n, err := unix.Poll(fds, 0); err != nil || n != 0 {
		t.Errorf("3 bytes wake it: %d, %v", n, err)
	}
	rawWrite(t, client, "d")
	if got := rawRead(t, server); got != "abcd" {
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
			k := rawKindNamed(t, c.kind)
			one, two := rawSocket(t, k), rawSocket(t, k)
			var port int
			for _, fd := range []int{one, two} {
				setOption(t, fd, k.family, "reuseaddr", "on")
				setOption(t, fd, k.family, "mcast_all", "off")
				port = bindAny(t, fd, k.family, port)
				setOption(t, fd, k.family, "join", c.join)
			}
			if err := mustOption(t, "join").set(one, k.family, c.join); !errors.Is(err, unix.EADDRINUSE) {
				t.Errorf("joining twice: %v", err)
			}
			from := rawSocket(t, k)
			out := "lo"
			if k.family == unix.AF_INET6 {
				out = if6.Name
			}
			setOption(t, from, k.family, "mcast_if", out)
			setOption(t, from, k.family, "mcast_ttl", "0")
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
				if got := rawRead(t, fd); got != "first" {
					t.Errorf("got %q", got)
				}
			}
			setOption(t, two, k.family, "leave", c.join)
			send("second")
			if got := rawRead(t, one); got != "second" {
				t.Errorf("got %q", got)
			}
			fds := []unix.PollFd{{Fd: int32(two), Events: unix.POLLIN}}
			if n, err := unix.Poll(fds, 0); err != nil || n != 0 {
				t.Errorf("who has left still receives: %d, %v", n, err)
			}
			if err := mustOption(t, "leave").set(two, k.family, c.join); !errors.Is(err, unix.EADDRNOTAVAIL) {
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
	fd4, fd6 := rawSocket(t, rawKindNamed(t, "udp4")), rawSocket(t, rawKindNamed(t, "udp6"))
	var bad *OptionValueError
	if err := mustOption(t, "join").set(fd4, unix.AF_INET, "ff02::1%lo"); !errors.As(err, &bad) || !strings.Contains(err.Error(), "socket's own family") {
		t.Errorf("an IPv6 group on an IPv4 socket: %v", err)
	}
	if err := mustOption(t, "join").set(fd6, unix.AF_INET6, "239.1.2.3@lo"); err != nil {
		t.Errorf("an IPv4 group on an IPv6 socket: %v", err)
	}
}

// Nothing differs on a fresh socket; what is set is listed in the table's
// order and no more.
func TestOptionsChanged(t *testing.T) {
	for _, k := range rawKinds {
		fd := rawSocket(t, k)
		if got := optionsChanged(fd, k.family, k.network); len(got) != 0 {
			t.Errorf("%s: a fresh socket has %v", k.name, got)
		}
		setOption(t, fd, k.family, "rcvbuf", "30000")
		if got := optionsChanged(fd, k.family, k.network); !slices.Equal(got, []OptionValue{{"rcvbuf", int64(60000)}}) {
			t.Errorf("%s: with rcvbuf: %v", k.name, got)
		}
	}
	k := rawKindNamed(t, "udp6")
	fd := rawSocket(t, k)
	setOption(t, fd, k.family, "v6only", "on")
	setOption(t, fd, k.family, "ttl", "3") // which is hops here, and listed once
	bindAny(t, fd, k.family, 0)
	if got := optionsChanged(fd, k.family, "udp"); !slices.Equal(got, []OptionValue{{"hops", int64(3)}, {"v6only", true}}) {
		t.Errorf("with v6only and ttl: %v", got)
	}
	k = rawKindNamed(t, "tcp6")
	client, server := rawPair(t, k)
	rawWrite(t, client, "hello")
	rawRead(t, server)
	for _, fd := range []int{client, server} {
		if got := optionsChanged(fd, k.family, "tcp"); len(got) != 0 {
			t.Errorf("a connection has %v", got)
		}
	}
	setOption(t, client, k.family, "hops", "9")
	setOption(t, client, k.family, "nodelay", "on")
	setOption(t, client, k.family, "linger", "3")
	want := []OptionValue{{"linger", int64(3)}, {"nodelay", true}, {"hops", int64(9)}}
	if got := optionsChanged(client, k.family, "tcp"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := optionsChanged(client, k.family, "nosuch"); got != nil {
		t.Errorf("an unknown network has %v", got)
	}
}

func TestOptionPrivilege(t *testing.T) {
	o := mustOption(t, "mark")
	err := o.explain(-1, unix.AF_INET, unix.EPERM)
	var refused *OptionError
	if !errors.As(err, &refused) || !errors.Is(err, unix.EPERM) || refused.Hint != "it takes root or CAP_NET_ADMIN" {
		t.Errorf("%v", err)
	}
}

func TestOptionValuesForCompletion(t *testing.T) {
	if got := mustOption(t, "congestion").Values(); len(got) == 0 {
		t.Error("no congestion control is known")
	}
	if got := mustOption(t, "bindtodevice").Values(); !slices.Contains(got, "lo") {
		t.Errorf("interfaces are %v", got)
	}
	for _, o := range Options() {
		for _, v := range o.Values() {
			if _, err := o.settable(v); runtime.GOOS == "linux" && !o.ReadOnly && err != nil {
				t.Errorf("%s: %v", o.Name, err)
			}
		}
	}
}
