package whose

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"sosh/internal/procnet"
	"sosh/sockets"
)

// A Connection is a socket, and the other end of its connection if that is on this machine too.
type Connection struct {
	End
	Other *End // nil if the other end is on another machine, or the socket is not connected
}

// ErrNone is the error of Who for an address that no socket of the machine has.
var ErrNone = errors.New("no socket of this machine has that address")

// Who returns the sockets whose local address is address, as HOST:PORT, a path or @NAME, or else
// those that are connected to it. Listeners come first. With [ErrOnlyOurs], only those of this
// program are known.
func Who(ctx context.Context, table *sockets.Table, address string) ([]Connection, error) {
	if strings.HasPrefix(address, "@") || strings.Contains(address, "/") {
		return whoUnix(ctx, table, func(s *procnet.Socket) bool { return samePath(s, address) })
	}
	a, err := resolve(ctx, address)
	if err != nil {
		return nil, err
	}
	networks := []string{"tcp", "udp"}
	local, err := find(ctx, table, procnet.Query{Networks: networks, LocalPort: a.Port()})
	if err != nil && err != ErrOnlyOurs {
		return nil, err
	}
	local = slices.DeleteFunc(local, func(s procnet.Socket) bool { return !s.Takes(a) })
	peers, perr := find(ctx, table, procnet.Query{Networks: networks, PeerPort: a.Port()})
	if perr != nil && perr != ErrOnlyOurs {
		return nil, perr
	}
	peers = slices.DeleteFunc(peers, func(s procnet.Socket) bool { return !sameAddr(s.Peer, a) })
	if len(local)+len(peers) == 0 {
		return nil, ErrNone
	}
	all := ends(ctx, table, slices.Concat(local, peers), false)
	mine, others := all[:len(local)], all[len(local):]
	var out []Connection
	used := make([]bool, len(others))
	for _, e := range mine {
		c := Connection{End: e}
		for i := range others {
			if !used[i] && opposite(&e.Socket, &others[i].Socket) {
				c.Other, used[i] = &others[i], true
				break
			}
		}
		out = append(out, c)
	}
	for i, e := range others {
		if !used[i] {
			out = append(out, Connection{End: e})
		}
	}
	return out, err
}

// resolve returns the address that HOST:PORT stands for. A host may be a name and a port that of a
// service; without a host it is 127.0.0.1.
func resolve(ctx context.Context, address string) (netip.AddrPort, error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("bad address %q (expected HOST:PORT, a path, @NAME or a handle)", address)
	}
	port, err := net.DefaultResolver.LookupPort(ctx, "tcp", service)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("bad port %q (expected 0 to 65535, or a name such as http)", service)
	}
	if host == "" || host == "*" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		list, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		if err != nil {
			return netip.AddrPort{}, fmt.Errorf("host %q not found", host)
		}
		ip = list[0].Unmap()
	}
	return netip.AddrPortFrom(ip, uint16(port)), nil
}

// WhoHas returns the connection of one of our handles.
func WhoHas(ctx context.Context, table *sockets.Table, h *sockets.Handle) ([]Connection, error) {
	inode := h.Inode()
	if inode == 0 {
		return nil, ErrNone
	}
	if strings.HasPrefix(h.Network(), "unix") {
		return whoUnix(ctx, table, func(s *procnet.Socket) bool { return s.Inode == inode })
	}
	local := h.LocalAddr().IP
	if !local.IsValid() {
		return nil, ErrNone
	}
	list, err := find(ctx, table, procnet.Query{Networks: []string{h.Network()}, LocalPort: local.Port()})
	if err != nil && err != ErrOnlyOurs {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(s procnet.Socket) bool { return s.Inode != inode })
	if len(list) == 0 {
		return nil, ErrNone
	}
	out := Connection{End: ends(ctx, table, list[:1], false)[0]}
	out.Handle = h.Name()
	peer := h.PeerAddr().IP
	if !peer.IsValid() {
		return []Connection{out}, err
	}
	others, _ := find(ctx, table, procnet.Query{Networks: []string{h.Network()}, LocalPort: peer.Port()})
	ours := out.Socket
	ours.Peer = peer // of a client of a served datagram handle, which shares its socket
	others = slices.DeleteFunc(others, func(s procnet.Socket) bool { return !opposite(&ours, &s) })
	if len(others) > 0 {
		out.Other = &ends(ctx, table, others[:1], false)[0]
	}
	return []Connection{out}, err
}

// opposite reports whether b is the other end of a. A UDP socket that is not connected is the
// other end of all that send to it.
func opposite(a, b *procnet.Socket) bool {
	switch {
	case a.Network != b.Network || !a.Peer.IsValid():
		return false
	case b.Peer.IsValid():
		return sameAddr(a.Peer, b.Local) && (sameAddr(b.Peer, a.Local) || a.Takes(b.Peer))
	}
	return a.Network == "udp" && b.Takes(a.Peer)
}

// sameAddr compares addresses as a user does: without zones, and with an IPv4 address that is
// written as an IPv6 one.
func sameAddr(a, b netip.AddrPort) bool {
	plain := func(a netip.AddrPort) netip.Addr { return a.Addr().WithZone("").Unmap() }
	return a.IsValid() && b.IsValid() && a.Port() == b.Port() && plain(a) == plain(b)
}

// whoUnix returns the unix sockets that match, and their other ends.
func whoUnix(ctx context.Context, table *sockets.Table, match func(*procnet.Socket) bool) ([]Connection, error) {
	list, err := find(ctx, table, procnet.Query{Networks: []string{"unix"}})
	if err != nil && err != ErrOnlyOurs {
		return nil, err
	}
	var both []procnet.Socket
	for _, s := range list {
		if match(&s) {
			both = append(both, s)
		}
	}
	n := len(both)
	if n == 0 {
		return nil, ErrNone
	}
	at := make(map[uint64]int) // in both, by inode
	for _, s := range both {
		i := slices.IndexFunc(list, func(o procnet.Socket) bool { return s.PeerInode != 0 && o.Inode == s.PeerInode })
		if i >= 0 {
			at[s.PeerInode] = len(both)
			both = append(both, list[i])
		}
	}
	all := ends(ctx, table, both, false)
	out := make([]Connection, n)
	for i := range out {
		out[i].End = all[i]
		if j, ok := at[all[i].PeerInode]; ok {
			out[i].Other = &all[j]
		}
	}
	slices.SortStableFunc(out, func(a, b Connection) int { return rank(&a) - rank(&b) })
	return out, err
}

func rank(c *Connection) int {
	if c.State == procnet.Listen {
		return 0
	}
	return 1
}
