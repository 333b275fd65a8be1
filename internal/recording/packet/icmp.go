package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// A Reason says why a datagram was not delivered.
type Reason uint8

// The reasons for which packets are written.
const (
	PortUnreachable Reason = iota
	HostUnreachable
	NetworkUnreachable
)

// Types and codes of ICMP (RFC 792; RFC 4443, section 3.1).
const (
	unreachable4 = 3
	unreachable6 = 1
)

var codes = map[Reason][2]byte{ // of ICMP and of ICMPv6
	PortUnreachable:    {3, 4},
	HostUnreachable:    {1, 3},
	NetworkUnreachable: {0, 0},
}

var texts = [2]map[byte]string{
	{0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable", 4: "fragmentation needed",
		5: "source route failed", 9: "network prohibited", 10: "host prohibited", 13: "administratively prohibited"},
	{0: "no route to destination", 1: "administratively prohibited", 3: "address unreachable", 4: "port unreachable",
		5: "source address prohibited", 6: "route rejected"},
}

// ParseUnreachable reads an ICMP error, destination unreachable: why, and the packet that was not
// delivered, of which it has the beginning. ok is false for other messages of ICMP.
func ParseUnreachable(ip *IP) (why string, about []byte, ok bool) {
	p := ip.Payload
	version := 0
	switch {
	case ip.Protocol == ICMPv6:
		version = 1
	case ip.Protocol != ICMP:
		return "", nil, false
	}
	if len(p) < 8 || p[0] != [2]byte{unreachable4, unreachable6}[version] {
		return "", nil, false
	}
	if why = texts[version][p[1]]; why == "" {
		why = fmt.Sprintf("destination unreachable (code %d)", p[1])
	}
	return why, p[8:], true
}

// AppendUnreachable appends a packet of IP with the ICMP error that a datagram from src to dst,
// with a payload of size bytes, was not delivered. It comes from dst, and contains the headers of
// the datagram.
func AppendUnreachable(b []byte, src, dst netip.AddrPort, id uint16, why Reason, size int) []byte {
	about := AppendIP(nil, src.Addr(), dst.Addr(), UDP, 0, headerUDP+size)
	about = appendUDPHeader(about, src.Port(), dst.Port(), headerUDP+size)
	kind, code, protocol := byte(unreachable4), codes[why][0], uint8(ICMP)
	if !src.Addr().Is4() {
		kind, code, protocol = unreachable6, codes[why][1], ICMPv6
	}
	length := 8 + len(about)
	b = AppendIP(b, dst.Addr(), src.Addr(), protocol, id, length)
	at := len(b)
	b = append(b, kind, code, 0, 0, 0, 0, 0, 0)
	b = append(b, about...)
	n := uint64(0)
	if protocol == ICMPv6 {
		n = pseudo(dst.Addr(), src.Addr(), protocol, length)
	}
	binary.BigEndian.PutUint16(b[at+2:], ^fold(sum(n, b[at:])))
	return b
}
