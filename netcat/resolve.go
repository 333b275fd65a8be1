package netcat

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"sosh/sockets"
)

// A target is one address to connect to or to listen on.
type target struct {
	kind sockets.Kind
	host string // as given; for vsock with the port
	ip   string // the address, "" for a unix path and for vsock
	port string // as it was given
	num  int    // the number of the port
}

// vsockTarget returns the target for a CID and a port; an empty CID means every CID of this
// machine.
func vsockTarget(cid, port string) target {
	return target{kind: sockets.Vsock, host: cmp.Or(cid, "4294967295") + ":" + port}
}

// address returns the target in the form that package sockets takes.
func (a target) address() string {
	if a.ip == "" {
		return a.host
	}
	return net.JoinHostPort(a.ip, strconv.Itoa(a.num))
}

// named returns the host as given, and its address if that differs.
func (a target) named() string {
	if a.ip == "" || a.ip == a.host {
		return a.host
	}
	return a.host + " (" + a.ip + ")"
}

var (
	errNoName   = words("Name or service not known")
	errTryAgain = words("Temporary failure in name resolution")
	errFamily   = words("Address family for hostname not supported")
)

// resolve returns the addresses of a host, of the families that the flags allow, in the
// resolver's order. An empty host means every local address.
func (n *netcat) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if ips := n.known[host]; ips != nil {
		return ips, nil
	}
	o := n.opt
	fits := func(ip netip.Addr) bool { return !(o.ipv4 && !ip.Is4() || o.ipv6 && ip.Is4()) || o.ipv4 && o.ipv6 }
	ip, err := netip.ParseAddr(host)
	if err != nil {
		ip, err = parseInetAton(host)
	}
	if err == nil {
		if !fits(ip.Unmap()) {
			return nil, errFamily
		}
		return []netip.Addr{ip}, nil
	}
	if o.noDNS {
		return nil, errNoName
	}
	all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) && (dns.IsTemporary || dns.IsTimeout) && !dns.IsNotFound {
			return nil, errTryAgain
		}
		return nil, errNoName
	}
	var ips []netip.Addr
	for _, ip := range all {
		if ip = ip.Unmap(); fits(ip) {
			ips = append(ips, ip)
		}
	}
	if len(ips) == 0 {
		return nil, errNoName // as getaddrinfo(3): only a numeric address has the wrong family
	}
	return ips, nil
}

// isSix reports whether a kind uses IPv6.
func isSix(k sockets.Kind) bool { return strings.HasSuffix(string(k), "6") }

// parseInetAton parses the additional forms of an IPv4 address that inet_aton(3) accepts:
// fewer than four numbers, the last of which fills the remaining bytes; and each number in
// decimal, octal or hexadecimal.
func parseInetAton(s string) (netip.Addr, error) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, errNoName
	}
	var v uint64
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 0, 32)
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (5 - len(parts))
		}
		if err != nil || n>>bits != 0 || strings.Contains(part, "_") {
			return netip.Addr{}, errNoName
		}
		v = v<<bits | n
	}
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), nil
}

// kindOf returns the kind of socket for an address, in the network that the flags ask for.
func (o *options) kindOf(ip netip.Addr) sockets.Kind {
	switch {
	case o.unix && o.udp:
		return sockets.UnixGram
	case o.unix:
		return sockets.Unix
	case o.vsock:
		return sockets.Vsock
	case o.tls && len(o.proxies) == 0:
		return secureKind(o.udp, ip)
	case o.udp && ip.Is4():
		return sockets.UDP4
	case o.udp:
		return sockets.UDP6
	}
	return tcpKind(ip)
}

// tcpKind returns the kind of a plain TCP socket for an address.
func tcpKind(ip netip.Addr) sockets.Kind {
	if ip.Is4() {
		return sockets.TCP4
	}
	return sockets.TCP6
}

// portNumber returns the number of a port; port may be the name of a service.
func (o *options) portNumber(port string) (int, error) {
	if port != "" && isNumber(strings.TrimPrefix(port, "-")) {
		low := int64(1)
		if o.zeroPort {
			low = 0
		}
		return bounded("port number", port, low, 65535)
	}
	if port == "" {
		return 0, errors.New("port number invalid: ")
	}
	network := "tcp"
	if o.udp {
		network = "udp"
	}
	num, err := net.LookupPort(network, port)
	if err != nil {
		return 0, errors.New("port number invalid: " + port)
	}
	return num, nil
}

// serviceName returns the name of a port, as getservbyport(3) does, or "*".
func serviceName(port, network string) string {
	f, err := os.Open("/etc/services")
	if err != nil {
		return "*"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if fields := strings.Fields(line); len(fields) >= 2 && fields[1] == port+"/"+network {
			return fields[0]
		}
	}
	return "*"
}

// hostName returns the name of an address if it has one, else the address.
func hostName(ip string) string {
	names, err := net.LookupAddr(ip)
	if err != nil || len(names) == 0 {
		return ip
	}
	return strings.TrimSuffix(names[0], ".")
}
