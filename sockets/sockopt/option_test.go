package sockopt

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sosh/internal/rawsock"

	"golang.org/x/sys/unix"
)

func TestTable(t *testing.T) {
	seen := map[string]string{}
	for _, o := range All() {
		if o.Name != strings.ToLower(o.Name) || o.Doc == "" || o.Networks == 0 || o.Level == "" {
			t.Errorf("row %+v is incomplete", o)
		}
		if strings.HasSuffix(o.Doc, ".") || strings.Contains(o.Doc, "\n") {
			t.Errorf("%s: the summary is to be one line without a period", o.Name)
		}
		if key := keyOf(o.Name); seen[key] != "" {
			t.Errorf("%s and %s are one name", o.Name, seen[key])
		} else {
			seen[key] = o.Name
		}
		for _, c := range []string{o.C, o.C6} {
			if _, ok := constants[c]; !ok && c != "" && runtime.GOOS == "linux" {
				t.Errorf("%s: %s has no number", o.Name, c)
			}
		}
		if o.C6 != "" && (levelOf(o.C) != "IPPROTO_IP" || levelOf(o.C6) != "IPPROTO_IPV6") {
			t.Errorf("%s: two constants are for IP and IPv6", o.Name)
		}
		if got, err := Lookup(o.C); err != nil || got.C != o.C {
			t.Errorf("%s is not found by %s", o.Name, o.C)
		}
	}
}

func TestLookup(t *testing.T) {
	for name, want := range map[string]string{
		"reuseaddr": "reuseaddr", "SO_REUSEADDR": "reuseaddr", "Reuse-Addr": "reuseaddr", "so-reuse-addr": "reuseaddr",
		"reuse_addr": "reuseaddr", "TCP_NODELAY": "nodelay", "no-delay": "nodelay", "TCP_USER_TIMEOUT": "usertimeout",
		"user-timeout": "usertimeout", "IP_TTL": "ttl", "IPV6_UNICAST_HOPS": "hops", "unicast_hops": "hops",
		"IPV6_TCLASS": "tclass", "IPV6_V6ONLY": "v6only", "IP_MULTICAST_TTL": "mcast_ttl", "ipv6_multicast_hops": "mcast_ttl",
		"mcast-ttl": "mcast_ttl", "IP_ADD_MEMBERSHIP": "join", "IPV6_JOIN_GROUP": "join", "IPV6_ADD_MEMBERSHIP": "join",
		"mreq": "join", "TCP_DEFER_ACCEPT": "defer_accept", "deferaccept": "defer_accept", "UDP_GRO": "gro",
		"udp-segment": "segment", "SO_BINDTODEVICE": "bindtodevice", "bind-to-device": "bindtodevice",
		"so_linger": "linger", "IPV6_MTU": "mtu", "tcp_fastopen": "fastopen", "tcp_nopush": "cork",
	} {
		o, err := Lookup(name)
		if err != nil || o.Name != want {
			t.Errorf("Lookup(%q) = %v, %v, want %s", name, o, err, want)
		}
	}
}

