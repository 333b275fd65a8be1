package luasocket

import (
	"context"
	"net"
	"net/netip"

	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// datagramSize is the default size of receive.
const datagramSize = 8192

// openUDP makes the classes of UDP.
func (c *core) openUDP(L *lua.LState) {
	const any, connected, unconnected = "udp{any}", "udp{connected}", "udp{unconnected}"
	methods := with(c.sharedMethods(any), map[string]lua.LGFunction{
		"setsockname": c.on(unconnected, bind),
		"setpeername": func(L *lua.LState) int {
			o, ud := c.group(any).check(L)
			class, err := o.setPeer(L)
			if err == nil {
				o.become(ud, class)
			}
			return done(L, err)
		},
		"getpeername": c.on(connected, func(L *lua.LState, o *object) int { return pushName(L, o, unix.Getpeername, true) }),
		"getfamily":   c.on(any, getfamily),
		"send":        c.on(connected, sendDatagram),
		"sendto":      c.on(unconnected, sendto),
		"receive":     c.on(any, func(L *lua.LState, o *object) int { return receiveDatagram(L, o, nil) }),
		"receivefrom": c.on(unconnected, func(L *lua.LState, o *object) int { return receiveDatagram(L, o, pushSender) }),
		"getoption":   c.on(any, func(L *lua.LState, o *object) int { return getoption(L, o, udpOptions()) }),
		"setoption":   c.on(any, func(L *lua.LState, o *object) int { return setoption(L, o, udpOptions()) }),
		"dirty": c.on(any, func(L *lua.LState, o *object) int {
			L.Push(lua.LFalse)
			return 1
		}),
	})
	for _, class := range []string{connected, unconnected} {
		c.newClass(L, class, methods, any)
	}
	for name, kind := range map[string]sockets.Kind{"udp": sockets.UDP, "udp4": sockets.UDP4, "udp6": sockets.UDP6} {
		c.socket.RawSetString(name, L.NewFunction(func(L *lua.LState) int { return c.make(L, unconnected, kind, kind != sockets.UDP) }))
	}
}

// setPeer connects, or disconnects with the host "*". It returns the new class.
func (o *object) setPeer(L *lua.LState) (class string, err error) {
	host := lua51.CheckString(L, 2)
	connecting := o.class.name == "udp{unconnected}"
	port := "0"
	if host == "*" && !connecting {
		return "udp{unconnected}", o.control(disconnect)
	}
	if host != "*" || L.Get(3) != lua.LNil {
		port = checkPort(L, 3)
	}
	if err := o.open(); err != nil {
		return "", err
	}
	h := o.h
	return "udp{connected}", wait(L, func(ctx context.Context) error { return h.Connect(ctx, join(host, port, o.kind)) })
}

func sendDatagram(L *lua.LState, o *object) int {
	data := []byte(lua51.CheckString(L, 2))
	if o.h == nil {
		return fail(L, word("refused"))
	}
	h := o.h
	err := o.span().wait(L, func(ctx context.Context) error {
		_, err := h.Send(ctx, data)
		return err
	})
	return pushSent(L, len(data), err)
}

// pushSent pushes the size of a datagram.
func pushSent(L *lua.LState, n int, err error) int {
	if err != nil {
		return fail(L, err)
	}
	L.Push(lua.LNumber(n))
	return 1
}

// sendto takes numeric addresses only.
func sendto(L *lua.LState, o *object) int {
	data := []byte(lua51.CheckString(L, 2))
	host, port := lua51.CheckString(L, 3), checkPort(L, 4)
	if o.closed {
		return fail(L, word("refused"))
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return fail(L, word("Name or service not known"))
	case o.h != nil && ip.Is4() != (o.h.Family() == unix.AF_INET):
		return fail(L, errFamily)
	}
	if err := o.open(); err != nil {
		return fail(L, err)
	}
	h := o.h
	err = o.span().wait(L, func(ctx context.Context) error {
		_, err := h.SendTo(ctx, net.JoinHostPort(host, port), data)
		return err
	})
	return pushSent(L, len(data), err)
}

// receiveDatagram receives up to a size, and pushes also the values of sender. On a socket that
// has no descriptor it returns "", as LuaSocket does.
func receiveDatagram(L *lua.LState, o *object, sender func(L *lua.LState, from sockets.Addr) int) int {
	size := lua51.OptInt(L, 2, datagramSize)
	if size < 0 {
		size = datagramSize
	}
	h := o.h
	switch {
	case h == nil && sender != nil:
		return fail(L, word("ai_family not supported"))
	case h == nil:
		L.Push(lua.LString(""))
		return 1
	}
	var m sockets.Message
	err := o.span().wait(L, func(ctx context.Context) (err error) {
		m, err = h.RecvFrom(ctx, max(size, 1))
		return err
	})
	if err != nil {
		return fail(L, err)
	}
	L.Push(lua.LString(m.Data[:min(size, len(m.Data))]))
	if sender == nil {
		return 1
	}
	return 1 + sender(L, m.From)
}

func pushSender(L *lua.LState, from sockets.Addr) int {
	L.Push(lua.LString(from.IP.Addr().String()))
	L.Push(lua.LNumber(from.IP.Port()))
	return 2
}

// disconnect removes the peer of a datagram socket, as described in connect(2).
func disconnect(fd int) error {
	sa := unix.RawSockaddr{Family: unix.AF_UNSPEC}
	return connectRaw(fd, &sa)
}
