package netcat

import (
	"net/netip"
	"testing"
)

func TestLooseRoute(t *testing.T) {
	route := []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("192.0.2.7")}
	// What ncat gives to setsockopt for -g 10.0.0.1,10.0.0.2 192.0.2.7.
	want := "\x01\x83\x0f\x04\x0a\x00\x00\x01\x0a\x00\x00\x02\xc0\x00\x02\x07"
	if got := string(looseRoute(route, 4)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
