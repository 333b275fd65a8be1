// Package hostset parses sets of addresses in the syntax of nmap: an address, a name, a prefix
// (10.0.0.0/8), or octets with ranges and lists (10.0.0-3.1,5,*). It imports no package of this
// module.
package hostset

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// A Set is a set of addresses. An IPv4 address and its v4-mapped form are the same
// host. The nil Set is empty. Contains may be called concurrently.
type Set []member

type member struct {
	prefix netip.Prefix // in the space of IPv6, where IPv4 is ::ffff:0:0/96
	zone   string       // if not empty, the peer must have this zone
	octets *[4][256]bool
}

// Parse parses a set, which is one word. resolve returns the addresses of a name.
func Parse(text string, resolve func(host string) ([]netip.Addr, error)) (Set, error) {
	host, bits, hasBits := strings.Cut(text, "/")
	ip, err := netip.ParseAddr(host)
	if err != nil && strings.Trim(host, "0123456789.,-*") == "" {
		octets, err := octetSets(host)
		if err != nil {
			return nil, fmt.Errorf("%q (expected an address, a name, a prefix, or four octets with ranges and lists)", text)
		}
		if hasBits {
			length, err := prefixLength(bits, 32)
			if err != nil {
				return nil, fmt.Errorf("%q: %v after the slash", text, err)
			}
			maskOctets(octets, length)
		}
		return Set{{octets: octets}}, nil
	}
	ips := []netip.Addr{ip}
	if err != nil {
		if ips, err = resolve(host); err != nil {
			return nil, fmt.Errorf("%q: %v", host, err)
		}
	}
	var set Set
	for _, ip := range ips {
		length := ip.BitLen()
		if hasBits {
			if length, err = prefixLength(bits, ip.BitLen()); err != nil {
				return nil, fmt.Errorf("%q: %v after the slash", text, err)
			}
		}
		if ip.Is4() {
			length += 96
		}
		set = append(set, member{prefix: netip.PrefixFrom(inSix(ip), length), zone: zoneName(ip)})
	}
	return set, nil
}

func prefixLength(text string, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("expected a number from 0 to %d", most)
	}
	return n, nil
}

// Contains reports whether an address, which may have a zone, is in the set.
func (s Set) Contains(ip netip.Addr) bool {
	for _, m := range s {
		if m.contains(ip) {
			return true
		}
	}
	return false
}

// inSix returns an address as an IPv6 address, without its zone.
func inSix(ip netip.Addr) netip.Addr { return netip.AddrFrom16(ip.As16()) }

// zoneName returns the zone of an address as the name of its interface; in the address, the zone
// may be a number.
func zoneName(ip netip.Addr) string {
	if index, err := strconv.Atoi(ip.Zone()); err == nil {
		if i, err := net.InterfaceByIndex(index); err == nil {
			return i.Name
		}
	}
	return ip.Zone()
}

// maskOctets extends a set to every address that has the first length bits of a member.
func maskOctets(sets *[4][256]bool, length int) {
	for i := range sets {
		free := uint(8 - min(max(length-8*i, 0), 8)) // bits of this octet that may have any value
		was := sets[i]
		for v := range was {
			if was[v] {
				for u := v >> free << free; u < v>>free<<free+1<<free; u++ {
					sets[i][u] = true
				}
			}
		}
	}
}

// octetSets parses four octets, each a list of numbers, ranges and *.
func octetSets(s string) (*[4][256]bool, error) {
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return nil, fmt.Errorf("%d octets", len(parts))
	}
	var sets [4][256]bool
	for i, part := range parts {
		for item := range strings.SplitSeq(part, ",") {
			low, high, isRange := strings.Cut(item, "-")
			if item == "*" {
				low, high, isRange = "", "", true
			}
			from, to := 0, 255
			var err error
			if low != "" || !isRange {
				if from, err = strconv.Atoi(low); err != nil {
					return nil, err
				}
			}
			if !isRange {
				to = from
			} else if high != "" {
				if to, err = strconv.Atoi(high); err != nil {
					return nil, err
				}
			}
			if from > to || to > 255 {
				return nil, fmt.Errorf("octet %s", item)
			}
			for v := from; v <= to; v++ {
				sets[i][v] = true
			}
		}
	}
	return &sets, nil
}

func (m member) contains(ip netip.Addr) bool {
	if m.octets == nil {
		return m.prefix.Contains(inSix(ip)) && (m.zone == "" || m.zone == zoneName(ip))
	}
	if ip = ip.Unmap(); !ip.Is4() {
		return false
	}
	for i, b := range ip.As4() {
		if !m.octets[i][b] {
			return false
		}
	}
	return true
}
