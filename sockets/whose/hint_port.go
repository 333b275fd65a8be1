package whose

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sosh/internal/procnet"
)

// portInUse is the hint for EADDRINUSE of a TCP or UDP address: who has it.
func portInUse(q *question) string {
	target := q.target()
	own := ownInode(q) // of listen, the socket itself has the address
	for _, s := range ownSockets(q.table, q.network()) {
		if s.Conflicts(target) && s.Inode != own && (s.Listening() || s.State == procnet.Bound) {
			return holderText(q, &End{Socket: s, Handle: byInode(q.table)[s.Inode]})
		}
	}
	var list []procnet.Socket
	for _, listeners := range []bool{true, false} { // all sockets take the kernel longer
		query := procnet.Query{Networks: []string{q.network()}, LocalPort: target.Port(), Listeners: listeners}
		list, _ = procnet.Sockets(q.ctx, query)
		list = slices.DeleteFunc(list, func(s procnet.Socket) bool { return !s.Conflicts(target) || s.Inode != 0 && s.Inode == own })
		if len(list) > 0 {
			break
		}
	}
	var live, old []procnet.Socket
	for _, s := range list {
		if s.Inode == 0 {
			old = append(old, s)
		} else {
			live = append(live, s)
		}
	}
	// A listener explains more than a socket that is only bound, and that more than a connection.
	slices.SortStableFunc(live, func(a, b procnet.Socket) int { return cmp.Compare(holds(&a), holds(&b)) })
	switch {
	case len(live) > 0:
		e := ends(q.ctx, q.table, live[:1], true)[0]
		return holderText(q, &e)
	case len(old) > 0:
		return oldText(q, old)
	}
	return ""
}

// ownInode returns the inode of the handle that failed, 0 if it is closed.
func ownInode(q *question) uint64 {
	if q.table == nil {
		return 0
	}
	h, err := q.table.Get("", q.err.Handle)
	if err != nil {
		return 0
	}
	return h.Inode()
}

// holds ranks a socket by how much it explains that its address is in use.
func holds(s *procnet.Socket) int {
	switch {
	case s.Listening():
		return 0
	case s.State == procnet.Bound:
		return 1
	}
	return 2
}

// holderText says who has the address that is in use, and what to do.
func holderText(q *question, e *End) string {
	address := e.Address()
	if e.Local == q.target() {
		address = "it"
	}
	free := "; port 0 means any free port"
	switch {
	case e.Handle != "" && e.Listening() && q.network() == "tcp":
		return fmt.Sprintf("%s listens on %s: close %s, or take another port", e.Handle, address, e.Handle)
	case e.Handle != "":
		return fmt.Sprintf("%s is bound to %s: close %s, or take another port", e.Handle, address, e.Handle)
	case e.Listening() && q.network() == "tcp":
		return fmt.Sprintf("%s listens on %s%s", e.Holder(), address, free)
	case e.Peer.IsValid() && q.network() == "tcp" && !q.ReuseAddr:
		return fmt.Sprintf("%s has a connection from %s to %s; setopt %s reuseaddr 1 before bind may allow both", e.Holder(), address, e.PeerAddress(), q.err.Handle)
	case e.Peer.IsValid():
		return fmt.Sprintf("%s has a connection from %s to %s%s", e.Holder(), address, e.PeerAddress(), free)
	}
	return fmt.Sprintf("%s is bound to %s%s", e.Holder(), address, free)
}

// oldText is the hint for an address that only closed connections have. Linux shares it if both
// the old socket and the new one have SO_REUSEADDR.
func oldText(q *question, old []procnet.Socket) string {
	var last time.Duration
	states := make(map[string]bool)
	for _, s := range old {
		last = max(last, s.Expires)
		states[s.State.String()] = true
	}
	var names []string
	for name := range states {
		names = append(names, name)
	}
	slices.Sort(names)
	text := "only closed connections have it, in " + strings.Join(names, " and ")
	ends := ""
	if last > 0 {
		ends = fmt.Sprintf(" (up to %s more)", last.Round(time.Second))
	}
	if q.ReuseAddr {
		return text + ", and without reuseaddr: wait until they end" + ends + ", or take another port"
	}
	return text + ends + ": setopt " + q.err.Handle + " reuseaddr 1 before bind helps, if they had reuseaddr too"
}

