package sockets

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"sosh/internal/show"
	"sosh/sockets/sockopt"

	"golang.org/x/sys/unix"
)

// An Addr is the address of a socket: an IP address and port, the path of a unix socket,
// "@NAME" for an abstract one, or the CID and port of a vsock one. The zero Addr is no
// address. Addrs can be compared, and used concurrently.
type Addr struct {
	IP   netip.AddrPort
	Path string
	vm   vmAddr
	kind addrKind
}

type addrKind uint8

const (
	addrNone addrKind = iota
	addrIP
	addrUnix
	addrVsock
)

// String returns the address for display: "127.0.0.1:80", "[::1]:80", a path, "@NAME",
// "(unnamed)" for a unix socket without a name, "2:80" for CID 2, or "" for no address.
// The peer chooses its path or name, so String quotes one that could be mistaken for
// something else, as [show.Name] does. [Addr.Raw] is the address as a call takes it.
func (a Addr) String() string {
	if a.kind == addrUnix && a.Path != "" {
		return show.Name(a.Path)
	}
	return a.Raw()
}

// Raw returns the address without quotes, as bind, connect and sendto take it. It must
// not be displayed.
func (a Addr) Raw() string {
	switch a.kind {
	case addrIP:
		return a.IP.String()
	case addrUnix:
		if a.Path == "" {
			return "(unnamed)"
		}
		return a.Path
	case addrVsock:
		return fmt.Sprintf("%d:%d", a.vm.cid, a.vm.port)
	}
	return ""
}

// IsZero reports whether a is no address at all.
func (a Addr) IsZero() bool { return a.kind == addrNone }

// Host returns the address without its port, or the path, as it is shown.
func (a Addr) Host() string {
	switch a.kind {
	case addrIP:
		return a.IP.Addr().String()
	case addrVsock:
		return strconv.FormatUint(uint64(a.vm.cid), 10)
	}
	return a.String()
}

// HasPort reports whether a is a host and a port.
func (a Addr) HasPort() bool { return a.kind == addrIP || a.kind == addrVsock }

// Port returns the port, or 0 if there is none. A vsock port has 32 bits.
func (a Addr) Port() uint32 {
	if a.kind == addrVsock {
		return a.vm.port
	}
	return uint32(a.IP.Port())
}

func ipAddr(ap netip.AddrPort) Addr { return Addr{IP: ap, kind: addrIP} }

func unixAddr(path string) Addr { return Addr{Path: path, kind: addrUnix} }

// family returns AF_INET, AF_INET6, AF_UNIX or AF_VSOCK.
func (a Addr) family() int {
	switch {
	case a.kind == addrVsock:
		return sockopt.AFVsock
	case a.kind == addrUnix:
		return unix.AF_UNIX
	case a.IP.Addr().Is4():
		return unix.AF_INET
	}
	return unix.AF_INET6
}

func (a Addr) sockaddr() (unix.Sockaddr, error) {
	if a.kind == addrVsock {
		return a.vm.sockaddr()
	}
	if a.kind == addrUnix {
		if max := maxUnixPath; len(a.Path) > max {
			return nil, fmt.Errorf("the path has %d bytes, at most %d fit an address", len(a.Path), max)
		}
		if strings.IndexByte(a.Path, 0) >= 0 && a.Path[0] != '@' {
			return nil, errors.New("a path can't hold a NUL byte")
		}
		return &unix.SockaddrUnix{Name: a.Path}, nil
	}
	ip := a.IP.Addr()
	if ip.Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: ip.As4()}, nil
	}
	sa := &unix.SockaddrInet6{Port: int(a.Port()), Addr: ip.As16()}
	if zone := ip.Zone(); zone != "" {
		if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
			sa.ZoneId = uint32(n)
		} else if ifi, err := net.InterfaceByName(zone); err == nil {
			sa.ZoneId = uint32(ifi.Index)
		} else {
			return nil, fmt.Errorf("no network interface %q", zone)
		}
	}
	return sa, nil
}

func fromSockaddr(sa unix.Sockaddr) Addr {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return ipAddr(netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)))
	case *unix.SockaddrInet6:
		ip := netip.AddrFrom16(sa.Addr)
		if sa.ZoneId != 0 {
			zone := strconv.FormatUint(uint64(sa.ZoneId), 10)
			if ifi, err := net.InterfaceByIndex(int(sa.ZoneId)); err == nil {
				zone = ifi.Name
			}
			ip = ip.WithZone(zone)
		}
		return ipAddr(netip.AddrPortFrom(ip, uint16(sa.Port)))
	case *unix.SockaddrUnix:
		if sa.Name == "@" {
			return unixAddr("") // how package unix shows a socket without a name
		}
		return unixAddr(sa.Name)
	}
	return fromVsock(sa)
}

