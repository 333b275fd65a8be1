package procnet

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"
)

// RouteTo returns the route of packets to ip. If no route leads there, the error is the one that
// connect would have, such as ENETUNREACH.
func RouteTo(ctx context.Context, ip netip.Addr) (Route, error) {
	ip = ip.Unmap()
	var r Route
	answered := false
	err := converse(ctx, unix.NETLINK_ROUTE, routeRequest(ip), func(data []byte) bool {
		r, answered = parseRoute(data)
		return false
	})
	if err != nil || !answered {
		return routeByConnect(ip)
	}
	return r, nil
}

func family(ip netip.Addr) uint8 {
	if ip.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// routeRequest is a struct rtmsg and the destination.
func routeRequest(ip netip.Addr) []byte {
	b := make([]byte, unix.SizeofRtMsg)
	b[0], b[1] = family(ip), uint8(ip.BitLen())
	b = appendAttr(b, unix.RTA_DST, ip.WithZone("").AsSlice())
	if zone := ip.Zone(); zone != "" {
		if n, err := zoneIndex(zone); err == nil {
			b = appendAttr(b, unix.RTA_OIF, binary.NativeEndian.AppendUint32(nil, uint32(n)))
		}
	}
	return request(unix.RTM_GETROUTE, 0, b)
}

func zoneIndex(zone string) (int, error) {
	if n, err := strconv.Atoi(zone); err == nil {
		return n, nil
	}
	i, err := net.InterfaceByName(zone)
	if err != nil {
		return 0, err
	}
	return i.Index, nil
}

// parseRoute parses a struct rtmsg and its attributes.
func parseRoute(b []byte) (r Route, ok bool) {
	if len(b) < unix.SizeofRtMsg {
		return r, false
	}
	r.Local = b[7] == unix.RTN_LOCAL
	attrs(b[unix.SizeofRtMsg:], func(typ uint16, data []byte) {
		switch typ {
		case unix.RTA_GATEWAY:
			r.Gateway, _ = netip.AddrFromSlice(data)
		case unix.RTA_PREFSRC:
			r.Source, _ = netip.AddrFromSlice(data)
		case unix.RTA_OIF:
			if len(data) >= 4 {
				if i, err := net.InterfaceByIndex(int(binary.NativeEndian.Uint32(data))); err == nil {
					r.Device = i.Name
				}
			}
		}
	})
	return r, true
}

// NeighbourState returns what the link knows of ip: the state of its entry in the table of ARP or
// of neighbour discovery.
func NeighbourState(ctx context.Context, ip netip.Addr) (Neighbour, error) {
	ip = ip.Unmap().WithZone("")
	b := make([]byte, unix.SizeofNdMsg)
	b[0] = family(ip)
	state := NeighbourUnknown
	err := converse(ctx, unix.NETLINK_ROUTE, request(unix.RTM_GETNEIGH, unix.NLM_F_DUMP, b), func(data []byte) bool {
		if n, ok := parseNeighbour(data, ip); ok {
			state = n
		}
		return state == NeighbourUnknown
	})
	return state, err
}

// parseNeighbour parses a struct ndmsg and its attributes; ok is false if it is about another
// address.
func parseNeighbour(b []byte, ip netip.Addr) (n Neighbour, ok bool) {
	if len(b) < unix.SizeofNdMsg {
		return NeighbourUnknown, false
	}
	attrs(b[unix.SizeofNdMsg:], func(typ uint16, data []byte) {
		if a, valid := netip.AddrFromSlice(data); typ == unix.NDA_DST && valid && a == ip {
			ok = true
		}
	})
	switch state := binary.NativeEndian.Uint16(b[8:]); {
	case state&(unix.NUD_INCOMPLETE|unix.NUD_FAILED) != 0:
		n = NeighbourSilent
	case state&(unix.NUD_REACHABLE|unix.NUD_STALE|unix.NUD_DELAY|unix.NUD_PROBE|unix.NUD_PERMANENT) != 0:
		n = NeighbourPresent
	}
	return n, ok
}
