package whose

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"sosh/internal/procnet"
	"sosh/internal/show"

	"golang.org/x/sys/unix"
)

// timedOut is the hint for a connect without an answer: the route, and what the kernel saw.
func timedOut(q *question) string {
	target := q.target()
	if isLocal(q, target.Addr()) {
		return fullQueue(q)
	}
	r, err := procnet.RouteTo(q.ctx, target.Addr())
	if err != nil {
		return noRoute(target.Addr(), err)
	}
	hop := target.Addr().Unmap()
	if r.Gateway.IsValid() {
		hop = r.Gateway.Unmap()
	}
	if state, err := procnet.NeighbourState(q.ctx, hop); err == nil && state == procnet.NeighbourSilent {
		return fmt.Sprintf("%s does not answer on the link %s: it is down, or not there", hop, show.Name(r.Device))
	}
	text := "the packets leave " + by(r)
	switch n := q.Retransmits; {
	case n == 1:
		text += "; the SYN was sent twice, without an answer"
	case n > 1:
		text += fmt.Sprintf("; the SYN was sent %d times, without an answer", n+1)
	default:
		text += "; the SYN has no answer yet"
	}
	return text + ": a firewall drops it, or the host is down"
}

// by describes a route: "by eth0 from 10.0.0.2, gateway 10.0.0.1".
func by(r procnet.Route) string {
	text := ""
	if r.Device != "" {
		text = "by " + show.Name(r.Device) + " "
	}
	if r.Source.IsValid() {
		text += "from " + r.Source.String()
	}
	if r.Gateway.IsValid() {
		text += ", gateway " + r.Gateway.String()
	}
	return strings.TrimSpace(text)
}

// fullQueue is the hint for a connect to this machine without an answer: the listener's queue.
func fullQueue(q *question) string {
	list, _ := procnet.Sockets(q.ctx, procnet.Query{Networks: []string{"tcp"}, Listeners: true, LocalPort: q.target().Port()})
	for _, s := range list {
		if !s.Takes(q.target()) || s.RecvQueue <= s.SendQueue {
			continue
		}
		e := ends(q.ctx, q.table, []procnet.Socket{s}, true)[0]
		text := fmt.Sprintf("the queue of %s is full: %d connections wait, and its backlog is %d", e.Holder(), s.RecvQueue, s.SendQueue)
		if e.Handle != "" {
			text += "; accept " + e.Handle
		}
		return text
	}
	if len(list) == 0 {
		return ""
	}
	return "something listens there; a firewall of this machine may drop the packets"
}

// unreachable is the hint for ENETUNREACH, EHOSTUNREACH and the like.
func unreachable(q *question) string {
	ip := q.target().Addr()
	r, err := procnet.RouteTo(q.ctx, ip)
	if err != nil {
		return noRoute(ip, err)
	}
	hop := ip.Unmap()
	if r.Gateway.IsValid() {
		hop = r.Gateway.Unmap()
	}
	if state, err := procnet.NeighbourState(q.ctx, hop); err == nil && state == procnet.NeighbourSilent {
		return fmt.Sprintf("%s does not answer on the link %s: it is down, or not there", hop, show.Name(r.Device))
	}
	return "a router on the way, or a firewall, reports this; the packets leave " + by(r)
}

// noRoute says why there is no route to ip, and which addresses this machine has. why is the error
// of the search for a route.
func noRoute(ip netip.Addr, why error) string {
	if !errors.Is(why, unix.ENETUNREACH) && !ip.IsLoopback() {
		return "a route of this machine forbids it: ip route get " + ip.WithZone("").String() + " shows it"
	}
	list, err := procnet.LocalAddrs()
	if err != nil {
		return ""
	}
	var have []string
	loopback := false
	for _, a := range list {
		switch {
		case !a.Up || a.Addr().Is4() != ip.Unmap().Is4():
		case a.Addr().IsLoopback():
			loopback = true
		case a.Addr().Is4() || !a.Addr().IsLinkLocalUnicast():
			have = append(have, fmt.Sprintf("%s (%s)", a.Prefix, show.Name(a.Device)))
		}
	}
	family := "IPv4"
	if !ip.Unmap().Is4() {
		family = "IPv6"
	}
	switch {
	case ip.IsLoopback() && !loopback:
		return "the interface lo is down: ip link set lo up"
	case len(have) == 0:
		return "this machine has no " + family + " address besides loopback, and so no route"
	}
	return "this machine has no route to it; its own addresses are " + several(have)
}

// maxListed is how many addresses a hint lists.
const maxListed = 5