// near is how far the port of a listener may be from the one that was tried.
const near = 10

// portRefused is the hint for ECONNREFUSED of an address of this machine: what listens nearby.
func portRefused(q *question) string {
	target := q.target()
	if !isLocal(q, target.Addr()) {
		return "" // a remote one: only its host knows
	}
	network := q.network()
	if name := boundOnly(q); name != "" {
		return fmt.Sprintf("%s is bound to it, but does not listen: listen %s", name, name)
	}
	list, err := procnet.Sockets(q.ctx, procnet.Query{Networks: []string{"tcp", "udp"}, Listeners: true})
	if err != nil {
		list = slices.DeleteFunc(ownSockets(q.table, "tcp", "udp"), func(s procnet.Socket) bool { return !s.Listening() })
	}
	what := "nothing listens on " + target.String()
	if network == "udp" {
		what = "an ICMP error came back: no UDP socket has " + target.String()
	}
	found := nearby(list, network, target)
	if len(found) == 0 {
		return what + "; ports lists the listeners"
	}
	var parts []string
	for _, e := range ends(q.ctx, q.table, found, true) {
		verb := "does"
		switch {
		case e.Takes(target) && e.Network == network:
			return "nothing had " + target.String() + " when it was tried; now " + e.Holder() + " has it"
		case e.Network != network && network == "tcp":
			verb = "is UDP"
		case e.Network != network:
			verb = "is TCP"
		}
		parts = append(parts, fmt.Sprintf("%s %s (%s)", e.Address(), verb, e.holder(", ", "")))
	}
	return what + "; " + strings.Join(parts, ", ")
}

// boundOnly returns the handle of this program that is bound to the target and does not listen, or
// "".
func boundOnly(q *question) string {
	if q.network() != "tcp" {
		return ""
	}
	for _, s := range ownSockets(q.table, "tcp") {
		if s.State == procnet.Bound && s.Takes(q.target()) {
			return byInode(q.table)[s.Inode]
		}
	}
	return ""
}

// maxNearby is how many listeners a hint names.
const maxNearby = 2

// nearby returns the listeners that were likely meant: those with the same port first, on other
// addresses, of the other family, or of the other protocol; else those of the next ports.
func nearby(list []procnet.Socket, network string, target netip.AddrPort) []procnet.Socket {
	rank := func(s *procnet.Socket) int {
		d := int(s.Local.Port()) - int(target.Port())
		switch {
		case d == 0 && s.Network == network:
			return 0
		case d == 0:
			return 1
		case s.Network != network || !s.Takes(netip.AddrPortFrom(target.Addr(), s.Local.Port())):
			return 1 << 20
		case d < 0:
			return 1 - 2*d
		}
		return 2 * d
	}
	found := slices.DeleteFunc(slices.Clone(list), func(s procnet.Socket) bool { return rank(&s) > 2*near+1 })
	slices.SortStableFunc(found, func(a, b procnet.Socket) int { return cmp.Compare(rank(&a), rank(&b)) })
	for i := range found {
		if rank(&found[i]) > 1 && rank(&found[0]) <= 1 {
			found = found[:i] // those of the same port are enough
			break
		}
	}
	return found[:min(len(found), maxNearby)]
}

// isLocal reports whether ip is an address of this machine.
func isLocal(q *question, ip netip.Addr) bool {
	if ip.IsLoopback() || ip.IsUnspecified() {
		return true
	}
	r, err := procnet.RouteTo(q.ctx, ip)
	return err == nil && r.Local
}
