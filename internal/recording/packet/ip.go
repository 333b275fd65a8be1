package packet

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// ErrHeader is the error for a packet whose headers could not be read.
var ErrHeader = errors.New("the header of a packet is cut off or wrong")

// IP is a packet of IP version 4 or 6, or a fragment of one.
type IP struct {
	Src, Dst netip.Addr
	Protocol uint8  // of Payload: for IPv6, after the extension headers
	Payload  []byte // as much of it as there is

	// Length is the length of Payload by the header's own field, in bytes; -1 if the field is
	// 0, as where the network card cuts large packets.
	Length int

	// ID identifies the packet of a fragment, together with the addresses and the protocol.
	// Offset is the position of Payload in that packet, and More says that it is not the last
	// part. Both are zero in a packet that is not a fragment.
	ID     uint32
	Offset int
	More   bool
}

// IsFragment reports whether the packet is a part of another.
func (p *IP) IsFragment() bool { return p.Offset != 0 || p.More }

// The lengths of the headers without options.
const (
	headerIPv4 = 20
	headerIPv6 = 40
	headerTCP  = 20
	headerUDP  = 8
)

// ParseIP reads the headers of a packet of IP (RFC 791, RFC 8200). Payload is a part of p.
func ParseIP(p []byte) (IP, error) {
	if len(p) == 0 {
		return IP{}, ErrHeader
	}
	switch p[0] >> 4 {
	case 4:
		return parseIPv4(p)
	case 6:
		return parseIPv6(p)
	}
	return IP{}, ErrHeader
}

func parseIPv4(p []byte) (IP, error) {
	header := 4 * int(p[0]&15)
	if header < headerIPv4 || len(p) < header {
		return IP{}, ErrHeader
	}
	part := binary.BigEndian.Uint16(p[6:])
	ip := IP{
		Src: netip.AddrFrom4([4]byte(p[12:])), Dst: netip.AddrFrom4([4]byte(p[16:])),
		Protocol: p[9], ID: uint32(binary.BigEndian.Uint16(p[4:])), Offset: 8 * int(part&0x1fff), More: part&0x2000 != 0,
		Length: -1,
	}
	if length := int(binary.BigEndian.Uint16(p[2:])); length > 0 {
		ip.Length = length - header
	}
	return ip.with(p[header:])
}

// with returns the packet with a payload, from which the padding of the link is removed.
func (p *IP) with(payload []byte) (IP, error) {
	if p.Length < -1 {
		return IP{}, ErrHeader
	}
	if p.Payload = payload; p.Length >= 0 {
		p.Payload = payload[:min(len(payload), p.Length)]
	}
	return *p, nil
}

// Extension headers of IPv6 (RFC 8200, section 4).
const (
	hopByHop    = 0
	routing     = 43
	fragmented  = 44
	destination = 60
)

func parseIPv6(p []byte) (IP, error) {
	if len(p) < headerIPv6 {
		return IP{}, ErrHeader
	}
	ip := IP{Src: netip.AddrFrom16([16]byte(p[8:])), Dst: netip.AddrFrom16([16]byte(p[24:])), Protocol: p[6], Length: -1}
	length := int(binary.BigEndian.Uint16(p[4:]))
	if length > 0 {
		ip.Length = length
	}
	p = p[headerIPv6:]
	for {
		size := 8
		switch ip.Protocol {
		case hopByHop, routing, destination:
			if len(p) < 8 {
				return IP{}, ErrHeader
			}
			size += 8 * int(p[1])
		case fragmented:
			if len(p) < 8 {
				return IP{}, ErrHeader
			}
			part := binary.BigEndian.Uint16(p[2:])
			ip.Offset, ip.More, ip.ID = int(part&^7), part&1 != 0, binary.BigEndian.Uint32(p[4:])
		default:
			return ip.with(p)
		}
		if len(p) < size {
			return IP{}, ErrHeader
		}
		if ip.Protocol, p = p[0], p[size:]; length > 0 {
			ip.Length -= size
		}
		if ip.Length < -1 || length > 0 && ip.Length < 0 {
			return IP{}, ErrHeader
		}
		if ip.Offset > 0 {
			return ip.with(p) // what follows is not the beginning of a header
		}
	}
}

// AppendIP appends the header of a packet of IP with a payload of length bytes: version 4 if src
// is of version 4, with its identification id, or version 6. Fragments are forbidden.
func AppendIP(b []byte, src, dst netip.Addr, protocol uint8, id uint16, length int) []byte {
	if !src.Is4() {
		b = append(b, 0x60, 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(length))
		b = append(b, protocol, 64)
		s, d := src.As16(), dst.As16()
		return append(append(b, s[:]...), d[:]...)
	}
	at := len(b)
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(headerIPv4+length))
	b = binary.BigEndian.AppendUint16(b, id)
	b = append(b, 0x40, 0, 64, protocol, 0, 0)
	s, d := src.As4(), dst.As4()
	b = append(append(b, s[:]...), d[:]...)
	binary.BigEndian.PutUint16(b[at+10:], ^fold(sum(0, b[at:])))
	return b
}

// sum adds the 16-bit words of p to a sum for the checksum of the internet (RFC 1071). Only the
// last part of what is summed may have an odd length.
func sum(n uint64, p []byte) uint64 {
	for ; len(p) >= 8; p = p[8:] {
		w := binary.BigEndian.Uint64(p)
		n += w>>32 + w&0xffffffff
	}
	for ; len(p) >= 2; p = p[2:] {
		n += uint64(binary.BigEndian.Uint16(p))
	}
	if len(p) > 0 {
		n += uint64(p[0]) << 8
	}
	return n
}

// fold returns the sum in 16 bits, in one's complement.
func fold(n uint64) uint16 {
	for n > 0xffff {
		n = n>>16 + n&0xffff
	}
	return uint16(n)
}

// pseudo returns the sum of the pseudo-header of TCP, UDP and ICMPv6 (RFC 9293, section 3.1; RFC
// 8200, section 8.1).
func pseudo(src, dst netip.Addr, protocol uint8, length int) uint64 {
	n := uint64(protocol) + uint64(length)
	if src.Is4() {
		s, d := src.As4(), dst.As4()
		return sum(sum(n, s[:]), d[:])
	}
	s, d := src.As16(), dst.As16()
	return sum(sum(n, s[:]), d[:])
}