func several(list []string) string {
	if n := len(list) - maxListed; n > 0 {
		return strings.Join(list[:maxListed], ", ") + fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(list, ", ")
}

// notLocal is the hint for a bind to an address that the machine does not have: those it has.
func notLocal(q *question) string {
	list, err := procnet.LocalAddrs()
	if err != nil || len(list) == 0 {
		return "that is not an address of this machine"
	}
	want := q.target().Addr().Unmap()
	var have []string
	for _, a := range list {
		if a.Addr().Is4() != want.Is4() {
			continue
		}
		text := a.Addr().String()
		if a.Addr().IsLinkLocalUnicast() && a.Addr().Is6() {
			text += "%" + a.Device
		}
		if a.Addr() == want.WithZone("") {
			return "a link-local address needs its interface: bind to " + netip.AddrPortFrom(a.Addr().WithZone(a.Device), q.target().Port()).String()
		}
		have = append(have, show.Name(text))
	}
	if len(have) == 0 {
		return "this machine has no address of that family"
	}
	return "this machine has " + several(have)
}

// noPortLeft is the hint for a connect for which no local port is free.
func noPortLeft(q *question) string {
	if ip := q.target().Addr(); ip.IsLoopback() {
		if text := noRoute(ip, unix.ENETUNREACH); strings.HasPrefix(text, "the interface lo") {
			return text
		}
	}
	b, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	f := strings.Fields(string(b))
	if err != nil || len(f) != 2 {
		return "no local port is free for that address"
	}
	return fmt.Sprintf("no local port is free for that address: the system takes them from %s to %s (net.ipv4.ip_local_port_range), and closed connections keep theirs for a minute", f[0], f[1])
}

// forbidden is the hint for EACCES and EPERM.
func forbidden(q *question) string {
	port := q.target().Port()
	switch {
	case q.err.Op == "bind" && port > 0:
		first := 1024
		if b, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start"); err == nil {
			first, _ = strconv.Atoi(strings.TrimSpace(string(b)))
		}
		if int(port) >= first {
			return ""
		}
		return fmt.Sprintf("ports below %d need root or CAP_NET_BIND_SERVICE (setcap cap_net_bind_service=ep on the program), or sysctl net.ipv4.ip_unprivileged_port_start=%d", first, port)
	case q.network() == "udp" && isBroadcast(q.target().Addr()):
		return fmt.Sprintf("that is a broadcast address: setopt %s broadcast 1", q.err.Handle)
	case q.err.Op == "connect", strings.HasPrefix(q.err.Op, "send"):
		return "a firewall or a route of this machine forbids it"
	}
	return ""
}

// isBroadcast reports whether ip is the broadcast address of a network of this machine.
func isBroadcast(ip netip.Addr) bool {
	ip = ip.Unmap()
	if ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return true
	}
	list, _ := procnet.LocalAddrs()
	for _, a := range list {
		if !ip.Is4() || !a.Addr().Is4() || a.Bits() > 30 {
			continue
		}
		last := a.Masked().Addr().As4()
		for bit := a.Bits(); bit < 32; bit++ {
			last[bit/8] |= 0x80 >> (bit % 8)
		}
		if netip.AddrFrom4(last) == ip {
			return true
		}
	}
	return false
}

// noZone is the hint for a link-local address without its interface.
func noZone(q *question) string {
	ip := q.target().Addr()
	if ip.Is4() {
		return ""
	}
	list, _ := procnet.LocalAddrs()
	for _, a := range list {
		if a.Up && a.Addr().Is6() && a.Addr().IsLinkLocalUnicast() {
			return "a link-local address needs its interface: " + netip.AddrPortFrom(ip.WithZone(a.Device), q.target().Port()).String()
		}
	}
	return "a link-local address needs its interface, as in [fe80::1%eth0]:80"
}

// noDescriptor is the hint for EMFILE and ENFILE. It opens nothing, since it can't.
func noDescriptor(q *question) string {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil || q.table == nil {
		return "the process has opened all the descriptors that ulimit -n allows"
	}
	handles := q.table.Handles()
	clients := make(map[string]int)
	most := ""
	for _, h := range handles {
		if from := h.Parent(); from != "" {
			clients[from]++
			if clients[from] > clients[most] {
				most = from
			}
		}
	}
	text := fmt.Sprintf("handles have %d of the %d descriptors that ulimit -n allows", len(handles), limit.Cur)
	if n := clients[most]; n > len(handles)/2 {
		text += fmt.Sprintf(" (%d are clients of %s)", n, most)
	}
	if limit.Max > limit.Cur {
		return text + fmt.Sprintf("; ulimit -n %d before sosh starts allows more", limit.Max)
	}
	return text + "; close some"
}
