package sockopt

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// An iface is a network interface as options name it. The zero value leaves the choice
// to the routing table.
type iface struct {
	index int
	addr4 [4]byte // its first IPv4 address, 0.0.0.0 if it has none
}

// anyInterface stands for the choice of the routing table.
const anyInterface = "any"

// lookupInterface finds an interface by name, index or one of its addresses.
func lookupInterface(s string) (iface, bool) {
	if s == "" || s == "0" || s == anyInterface {
		return iface{}, s != ""
	}
	if i, err := net.InterfaceByName(s); err == nil {
		return newIface(i), true
	}
	if n, err := strconv.Atoi(s); err == nil {
		i, err := net.InterfaceByIndex(n)
		if err != nil {
			return iface{}, false
		}
		return newIface(i), true
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return iface{}, false
	}
	if addr.IsUnspecified() {
		return iface{}, true
	}
	i := interfaceOfAddr(addr.WithZone(""))
	if i == nil {
		return iface{}, false
	}
	found := newIface(i)
	if addr.Is4() {
		found.addr4 = addr.As4()
	}
	return found, true
}

func newIface(i *net.Interface) iface {
	found := iface{index: i.Index}
	for _, addr := range addressesOf(i) {
		if addr.Is4() {
			found.addr4 = addr.As4()
			break
		}
	}
	return found
}

func addressesOf(i *net.Interface) []netip.Addr {
	list, err := i.Addrs()
	if err != nil {
		return nil
	}
	var addrs []netip.Addr
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			addrs = append(addrs, p.Addr().WithZone(""))
		}
	}
	return addrs
}

// interfaceOfAddr returns the interface that has an address, or nil.
func interfaceOfAddr(addr netip.Addr) *net.Interface {
	list, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, i := range list {
		for _, a := range addressesOf(&i) {
			if a == addr {
				return &i
			}
		}
	}
	return nil
}

// interfaceOfAddr4 returns the name of the interface that has an address, or the address
// if there is none.
func interfaceOfAddr4(addr [4]byte) string {
	a := netip.AddrFrom4(addr)
	if a.IsUnspecified() {
		return anyInterface
	}
	if i := interfaceOfAddr(a); i != nil {
		return i.Name
	}
	return a.String()
}

// interfaceOfIndex returns the name of an interface, or its index if it no longer
// exists.
func interfaceOfIndex(index int) string {
	if index == 0 {
		return anyInterface
	}
	if i, err := net.InterfaceByIndex(index); err == nil {
		return i.Name
	}
	return strconv.Itoa(index)
}

// interfaceNames returns the names of the interfaces of this host.
func interfaceNames() []string {
	list, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var names []string
	for _, i := range list {
		names = append(names, i.Name)
	}
	return names
}

// A groupSpec is a multicast group and the interface to be a member on.
type groupSpec struct {
	addr  netip.Addr
	iface iface
}

const wantGroup = "a multicast group such as 239.1.2.3, 239.1.2.3@eth0 or ff02::1%eth0"

// parseGroup reads a group, alone or followed by "@", "%" or a blank and an interface.
// If s is malformed, want says what was expected; else it is "".
func parseGroup(s string) (g groupSpec, want string) {
	group, name := s, ""
	if i := strings.IndexAny(s, "@% \t"); i >= 0 {
		group, name = s[:i], strings.TrimSpace(s[i+1:])
		if name == "" {
			return g, "an interface after the group"
		}
	}
	addr, err := netip.ParseAddr(group)
	if err != nil || !addr.IsMulticast() {
		return g, wantGroup
	}
	g.addr = addr.Unmap()
	if name != "" {
		var ok bool
		if g.iface, ok = lookupInterface(name); !ok {
			return g, "an interface of this host after the group (" + strings.Join(interfaceNames(), ", ") + ")"
		}
	}
	return g, ""
}

func (g groupSpec) is6() bool { return g.addr.Is6() }

// set joins or leaves the group; n says which.
func (g groupSpec) set(fd int, n constant) error {
	if g.is6() {
		return unix.SetsockoptIPv6Mreq(fd, n.level, n.opt, &unix.IPv6Mreq{Multiaddr: g.addr.As16(), Interface: uint32(g.iface.index)})
	}
	return setMembership4(fd, n, g.addr.As4(), g.iface)
}
