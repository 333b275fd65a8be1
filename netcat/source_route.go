package netcat

import (
	"context"
	"net/netip"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// routeThrough sets the hops of -g and the pointer of -G on a socket that will connect to
// ip.
func (n *netcat) routeThrough(ctx context.Context, h *sockets.Handle, ip netip.Addr) error {
	if !ip.Is4() {
		return n.dialect.wrong("Sorry, -g can only currently be used with IPv4.")
	}
	var hops []netip.Addr
	for _, name := range n.opt.sourceRoute {
		ips, err := n.resolve(ctx, name)
		if err == nil && !ips[0].Is4() {
			err = errFamily
		}
		if err != nil {
			return n.dialect.wrong("Sorry, could not resolve source route hop %q: %v.", name, err)
		}
		hops = append(hops, ips[0])
	}
	raw, err := h.SyscallConn()
	if err != nil {
		return err
	}
	options := looseRoute(append(hops, ip), n.opt.sourceRoutePointer)
	cerr := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptString(int(fd), unix.IPPROTO_IP, unix.IP_OPTIONS, string(options))
	})
	if cerr != nil {
		return cerr
	}
	if err != nil {
		return n.dialect.wrong("Setting of IP options failed: %s.", causeOf(err))
	}
	return nil
}

// looseRoute returns the IP option of a loose source route (RFC 791, section 3.1), padded
// with a no-operation to a multiple of four bytes.
func looseRoute(route []netip.Addr, pointer int) []byte {
	const noOperation, looseSourceRoute = 1, 131
	option := []byte{noOperation, looseSourceRoute, byte(3 + 4*len(route)), byte(pointer)}
	for _, ip := range route {
		option = append(option, ip.AsSlice()...)
	}
	return option
}
