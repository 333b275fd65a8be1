package luasocket

import (
	"net"
	"net/netip"
	"sync"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// An option is an option of getoption and setoption.
type option struct {
	level, name int
	bool        bool // else a number
	get, set    func(L *lua.LState, o *object) int
	noGet       bool
	noSet       bool
}

const (
	errGetOption = word("getsockopt failed")
	errSetOption = word("setsockopt failed")
)

// The tables of options are made at their first use, so that other programs start no slower.
var (
	sharedOptions = sync.OnceValue(func() map[string]option {
		return map[string]option{
			"reuseaddr":        {level: unix.SOL_SOCKET, name: unix.SO_REUSEADDR, bool: true},
			"reuseport":        {level: unix.SOL_SOCKET, name: unix.SO_REUSEPORT, bool: true},
			"recv-buffer-size": {level: unix.SOL_SOCKET, name: unix.SO_RCVBUF},
			"send-buffer-size": {level: unix.SOL_SOCKET, name: unix.SO_SNDBUF},
			"error":            {get: getError, noSet: true},
			"ipv6-v6only":      {level: unix.IPPROTO_IPV6, name: unix.IPV6_V6ONLY, bool: true},
		}
	})
	tcpOptions = sync.OnceValue(func() map[string]option {
		return merge(sharedOptions(), systemTCPOptions(), map[string]option{
			"keepalive":   {level: unix.SOL_SOCKET, name: unix.SO_KEEPALIVE, bool: true},
			"tcp-nodelay": {level: unix.IPPROTO_TCP, name: unix.TCP_NODELAY, bool: true},
			"linger":      {get: getLinger, set: setLinger},
			"ipv6-v6only": {level: unix.IPPROTO_IPV6, name: unix.IPV6_V6ONLY, bool: true, noGet: true},
		})
	})
	udpOptions = sync.OnceValue(func() map[string]option {
		return merge(sharedOptions(), map[string]option{
			"dontroute":            {level: unix.SOL_SOCKET, name: unix.SO_DONTROUTE, bool: true},
			"broadcast":            {level: unix.SOL_SOCKET, name: unix.SO_BROADCAST, bool: true},
			"ip-multicast-loop":    {level: unix.IPPROTO_IP, name: unix.IP_MULTICAST_LOOP, bool: true},
			"ipv6-multicast-loop":  {level: unix.IPPROTO_IPV6, name: unix.IPV6_MULTICAST_LOOP, bool: true},
			"ip-multicast-ttl":     {level: unix.IPPROTO_IP, name: unix.IP_MULTICAST_TTL, noGet: true},
			"ipv6-unicast-hops":    {level: unix.IPPROTO_IPV6, name: unix.IPV6_UNICAST_HOPS},
			"ipv6-multicast-hops":  {level: unix.IPPROTO_IPV6, name: unix.IPV6_MULTICAST_HOPS},
			"ip-multicast-if":      {get: getMulticastInterface, set: setMulticastInterface},
			"ip-add-membership":    {set: membership4(unix.IP_ADD_MEMBERSHIP), noGet: true},
			"ip-drop-membership":   {set: membership4(unix.IP_DROP_MEMBERSHIP), noGet: true},
			"ipv6-add-membership":  {set: membership6(unix.IPV6_JOIN_GROUP), noGet: true},
			"ipv6-drop-membership": {set: membership6(unix.IPV6_LEAVE_GROUP), noGet: true},
		})
	})
	streamOptions = sync.OnceValue(func() map[string]option { return some(tcpOptions(), "keepalive", "reuseaddr", "linger") })
	dgramOptions  = sync.OnceValue(func() map[string]option { return some(tcpOptions(), "reuseaddr") })
)

// some returns the options of these names.
func some(all map[string]option, names ...string) map[string]option {
	part := make(map[string]option)
	for _, name := range names {
		part[name] = all[name]
	}
	return part
}

func merge(all ...map[string]option) map[string]option {
	whole := make(map[string]option)
	for _, m := range all {
		for name, o := range m {
			whole[name] = o
		}
	}
	return whole
}

// checkOption returns the option that the second argument names, which must be usable.
func checkOption(L *lua.LState, options map[string]option, usable func(option) bool) option {
	name := lua51.CheckString(L, 2)
	opt, ok := options[name]
	if !ok || !usable(opt) {
		lua51.ArgError(L, 2, "unsupported option `"+name+"'")
	}
	return opt
}

func getoption(L *lua.LState, o *object, options map[string]option) int {
	opt := checkOption(L, options, func(o option) bool { return !o.noGet })
	if opt.get != nil {
		return opt.get(L, o)
	}
	v, err := o.intOption(opt)
	if err != nil {
		return fail(L, errGetOption)
	}
	if opt.bool {
		L.Push(lua.LBool(v != 0))
	} else {
		L.Push(lua.LNumber(v))
	}
	return 1
}

func (o *object) intOption(opt option) (v int, err error) {
	err = o.control(func(fd int) (err error) {
		v, err = unix.GetsockoptInt(fd, opt.level, opt.name)
		return err
	})
	return v, err
}

func setoption(L *lua.LState, o *object, options map[string]option) int {
	opt := checkOption(L, options, func(o option) bool { return !o.noSet })
	if opt.set != nil {
		return opt.set(L, o)
	}
	v := 0
	if opt.bool {
		if checkBool(L, 3) {
			v = 1
		}
	} else {
		v = lua51.CheckInt(L, 3)
	}
	return setDone(L, o.control(func(fd int) error { return unix.SetsockoptInt(fd, opt.level, opt.name, v) }))
}

func setDone(L *lua.LState, err error) int {
	if err != nil {
		return fail(L, errSetOption)
	}
	return done(L, nil)
}

func checkBool(L *lua.LState, n int) bool {
	v, ok := L.Get(n).(lua.LBool)
	if !ok {
		lua51.TypeError(L, n, "boolean")
	}
	return bool(v)
}

// getError pushes and clears the pending error, or pushes nil.
func getError(L *lua.LState, o *object) int {
	v, err := o.intOption(option{level: unix.SOL_SOCKET, name: unix.SO_ERROR})
	switch {
	case err != nil:
		return fail(L, errGetOption)
	case v == 0:
		L.Push(lua.LNil)
	default:
		L.Push(lua.LString(errorText(unix.Errno(v))))
	}
	return 1
}

func getLinger(L *lua.LState, o *object) int {
	var l *unix.Linger
	err := o.control(func(fd int) (err error) {
		l, err = getsockoptLinger(fd)
		return err
	})
	if err != nil {
		return fail(L, errGetOption)
	}
	t := L.NewTable()
	t.RawSetString("on", lua.LBool(l.Onoff != 0))
	t.RawSetString("timeout", lua.LNumber(l.Linger))
	L.Push(t)
	return 1
}

func setLinger(L *lua.LState, o *object) int {
	t := lua51.CheckTable(L, 3)
	on, ok := t.RawGetString("on").(lua.LBool)
	if !ok {
		lua51.ArgError(L, 3, "boolean 'on' field expected")
	}
	timeout, ok := t.RawGetString("timeout").(lua.LNumber)
	if !ok {
		lua51.ArgError(L, 3, "number 'timeout' field expected")
	}
	l := unix.Linger{Linger: int32(timeout)}
	if on {
		l.Onoff = 1
	}
	return setDone(L, o.control(func(fd int) error { return unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &l) }))
}