func TestUnknown(t *testing.T) {
	for name, nearest := range map[string]string{
		"reusadr": "reuseaddr", "SO_REUSEADR": "reuseaddr", "nodealy": "nodelay", "keepaliv": "keepalive",
		"lingre": "linger", "buf": "rcvbuf", "multicast": "mcast_if", "tcp_corc": "cork", "xyzzy": "", "": "",
	} {
		_, err := Lookup(name)
		var unknown *UnknownError
		if !errors.As(err, &unknown) {
			t.Fatalf("Lookup(%q): %v", name, err)
		}
		if unknown.Name != name {
			t.Errorf("%q is called %q", name, unknown.Name)
		}
		if nearest == "" && len(unknown.Nearest) > 0 || nearest != "" && !slices.Contains(unknown.Nearest, nearest) {
			t.Errorf("nearest to %q: %v, want %q", name, unknown.Nearest, nearest)
		}
		if len(unknown.Nearest) > 3 {
			t.Errorf("nearest to %q: %v", name, unknown.Nearest)
		}
	}
	_, err := Lookup("xyz")
	if got, want := err.Error(), `no option named "xyz"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBadValue(t *testing.T) {
	for _, c := range []struct{ option, value, text string }{
		{"rcvbuf", "x", `bad value "x" for rcvbuf: a number of bytes expected`},
		{"rcvbuf", "-1", `bad value "-1" for rcvbuf: a number of bytes expected`},
		{"rcvbuf", "4g", `bad value "4g" for rcvbuf: a number of bytes expected`},
		{"rcvbuf", "99999999999999999999", `bad value "99999999999999999999" for rcvbuf: a number of bytes expected`},
		{"nodelay", "maybe", `bad value "maybe" for nodelay: on or off expected`},
		{"nodelay", "", `bad value "" for nodelay: on or off expected`},
		{"nodelay", "2", `bad value "2" for nodelay: on or off expected`},
		{"linger", "on", `bad value "on" for linger: off or a whole number of seconds expected`},
		{"linger", "0.5", `bad value "0.5" for linger: off or a whole number of seconds expected`},
		{"keepidle", "500ms", `bad value "500ms" for keepidle: a whole number of seconds expected`},
		{"usertimeout", "5us", `bad value "5us" for usertimeout: a whole number of milliseconds expected`},
		{"tos", "256", `bad value "256" for tos: a number from 0 to 255, lowdelay, throughput, reliability, mincost, ef, cs1 expected`},
		{"ttl", "300", `bad value "300" for ttl: a number from -1 to 255 expected`},
		{"ttl", "0x-1", `bad value "0x-1" for ttl: a number from -1 to 255 expected`},
		{"congestion", "", `bad value "" for congestion: the name of an algorithm expected`},
		{"join", "10.0.0.1", `bad value "10.0.0.1" for join: a multicast group such as 239.1.2.3, 239.1.2.3@eth0 or ff02::1%eth0 expected`},
		{"join", "239.1.2.3@", `bad value "239.1.2.3@" for join: an interface after the group expected`},
		{"mcast_if", "nosuch0", `bad value "nosuch0" for mcast_if: an interface's name, index or address, or any, expected`},
		{"mtu_discover", "never", `bad value "never" for mtu_discover: a number, dont, want, do, probe, interface, omit expected`},
	} {
		o := mustOption(t, c.option)
		if !o.Supported() {
			continue
		}
		_, err := o.settable(c.value)
		var bad *ValueError
		if !errors.As(err, &bad) {
			t.Errorf("%s %q: %v", c.option, c.value, err)
			continue
		}
		if err.Error() != c.text {
			t.Errorf("got  %s\nwant %s", err, c.text)
		}
	}
	_, err := mustOption(t, "join").settable("239.1.2.3@nosuch0")
	if err == nil || !strings.Contains(err.Error(), interfaceNames()[0]) {
		t.Errorf("an unknown interface: %v", err)
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		option, value string
		want          int64
	}{
		{"nodelay", "YES", 1}, {"nodelay", "no", 0}, {"nodelay", "true", 1}, {"nodelay", " off ", 0},
		{"rcvbuf", "64k", 65536}, {"rcvbuf", "64KiB", 65536}, {"rcvbuf", "1M", 1 << 20}, {"rcvbuf", "0x1000", 4096},
		{"rcvbuf", "010", 10}, {"rcvbuf", "2 MiB", 2 << 20},
		{"keepidle", "30", 30}, {"keepidle", "2m", 120}, {"keepidle", "1500ms", -1}, {"keepidle", "3000ms", 3},
		{"usertimeout", "1500", 1500}, {"usertimeout", "1.5s", 1500}, {"linger", "0", 0}, {"linger", "5s", 5},
		{"tos", "EF", 0xb8}, {"tos", "0x10", 16}, {"mtu_discover", "do", 2}, {"ttl", "-1", -1},
		{"mark", "0xffffffff", 1<<32 - 1},
	} {
		v, err := mustOption(t, c.option).parse(c.value)
		if c.want < 0 && c.option != "ttl" {
			if err == nil {
				t.Errorf("%s %s: %d, want an error", c.option, c.value, v.number)
			}
		} else if err != nil || v.number != c.want || v.off {
			t.Errorf("%s %s: %d, %v, want %d", c.option, c.value, v.number, err, c.want)
		}
	}
	if v, err := mustOption(t, "linger").parse("off"); err != nil || !v.off {
		t.Errorf("linger off: %+v, %v", v, err)
	}
}

