package packet

import "encoding/binary"

// Types of Ethernet (https://www.iana.org/assignments/ieee-802-numbers).
const (
	etherIPv4  = 0x0800
	etherIPv6  = 0x86dd
	etherVLAN  = 0x8100 // 802.1Q
	etherQinQ  = 0x88a8 // 802.1ad
	etherQinQ9 = 0x9100 // the same before the standard
)

// OfLink returns the packet of IP that a packet of a link carries; ok is false if it carries
// something else, or has no room for its header.
func OfLink(link LinkType, p []byte) (ip []byte, ok bool) {
	header, at := 0, 0 // the length of the header, and where the type stands in it
	switch link {
	case LinkRaw, linkRaw12, linkRaw14, LinkIPv4, LinkIPv6:
		return p, len(p) > 0
	case LinkNull, LinkLoop:
		if len(p) < 4 {
			return nil, false
		}
		return p[4:], isFamily(binary.BigEndian.Uint32(p)) || link == LinkNull && isFamily(binary.LittleEndian.Uint32(p))
	case LinkEthernet:
		header, at = 14, 12
	case LinkSLL:
		header, at = 16, 14
	case LinkSLL2:
		header, at = 20, 0
	default:
		return nil, false
	}
	if len(p) < header {
		return nil, false
	}
	kind, p := binary.BigEndian.Uint16(p[at:]), p[header:]
	for kind == etherVLAN || kind == etherQinQ || kind == etherQinQ9 {
		if len(p) < 4 {
			return nil, false
		}
		kind, p = binary.BigEndian.Uint16(p[2:]), p[4:]
	}
	return p, kind == etherIPv4 || kind == etherIPv6
}

// isFamily reports whether n is AF_INET, or AF_INET6 of Linux, NetBSD, FreeBSD or Darwin.
func isFamily(n uint32) bool {
	switch n {
	case 2, 10, 24, 28, 30:
		return true
	}
	return false
}