func getMulticastInterface(L *lua.LState, o *object) int {
	var a [4]byte
	err := o.control(func(fd int) (err error) {
		a, err = unix.GetsockoptInet4Addr(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF)
		return err
	})
	if err != nil {
		return fail(L, errGetOption)
	}
	L.Push(lua.LString(netip.AddrFrom4(a).String()))
	return 1
}

// address4 returns an IPv4 address; "*" is any. wrong is the error for another text.
func address4(L *lua.LState, n int, text, wrong string) (a [4]byte) {
	if text == "*" {
		return a
	}
	ip, err := netip.ParseAddr(text)
	if err != nil || !ip.Is4() {
		lua51.ArgError(L, n, wrong)
	}
	return ip.As4()
}

func setMulticastInterface(L *lua.LState, o *object) int {
	a := address4(L, 3, lua51.CheckString(L, 3), "ip expected")
	return setDone(L, o.control(func(fd int) error {
		return unix.SetsockoptInet4Addr(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, a)
	}))
}

// textField returns a field of the table in argument n that has to be a string.
func textField(L *lua.LState, n int, name string) string {
	s, ok := lua51.CheckTable(L, n).RawGetString(name).(lua.LString)
	if !ok {
		lua51.ArgError(L, n, "string '"+name+"' field expected")
	}
	return string(s)
}

// membership4 sets an option whose value is {multiaddr=, interface=}.
func membership4(name int) func(*lua.LState, *object) int {
	return func(L *lua.LState, o *object) int {
		m := unix.IPMreq{
			Multiaddr: address4(L, 3, textField(L, 3, "multiaddr"), "invalid 'multiaddr' ip address"),
			Interface: address4(L, 3, textField(L, 3, "interface"), "invalid 'interface' ip address"),
		}
		return setDone(L, o.control(func(fd int) error { return unix.SetsockoptIPMreq(fd, unix.IPPROTO_IP, name, &m) }))
	}
}

// membership6 sets an option whose value is {multiaddr=, interface=number or nil}.
func membership6(name int) func(*lua.LState, *object) int {
	return func(L *lua.LState, o *object) int {
		ip := net.ParseIP(textField(L, 3, "multiaddr"))
		if ip == nil {
			lua51.ArgError(L, 3, "invalid 'multiaddr' ip address")
		}
		m := unix.IPv6Mreq{Multiaddr: [16]byte(ip.To16())}
		switch v := lua51.CheckTable(L, 3).RawGetString("interface").(type) {
		case *lua.LNilType:
		case lua.LNumber:
			m.Interface = uint32(v)
		default:
			lua51.ArgError(L, 3, "number 'interface' field expected")
		}
		return setDone(L, o.control(func(fd int) error { return unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, name, &m) }))
	}
}
