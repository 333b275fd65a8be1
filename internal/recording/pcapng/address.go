package pcapng

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"sosh/internal/show"
)

// An address is one end of a conversation in the capture.
type address = netip.AddrPort

// A pair is the two ends of a conversation, the lesser first.
type pair struct {
	a, b address
}

func pairOf(a, b address) pair {
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	return pair{a, b}
}

// short returns s, cut to maxText.
func short(s string) string { return s[:min(len(s), maxText)] }

// clip is short for a string to keep: s may be a part of a long line.
func clip(s string) string { return strings.Clone(short(s)) }

// label returns a name as it may stand in a capture: in one line, without what a terminal
// acts on, and not long. It may be escaped already, as handles show paths.
func label(s string) string { return show.Cell([]byte(short(s))) }

// noName is the address of a unix socket without a name.
const noName = "(unnamed)"

// names makes addresses for what has none of IP: paths and abstract names of unix sockets,
// addresses of vsock, ends without a name, and whatever else stands in a recording.
type names struct {
	file   *file
	byText map[string]netip.Addr
	max    int    // how many names have addresses of their own; all others share one
	ports  uint16 // how many ports ephemeral has chosen
	next   uint32 // the number of the last end without a name
}

const maxNames = 1 << 16

func newNames(f *file) *names {
	return &names{file: f, byText: make(map[string]netip.Addr), max: maxNames}
}

// madeUpPort is the port of made-up addresses: one that no dissector claims.
const madeUpPort = 65000

// parse returns the IP address of a text; ok is false if it is none.
func parse(s string) (a address, ok bool) {
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		ip, err := netip.ParseAddr(s)
		if err != nil {
			return a, false
		}
		a = netip.AddrPortFrom(ip, 0)
	}
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port()), true
}

// named returns the address of a text that is no IP address, such as a path. The first
// time, it writes the name.
func (n *names) named(text string) address {
	text = short(text)
	ip, ok := n.byText[text]
	if !ok {
		name, i := label(text), len(n.byText)
		ip = number(127<<24|64<<16, uint32(i+1))
		if i < n.max {
			n.byText[strings.Clone(text)] = ip
			n.file.Name(ip, name)
		}
	}
	return netip.AddrPortFrom(ip, madeUpPort)
}

// unnamed returns an address for an end without a name, and writes what to call it.
func (n *names) unnamed(what string) address {
	n.next++
	ip := number(127<<24|128<<16, n.next%(1<<23))
	n.file.Name(ip, what)
	return netip.AddrPortFrom(ip, madeUpPort)
}

// rename writes another name for an address that unnamed has made.
func (n *names) rename(a address, what string) { n.file.Name(a.Addr(), what) }

// ownAddress returns what the address of a socket that is bound to all addresses may be, for
// datagrams to and from a peer. If it is not known it is one of those for documentation.
func (n *names) ownAddress(peer netip.Addr) netip.Addr {
	switch {
	case peer.IsLoopback() && peer.Is4():
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	case peer.IsLoopback():
		return netip.IPv6Loopback()
	case peer.Is4():
		return netip.AddrFrom4([4]byte{192, 0, 2, 1})
	}
	return netip.MustParseAddr("2001:db8::1")
}

// ephemeral returns a local address for a connection to a peer that was not made, with a port
// as the system would have chosen it.
func (n *names) ephemeral(peer netip.Addr) address {
	n.ports++
	return netip.AddrPortFrom(n.ownAddress(peer), 49152+n.ports%16384)
}

func number(base, n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], base+n)
	return netip.AddrFrom4(b)
}

// sameFamily makes two addresses fit one packet: if only one is of IPv6, the other becomes
// an IPv6 address too.
func sameFamily(a, b address) (address, address) {
	if a.Addr().Is4() == b.Addr().Is4() {
		return a, b
	}
	return netip.AddrPortFrom(netip.AddrFrom16(a.Addr().As16()), a.Port()), netip.AddrPortFrom(netip.AddrFrom16(b.Addr().As16()), b.Port())
}