func TestAppliesTo(t *testing.T) {
	for _, c := range []struct {
		option, network string
		family          int
		want            bool
	}{
		{"nodelay", "tcp", 0, true}, {"nodelay", "tcp4", unix.AF_INET, true}, {"nodelay", "udp", 0, false}, {"nodelay", "unix", unix.AF_UNIX, false},
		{"broadcast", "udp", unix.AF_INET, true}, {"broadcast", "tcp", 0, false},
		{"hops", "tcp", 0, true}, {"hops", "tcp", unix.AF_INET, false}, {"hops", "tcp", unix.AF_INET6, true}, {"hops", "tcp4", 0, false},
		{"v6only", "udp6", 0, true}, {"ttl", "udp6", 0, true}, {"tos", "tcp", unix.AF_INET6, true},
		{"rcvbuf", "unixgram", unix.AF_UNIX, true}, {"join", "tcp", 0, false}, {"rcvbuf", "nosuch", 0, false}, {"rcvbuf", "", 0, false},
	} {
		if got := mustOption(t, c.option).AppliesTo(c.network, c.family); got != c.want {
			t.Errorf("%s on %s, family %d: %v", c.option, c.network, c.family, got)
		}
	}
}

func TestRefused(t *testing.T) {
	tcp4, udp4 := rawsock.Named(t, "tcp4"), rawsock.Named(t, "udp4")
	fd4, fdu := rawsock.New(t, tcp4), rawsock.New(t, udp4)
	unixFd := rawsock.New(t, rawsock.Named(t, "unix"))
	for _, c := range []struct {
		what string
		err  error
		is   error
		text string
		hint string
	}{
		{"hops on IPv4", mustOption(t, "hops").Set(fd4, unix.AF_INET, "5"), unix.ENOPROTOOPT, "option hops: only for IPv6 sockets", "ttl is the option of IPv4"},
		{"tclass on IPv4", mustOption(t, "tclass").Set(fd4, unix.AF_INET, "5"), unix.ENOPROTOOPT, "option tclass: only for IPv6 sockets", "tos is the option of IPv4"},
		{"nodelay on UDP", mustOption(t, "nodelay").Set(fdu, unix.AF_INET, "on"), unix.ENOPROTOOPT, "option nodelay: not for udp sockets", ""},
		{"nodelay on unix", mustOption(t, "nodelay").Set(unixFd, unix.AF_UNIX, "on"), unix.EOPNOTSUPP, "option nodelay: not for unix sockets", ""},
		{"ttl on unix", mustOption(t, "ttl").Set(unixFd, unix.AF_UNIX, "5"), unix.EOPNOTSUPP, "option ttl: only for IP sockets", ""},
		{"set error", mustOption(t, "error").Set(fd4, unix.AF_INET, "5"), unix.ENOPROTOOPT, "option error: can be read but not set", ""},
		{"get join", func() error { _, err := mustOption(t, "join").Get(fdu, unix.AF_INET); return err }(), unix.ENOPROTOOPT, "option join: can be set but not read", ""},
	} {
		var refused *Error
		if !errors.As(c.err, &refused) || !errors.Is(c.err, c.is) {
			t.Errorf("%s: %v", c.what, c.err)
			continue
		}
		if refused.Error() != c.text || refused.Hint != c.hint {
			t.Errorf("%s: %q, hint %q", c.what, refused.Error(), refused.Hint)
		}
	}
	if err := mustOption(t, "rcvbuf").Set(-1, unix.AF_INET, "5"); !errors.Is(err, unix.EBADF) {
		t.Errorf("a bad descriptor: %v", err)
	}
}