// SplitURL splits the address that dial and serve take: "tcp://HOST:PORT",
// "udp://HOST:PORT", "unix://PATH", or any other kind as the scheme. Without a scheme, a
// path or @NAME is unix, and everything else is tcp.
func SplitURL(s string) (Kind, string, error) {
	kind, address := TCP, s
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		var err error
		if kind, err = ParseKind(scheme); err != nil {
			return "", "", err
		}
		address = rest
	} else if strings.HasPrefix(s, "@") || strings.ContainsRune(s, '/') {
		kind = Unix
	}
	// Check the address before a socket is made for it.
	var err error
	switch {
	case kind == Vsock:
		_, err = parseVsock(address, false)
	case !kind.unix():
		_, _, err = splitHostPort(address)
	}
	if err != nil {
		return "", "", err
	}
	return kind, address, nil
}

// resolve returns the addresses that s stands for, for sockets of kind, in the
// resolver's order. An empty host is every local address if passive (bind), and loopback
// otherwise.
func resolve(ctx context.Context, kind Kind, s string, passive bool) ([]Addr, error) {
	if strings.Contains(s, "://") {
		return nil, &ParamError{"address", fmt.Errorf("an address is %s here; dial and serve take tcp://, udp://, unix://, vsock://, tls:// and dtls://", addrForm(kind))}
	}
	if kind.unix() {
		if s == "" && !passive {
			return nil, &ParamError{"address", errors.New("expected a path or @NAME")}
		}
		return []Addr{unixAddr(s)}, nil
	}
	if kind == Vsock {
		a, err := parseVsock(s, passive)
		if err != nil {
			return nil, &ParamError{"address", err}
		}
		return []Addr{a}, nil
	}
	host, service, err := splitHostPort(s)
	var port uint16
	if err == nil {
		port, err = parsePort(ctx, kind.Network(), service)
	}
	if err != nil {
		return nil, &ParamError{"address", err}
	}
	if host == "" || host == "*" {
		return []Addr{anyAddr(kind, port, passive)}, nil
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return []Addr{ipAddr(netip.AddrPortFrom(ip, port))}, nil
	}
	network := "ip" + kind.digit()
	ips, err := net.DefaultResolver.LookupNetIP(ctx, network, host)
	if err != nil {
		return nil, resolveError{host, err}
	}
	addrs := make([]Addr, len(ips))
	for i, ip := range ips {
		addrs[i] = ipAddr(netip.AddrPortFrom(ip.Unmap(), port))
	}
	return addrs, nil
}

// resolveError is the error for a host that could not be resolved. The resolver's own
// text repeats the host and names its server, which does not help a user.
type resolveError struct {
	host string
	err  error
}

func (e resolveError) Error() string {
	var dns *net.DNSError
	if errors.As(e.err, &dns) {
		if dns.IsNotFound {
			return "host " + show.Name(e.host) + " not found"
		}
		return "host " + show.Name(e.host) + ": " + dns.Err
	}
	return "host " + show.Name(e.host) + ": " + e.err.Error()
}

func (e resolveError) Unwrap() error { return e.err }

func anyAddr(kind Kind, port uint16, passive bool) Addr {
	ip := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	if passive {
		ip = netip.IPv4Unspecified()
	}
	if kind.spec().family == unix.AF_INET6 {
		ip = netip.IPv6Loopback()
		if passive {
			ip = netip.IPv6Unspecified()
		}
	}
	return ipAddr(netip.AddrPortFrom(ip, port))
}

func addrForm(kind Kind) string {
	switch {
	case kind.unix():
		return "PATH or @NAME"
	case kind == Vsock:
		return "CID:PORT"
	}
	return "HOST:PORT"
}

func splitHostPort(s string) (host, port string, err error) {
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", "", fmt.Errorf("address %q has no closing ] (expected [IPV6]:PORT)", s)
		}
		host, rest := s[1:end], s[end+1:]
		if !strings.HasPrefix(rest, ":") || rest == ":" {
			return "", "", fmt.Errorf("address %q has no port (expected [IPV6]:PORT)", s)
		}
		return host, rest[1:], nil
	}
	switch i := strings.LastIndexByte(s, ':'); {
	case isPort(s):
		return "", "", fmt.Errorf("address %q has no host (expected HOST:PORT, such as :%s)", s, s)
	case i < 0 || i == len(s)-1:
		return "", "", fmt.Errorf("address %q has no port (expected HOST:PORT)", s)
	case strings.IndexByte(s, ':') != i:
		return "", "", fmt.Errorf("address %q is ambiguous (expected [IPV6]:PORT)", s)
	default:
		return s[:i], s[i+1:], nil
	}
}

// isPort reports whether s is the number of a port.
func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

func parsePort(ctx context.Context, network, s string) (uint16, error) {
	if digits := strings.TrimPrefix(s, "-"); strings.Trim(digits, "0123456789") == "" {
		n, err := strconv.ParseUint(s, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("port %s is out of range (expected 0 to 65535)", s)
		}
		return uint16(n), nil
	}
	if strings.HasPrefix(s, "+") {
		return 0, noService(network, s) // which LookupPort takes for a number
	}
	n, err := net.DefaultResolver.LookupPort(ctx, network, s)
	if err != nil {
		return 0, noService(network, s)
	}
	return uint16(n), nil
}

func noService(network, s string) error {
	return fmt.Errorf("no service named %q for %s (expected a port, 0 to 65535, or a name such as http)", s, network)
}
