package whose

import (
	"cmp"
	"context"
	"net"
	"slices"
	"strconv"
	"strings"

	"sosh/internal/procnet"
	"sosh/sockets"
)

// Ports returns the TCP listeners and the unconnected UDP sockets of the machine, in order of
// port. which selects: a port, the name of a service, of a process or of a handle, or, for the
// listeners of unix sockets, a path, @NAME or unix; "" selects all of TCP and UDP. With
// [ErrOnlyOurs], the list has only those of this program. When ctx ends, the list is incomplete.
func Ports(ctx context.Context, table *sockets.Table, which string) ([]End, error) {
	q := procnet.Query{Networks: []string{"tcp", "udp"}, Listeners: true}
	path := which == "unix" || strings.ContainsAny(which, "/@")
	if path {
		q.Networks = []string{"unix"}
	}
	port, isPort := portOf(which)
	if isPort {
		q.LocalPort = port
	}
	list, err := find(ctx, table, q)
	if err != nil && err != ErrOnlyOurs {
		return nil, err
	}
	if path && which != "unix" {
		list = slices.DeleteFunc(list, func(s procnet.Socket) bool { return !samePath(&s, which) })
	}
	out := ends(ctx, table, list, false)
	if which != "" && !isPort && !path {
		services := servicePorts(which)
		out = slices.DeleteFunc(out, func(e End) bool {
			return e.Handle != which && services[e.Network] != e.Local.Port() &&
				!slices.ContainsFunc(e.Processes, func(p procnet.Process) bool { return p.Name == which })
		})
	}
	slices.SortStableFunc(out, func(a, b End) int {
		return cmp.Or(cmp.Compare(a.Local.Port(), b.Local.Port()), cmp.Compare(a.Network, b.Network),
			a.Local.Addr().Compare(b.Local.Addr()), cmp.Compare(a.Path, b.Path))
	})
	return out, err
}

// portOf parses a port: "8080" or ":8080".
func portOf(s string) (port uint16, ok bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, ":"), 10, 16)
	return uint16(n), err == nil && n > 0
}

// servicePorts returns the ports of a service by protocol. It reads /etc/services.
func servicePorts(name string) map[string]uint16 {
	ports := make(map[string]uint16)
	for _, network := range []string{"tcp", "udp"} {
		if n, err := net.LookupPort(network, name); err == nil {
			ports[network] = uint16(n)
		}
	}
	return ports
}