// An option whose constant a system lacks.
func TestUnsupported(t *testing.T) {
	o := &Option{Name: "other", C: "SO_NO_SUCH_THING", Networks: onAll}
	if o.Supported() || o.AppliesTo("tcp", 0) {
		t.Error("it is there")
	}
	_, checkErr := o.settable("on")
	_, getErr := o.Get(rawsock.New(t, rawsock.Kinds[0]), unix.AF_INET)
	for _, err := range []error{checkErr, o.Set(0, unix.AF_INET, "on"), getErr} {
		if !errors.Is(err, errors.ErrUnsupported) || err.Error() != "option other: not on "+runtime.GOOS {
			t.Errorf("%v", err)
		}
	}
}

func TestRaw(t *testing.T) {
	fd := rawsock.New(t, rawsock.Named(t, "tcp4"))
	number := func(s string) int {
		t.Helper()
		n, err := ParseConstant(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	level, opt := number("SOL_SOCKET"), number("so_keepalive")
	if level != unix.SOL_SOCKET || opt != unix.SO_KEEPALIVE || number("0x1a") != 26 || number("6") != 6 || number("IPPROTO_TCP") != number("sol_tcp") {
		t.Error("names and numbers differ")
	}
	if err := SetRaw(fd, level, opt, 1); err != nil {
		t.Fatal(err)
	}
	if v, err := GetRaw(fd, level, opt); err != nil || v == 0 {
		t.Errorf("keepalive is %d, %v", v, err)
	}
	if err := SetRaw(fd, level, opt, 0); err != nil {
		t.Fatal(err)
	}
	if v := getOption(t, fd, unix.AF_INET, "keepalive"); v != false {
		t.Errorf("keepalive is %v", v)
	}
	for _, bad := range []string{"", "SO_", "-1", "4294967296", "1x", "tcp"} {
		var value *ValueError
		if _, err := ParseConstant(bad); !errors.As(err, &value) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := GetRaw(fd, 12345, 1); err == nil {
		t.Error("level 12345 is there")
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		option string
		value  any
		want   string
	}{
		{"nodelay", true, "on"}, {"linger", false, "off"}, {"linger", int64(0), "0 s"}, {"rcvbuf", int64(131072), "131072 bytes"},
		{"error", int64(unix.ECONNREFUSED), ""}, {"error", int64(0), "0"}, {"tos", int64(16), "16 lowdelay"},
		{"type", int64(unix.SOCK_STREAM), "1 stream"}, {"congestion", "cubic", "cubic"}, {"ttl", int64(64), "64"},
	} {
		got := mustOption(t, c.option).Format(c.value)
		if c.want != "" && got != c.want || c.want == "" && !strings.HasSuffix(got, " ECONNREFUSED") {
			t.Errorf("%s %v: %q, want %q", c.option, c.value, got, c.want)
		}
	}
	if got := (Value{"keepidle", int64(30)}).String(); got != "keepidle=30" {
		t.Error(got)
	}
	if got := (Value{"nodelay", true}).String(); got != "nodelay=on" {
		t.Error(got)
	}
}

// Whatever is typed, a value is taken or refused in one line, and a number
// that is taken is within its bounds.
func FuzzValue(f *testing.F) {
	for _, o := range All() {
		for _, v := range []string{"on", "0", "-1", "64k", "1.5s", "0x10", "off", "239.1.2.3@lo", "ff02::1%lo", "lo", "", "\x00", "9e9h", "99999999999999999999", "1\n2"} {
			f.Add(o.Name, v)
		}
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		o, err := Lookup(name)
		if err != nil {
			var unknown *UnknownError
			if !errors.As(err, &unknown) {
				t.Fatalf("%T", err)
			}
			return
		}
		v, err := o.parse(value)
		if err != nil {
			var bad *ValueError
			if !errors.As(err, &bad) || bad.Want == "" || strings.ContainsAny(err.Error(), "\n\r\x00") {
				t.Fatalf("%q", err)
			}
			return
		}
		lo, hi := o.bounds()
		if v.number < lo || v.number > hi {
			t.Fatalf("%s %q: %d", name, value, v.number)
		}
	})
}
