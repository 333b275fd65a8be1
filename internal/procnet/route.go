package procnet

import (
	"net"
	"net/netip"
	"syscall"

	"errors"
)

// A Route is how the machine reaches an address.
type Route struct {
	Source  netip.Addr // local address that packets carry
	Gateway netip.Addr // the zero Addr: the address is on the link
	Device  string     // name of the interface, "" if unknown
	Local   bool       // the address is one of this machine
}

// A Neighbour is what the link knows of an address on it.
type Neighbour uint8

// The states of a neighbour.
const (
	NeighbourUnknown Neighbour = iota
	NeighbourSilent            // it does not answer ARP or neighbour discovery
	NeighbourPresent           // it has answered
)

// routeByConnect connects a UDP socket, which sends nothing, to find the local address.
func routeByConnect(ip netip.Addr) (Route, error) {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 9)))
	if err != nil {
		var errno syscall.Errno
		if errors.As(err, &errno) {
			return Route{}, errno
		}
		return Route{}, err
	}
	defer c.Close()
	r := Route{Source: c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()}
	r.Local = r.Source == ip.Unmap()
	return r, nil
}

// A LocalAddr is an address of this machine, and the interface that has it.
type LocalAddr struct {
	netip.Prefix
	Device string
	Up     bool // the interface is up
}

// LocalAddrs returns the addresses of this machine, in the order of its interfaces.
func LocalAddrs() ([]LocalAddr, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var list []LocalAddr
	for _, i := range interfaces {
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				list = append(list, LocalAddr{p, i.Name, i.Flags&net.FlagUp != 0})
			}
		}
	}
	return list, nil
}
