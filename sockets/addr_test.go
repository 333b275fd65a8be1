package sockets

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestSplitURL(t *testing.T) {
	for _, tt := range []struct {
		in      string
		kind    Kind
		address string
	}{
		{"127.0.0.1:80", TCP, "127.0.0.1:80"},
		{"[::1]:80", TCP, "[::1]:80"},
		{"tcp://h:1", TCP, "h:1"},
		{"TCP6://h:1", TCP6, "h:1"},
		{"udp://h:1", UDP, "h:1"},
		{"unix:///run/x", Unix, "/run/x"},
		{"unixgram://@x", UnixGram, "@x"},
		{"/run/x", Unix, "/run/x"},
		{"./x", Unix, "./x"},
		{"@x", Unix, "@x"},
		{"vsock://2:80", Vsock, "2:80"},
	} {
		kind, address, err := SplitURL(tt.in)
		if err != nil || kind != tt.kind || address != tt.address {
			t.Errorf("%s: %s %s %v", tt.in, kind, address, err)
		}
	}
	if _, _, err := SplitURL("http://x"); err == nil || !strings.Contains(err.Error(), "expected: tcp") {
		t.Errorf("%v", err)
	}
}

func TestResolveAny(t *testing.T) {
	for _, tt := range []struct {
		kind    Kind
		in      string
		passive bool
		want    string
	}{
		{TCP, ":80", true, "0.0.0.0:80"},
		{TCP, "*:80", true, "0.0.0.0:80"},
		{TCP6, ":80", true, "[::]:80"},
		{UDP4, ":80", false, "127.0.0.1:80"},
		{UDP6, ":80", false, "[::1]:80"},
		{TCP, "127.0.0.1:http", false, "127.0.0.1:80"},
		{TCP, "[fe80::1%7]:9", false, "[fe80::1%7]:9"},
		{TCP, "[::ffff:1.2.3.4]:9", false, "[::ffff:1.2.3.4]:9"},
		{Unix, "", true, "(unnamed)"},
	} {
		got, err := resolve(t.Context(), tt.kind, tt.in, tt.passive)
		if err != nil || len(got) != 1 || got[0].String() != tt.want {
			t.Errorf("%s %s: %v, %v, want %s", tt.kind, tt.in, got, err, tt.want)
		}
	}
	// A name that resolves to an address of the wrong family alone is an error.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := resolve(ctx, TCP, "some.name.invalid:80", false); err == nil {
		t.Error("a name resolves with a context that has ended")
	}
}

func TestScopedAddress(t *testing.T) {
	a := ipAddr(netip.MustParseAddrPort("[fe80::1%no-such-interface]:9"))
	if _, err := a.sockaddr(); err == nil || !strings.Contains(err.Error(), "no network interface") {
		t.Errorf("%v", err)
	}
}

// FuzzResolve gives anything as an address: it never panics, and what is an
// address reads back from its text.
func FuzzResolve(f *testing.F) {
	for _, s := range []string{
		"127.0.0.1:80", "[::1]:80", "[fe80::1%eth0]:1", "[::ffff:1.2.3.4]:65535", ":0", "*:1", "0:0", "::1", "[", "[]:", "[]:1",
		"[::1]80", "a:b:c", "1.2.3.4:70000", "1.2.3.4:-0", "1.2.3.4:+1", "1.2.3.4:00080", "x://y", "@abstract", "/a/path", "", "@", "\x00",
		"@a\x00b", "local:80", "any:0", "2:4294967295", "[%]:1", "[::%25]:1", "1.2.3.4:\u0661", strings.Repeat("1", 400) + ":1",
	} {
		for i := range kinds {
			f.Add(s, uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, s string, k uint8) {
		kind := kinds[int(k)%len(kinds)].kind
		host, service, err := splitHostPort(s)
		if err == nil && service == "" {
			t.Fatalf("%q is %q and %q", s, host, service)
		}
		if !kind.unix() && kind != Vsock {
			// Names go to the resolver, which is not what is tested.
			if _, perr := netip.ParseAddr(host); err == nil && perr != nil && host != "" && host != "*" {
				return
			}
			if strings.Trim(service, "0123456789+-") != "" {
				return
			}
		}
		addrs, err := resolve(t.Context(), kind, s, false)
		if err != nil {
			return
		}
		a := addrs[0]
		if sa, err := a.sockaddr(); err == nil {
			if a.IP.Addr().Zone() != "" {
				return // the kernel knows it by its number
			}
			if back := fromSockaddr(sa); back != a && a.Path != "@" {
				t.Fatalf("%q is %v, and %v from the kernel's form", s, a, back)
			}
		}
		again, err := resolve(t.Context(), kind, a.Raw(), false)
		if err != nil || again[0] != a {
			t.Fatalf("%q is %v, which reads back as %v, %v", s, a, again, err)
		}
		if f := a.family(); kind.unix() != (f == unix.AF_UNIX) {
			t.Fatalf("%q is of family %d", s, f)
		}
		a.Host()
		a.Port()
	})
}

// FuzzSplitURL never panics, and what it splits is what was given.
func FuzzSplitURL(f *testing.F) {
	for _, s := range []string{"tcp://x", "://", "unix://@x", "@x", "/x", "a://b://c", "", "\x00://"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		kind, address, err := SplitURL(s)
		if err == nil && !strings.HasSuffix(s, address) {
			t.Fatalf("%q is %s and %q", s, kind, address)
		}
	})
}

// TestAddrShown: the path of a unix socket is the peer's to choose, so it is quoted
// wherever it is shown, and raw only where a call takes it.
func TestAddrShown(t *testing.T) {
	for path, want := range map[string]string{
		"/tmp/a.sock": "/tmp/a.sock", "@name": "@name", "": "(unnamed)", "sock": "sock",
		"/tmp/a b":              `"/tmp/a b"`,
		"@x\n14:27 c <- y\x1b[": `"@x\n14:27 c <- y\x1b["`,
		"(unnamed)":             `"(unnamed)"`,
	} {
		a := unixAddr(path)
		if got := a.String(); got != want {
			t.Errorf("%q is shown as %s, want %s", path, got, want)
		}
		if got := a.Raw(); path != "" && got != path {
			t.Errorf("Raw is %q, want %q", got, path)
		}
		if path == "" {
			continue
		}
		err := &Error{Op: "connect", Handle: "c", Addr: path, Err: unix.ECONNREFUSED}
		if got, want := err.Error(), "connect c: "+want+": connection refused (ECONNREFUSED)"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
