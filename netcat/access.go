package netcat

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"sosh/sockets"
)

// access says which clients a listener serves: where there is a list of those
// to allow only they, and never one of those to deny.
type access struct {
	allowing    bool
	allow, deny []hostSpec
}

// A hostSpec is a set of addresses, as nmap writes them: an address, a name, a
// prefix (10.0.0.0/8), or octets with ranges and lists (10.0.0-3.1,5,*).
type hostSpec struct {
	// prefix is in the space of IPv6, where IPv4 is ::ffff:0:0/96: an address and
	// its v4-mapped form are the same host.
	prefix netip.Prefix
	zone   string // where it is not empty, the zone that a peer has to have
	octets *[4][256]bool
}

// newAccess reads the lists of the flags and of the files that they name.
func newAccess(n *netcat) (*access, error) {
	a := &access{}
	o := n.opt
	for _, l := range []struct {
		list []string
		file string
		into *[]hostSpec
	}{{o.allow, o.allowFile, &a.allow}, {o.deny, o.denyFile, &a.deny}} {
		list := l.list
		if l.file != "" {
			b, err := os.ReadFile(l.file)
			if err != nil {
				return nil, n.dialect.unreadable(l.file, err)
			}
			for line := range strings.Lines(string(b)) {
				line, _, _ = strings.Cut(line, "#")
				list = append(list, strings.Fields(line)...)
			}
		}
		for _, text := range list {
			specs, err := n.hostSpecs(text)
			if err != nil {
				return nil, &failure{status: 2, text: fmt.Sprintf("Ncat: error in host specification %s. QUITTING.", err)}
			}
			*l.into = append(*l.into, specs...)
		}
	}
	a.allowing = len(o.allow) > 0 || o.allowFile != ""
	return a, nil
}

// hostSpecs reads one word of a list.
func (n *netcat) hostSpecs(text string) ([]hostSpec, error) {
	host, bits, hasBits := strings.Cut(text, "/")
	ip, err := netip.ParseAddr(host)
	if err != nil && strings.Trim(host, "0123456789.,-*") == "" {
		octets, err := octetSets(host)
		if err != nil {
			return nil, fmt.Errorf("%q (expected an address, a name, a prefix, or four octets with ranges and lists)", text)
		}
		if hasBits {
			length, err := number(bits, 0, 32)
			if err != nil {
				return nil, fmt.Errorf("%q: %v after the slash", text, err)
			}
			maskOctets(octets, length)
		}
		return []hostSpec{{octets: octets}}, nil
	}
	ips := []netip.Addr{ip}
	if err != nil {
		if ips, err = n.resolve(context.Background(), host); err != nil {
			return nil, fmt.Errorf("%q: %v", host, err)
		}
	}
	var specs []hostSpec
	for _, ip := range ips {
		length := ip.BitLen()
		if hasBits {
			if length, err = number(bits, 0, ip.BitLen()); err != nil {
				return nil, fmt.Errorf("%q: %v after the slash", text, err)
			}
		}
		if ip.Is4() {
			length += 96
		}
		specs = append(specs, hostSpec{prefix: netip.PrefixFrom(inSix(ip), length), zone: zoneName(ip)})
	}
	return specs, nil
}

// inSix is an address in the space of IPv6, without its zone.
func inSix(ip netip.Addr) netip.Addr { return netip.AddrFrom16(ip.As16()) }

// zoneName is the zone of an address by the name of its interface: it may be
// written as a number too.
func zoneName(ip netip.Addr) string {
	if index, err := strconv.Atoi(ip.Zone()); err == nil {
		if i, err := net.InterfaceByIndex(index); err == nil {
			return i.Name
		}
	}
	return ip.Zone()
}

// maskOctets has a set take every address whose first bits are those of a
// member.
func maskOctets(sets *[4][256]bool, length int) {
	for i := range sets {
		free := uint(8 - min(max(length-8*i, 0), 8)) // bits of this octet that do not count
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

// octetSets reads four octets, each a list of numbers, ranges and *.
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

func (s hostSpec) contains(ip netip.Addr) bool {
	if s.octets == nil {
		return s.prefix.Contains(inSix(ip)) && (s.zone == "" || s.zone == zoneName(ip))
	}
	if ip = ip.Unmap(); !ip.Is4() {
		return false
	}
	for i, b := range ip.As4() {
		if !s.octets[i][b] {
			return false
		}
	}
	return true
}

// admitsAddr reports whether a peer may be served.
func (a *access) admitsAddr(peer sockets.Addr) bool {
	if !peer.IP.IsValid() {
		return true // of this machine, by a path
	}
	ip := peer.IP.Addr()
	for _, s := range a.deny {
		if s.contains(ip) {
			return false
		}
	}
	if !a.allowing {
		return true
	}
	for _, s := range a.allow {
		if s.contains(ip) {
			return true
		}
	}
	return false
}
