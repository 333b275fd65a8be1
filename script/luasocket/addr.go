package luasocket

import (
	"context"
	"net"
	"net/netip"
	"strings"

	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// addressOf returns the address, the port and the family of a socket's address. For unix
// sockets it returns the path and no family.
func addressOf(sa unix.Sockaddr) (host string, port int, family string) {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrFrom4(sa.Addr).String(), sa.Port, "inet"
	case *unix.SockaddrInet6:
		a := netip.AddrFrom16(sa.Addr)
		if sa.ZoneId != 0 {
			if i, err := net.InterfaceByIndex(int(sa.ZoneId)); err == nil {
				a = a.WithZone(i.Name)
			}
		}
		return a.String(), sa.Port, "inet6"
	case *unix.SockaddrUnix:
		return sa.Name, 0, ""
	}
	return "", 0, ""
}

// join makes the address of a handle from a host and a port. "*" is any address.
func join(host, port string, kind sockets.Kind) string {
	if host == "*" {
		host = "0.0.0.0"
		if strings.HasSuffix(string(kind), "6") {
			host = "::"
		}
	}
	return net.JoinHostPort(host, port)
}

// familyOf returns the network to resolve names for: ip4, ip6, or ip for both.
func familyOf(kind sockets.Kind) string {
	switch {
	case strings.HasSuffix(string(kind), "4"):
		return "ip4"
	case strings.HasSuffix(string(kind), "6"):
		return "ip6"
	}
	return "ip"
}

// openDNS makes socket.dns.
func openDNS(L *lua.LState) *lua.LTable {
	t := L.NewTable()
	for name, f := range map[string]lua.LGFunction{
		"toip": dnsToIP, "tohostname": dnsToHostname, "getaddrinfo": dnsGetaddrinfo,
		"getnameinfo": dnsGetnameinfo, "gethostname": dnsGethostname,
	} {
		t.RawSetString(name, L.NewFunction(f))
	}
	return t
}

// hostTable pushes the results of gethostbyname and gethostbyaddr.
func hostTable(L *lua.LState, name string, ips []string) *lua.LTable {
	t := L.NewTable()
	t.RawSetString("name", lua.LString(name))
	t.RawSetString("alias", L.NewTable())
	list := L.NewTable()
	for _, ip := range ips {
		list.Append(lua.LString(ip))
	}
	t.RawSetString("ip", list)
	return t
}

// lookup returns the addresses of a name: ip4, ip6 or ip for both.
func lookup(L *lua.LState, network, name string) (ips []netip.Addr, err error) {
	err = wait(L, func(ctx context.Context) (err error) {
		ips, err = net.DefaultResolver.LookupNetIP(ctx, network, name)
		return err
	})
	for i := range ips {
		ips[i] = ips[i].Unmap()
	}
	return ips, err
}

// reverse returns the name of an address, or the address.
func reverse(L *lua.LState, ip string) (string, error) {
	var names []string
	err := wait(L, func(ctx context.Context) (err error) {
		names, err = net.DefaultResolver.LookupAddr(ctx, ip)
		return err
	})
	if err != nil || len(names) == 0 {
		return ip, err
	}
	return strings.TrimSuffix(names[0], "."), nil
}

func dnsToIP(L *lua.LState) int {
	name := lua51.CheckString(L, 1)
	ips, err := lookup(L, "ip4", name)
	if err != nil || len(ips) == 0 {
		return fail(L, errNotFound)
	}
	var texts []string
	for _, ip := range ips {
		texts = append(texts, ip.String())
	}
	if _, err := netip.ParseAddr(name); err == nil {
		name, _ = reverse(L, name)
	}
	L.Push(lua.LString(texts[0]))
	L.Push(hostTable(L, name, texts))
	return 2
}

func dnsToHostname(L *lua.LState) int {
	name := lua51.CheckString(L, 1)
	ips, err := lookup(L, "ip4", name)
	if err != nil || len(ips) == 0 {
		return fail(L, errNotFound)
	}
	host, err := reverse(L, ips[0].String())
	if err != nil {
		return fail(L, errNotFound)
	}
	L.Push(lua.LString(host))
	L.Push(hostTable(L, host, []string{ips[0].String()}))
	return 2
}

func dnsGetaddrinfo(L *lua.LState) int {
	ips, err := lookup(L, "ip", lua51.CheckString(L, 1))
	if err != nil {
		return fail(L, err)
	}
	list := L.NewTable()
	for _, ip := range ips {
		t := L.NewTable()
		t.RawSetString("addr", lua.LString(ip.String()))
		t.RawSetString("family", lua.LString(ipFamily(ip)))
		list.Append(t)
	}
	L.Push(list)
	return 1
}

func ipFamily(ip netip.Addr) string {
	if ip.Is4() {
		return "inet"
	}
	return "inet6"
}

func dnsGetnameinfo(L *lua.LState) int {
	host, service := lua51.OptString(L, 1, ""), lua51.OptString(L, 2, "")
	if L.Get(1) == lua.LNil && L.Get(2) == lua.LNil {
		lua51.Raise(L, 1, "host and serv cannot be both nil")
	}
	names := L.NewTable()
	if L.Get(1) != lua.LNil {
		ips, err := lookup(L, "ip", host)
		if err != nil {
			return fail(L, err)
		}
		for _, ip := range ips {
			name, _ := reverse(L, ip.String())
			names.Append(lua.LString(name))
		}
	} else {
		names.Append(lua.LString("localhost"))
	}
	L.Push(names)
	if L.Get(2) == lua.LNil {
		return 1
	}
	L.Push(lua.LString(service))
	return 2
}

func dnsGethostname(L *lua.LState) int {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return fail(L, err)
	}
	L.Push(lua.LString(unix.ByteSliceToString(name.Nodename[:])))
	return 1
}
