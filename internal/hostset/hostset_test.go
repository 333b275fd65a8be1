package hostset

import (
	"errors"
	"net"
	"net/netip"
	"testing"
)

// TestHostset looks for peers in sets, with addresses that no test has on
// its machine: those with a zone, and the v4-mapped ones.
func TestHostset(t *testing.T) {
	lo, err := net.InterfaceByIndex(1)
	if err != nil {
		t.Skip("no interface has the index 1")
	}
	for _, c := range []struct {
		spec, peer string
		want       bool
	}{
		{"fe80::/10", "fe80::1%" + lo.Name, true},
		{"fe80::1", "fe80::1%" + lo.Name, true},
		{"::/0", "fe80::1%" + lo.Name, true},
		{"fe80::1%" + lo.Name, "fe80::1%" + lo.Name, true},
		{"fe80::1%1", "fe80::1%" + lo.Name, true},
		{"fe80::1%" + lo.Name, "fe80::1%1", true},
		{"fe80::%" + lo.Name + "/10", "fe80::9%" + lo.Name, true},
		{"fe80::1%other", "fe80::1%" + lo.Name, false},
		{"fe80::1%other", "fe80::1", false},
		{"fe80::1", "fe80::2%" + lo.Name, false},
		{"::ffff:127.0.0.1", "127.0.0.1", true},
		{"::ffff:127.0.0.1", "127.0.0.2", false},
		{"::ffff:0:0/96", "127.0.0.1", true},
		{"::ffff:127.0.0.0/104", "127.9.9.9", true},
		{"::ffff:127.0.0.0/104", "128.0.0.1", false},
		{"::/0", "127.0.0.1", true},
		{"::1", "127.0.0.1", false},
		{"127.0.0.1", "::ffff:127.0.0.1", true},
		{"127.0.0.0/8", "::ffff:127.9.9.9", true},
		{"0.0.0.0/0", "::ffff:9.9.9.9", true},
		{"0.0.0.0/0", "9.9.9.9", true},
		{"0.0.0.0/0", "::1", false},
		{"127.0.0-3.*", "::ffff:127.0.2.9", true},
		{"127.0.0-3.0/8", "127.9.9.9", true},
		{"10.0.0-3.0/24", "10.0.3.77", true},
		{"10.0.0-3.0/24", "10.0.4.77", false},
		{"10.0.0-3.5/28", "10.0.1.15", true},
		{"10.0.0-3.5/28", "10.0.1.16", false},
	} {
		set, err := Parse(c.spec, func(host string) ([]netip.Addr, error) { return nil, errors.New("a name") })
		if err != nil {
			t.Errorf("%s: %v", c.spec, err)
			continue
		}
		if got := set.Contains(netip.MustParseAddr(c.peer)); got != c.want {
			t.Errorf("%s contains %s: %v, want %v", c.spec, c.peer, got, c.want)
		}
	}
}
