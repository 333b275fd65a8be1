package luasocket

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

const defaultBacklog = 32

// openTCP makes the classes of TCP.
func (c *core) openTCP(L *lua.LState) {
	const any, client, server, master = "tcp{any}", "tcp{client}", "tcp{server}", "tcp{master}"
	methods := with(c.sharedMethods(any), map[string]lua.LGFunction{
		"accept":      c.on(server, func(L *lua.LState, o *object) int { return accept(L, o, client) }),
		"bind":        c.on(master, bind),
		"setsockname": c.on(master, bind),
		"listen":      c.retype(master, server, listen),
		"connect":     c.retype(any, client, connect),
		"setpeername": c.retype(any, client, connect),
		"send":        c.on(client, send),
		"receive":     c.on(client, receive),
		"shutdown":    c.on(client, shutdown),
		"getpeername": c.on(any, func(L *lua.LState, o *object) int { return pushName(L, o, unix.Getpeername, false) }),
		"getfamily":   c.on(any, getfamily),
		"getstats":    c.on(client, getstats),
		"setstats":    c.on(client, setstats),
		"getoption":   c.on(any, func(L *lua.LState, o *object) int { return getoption(L, o, tcpOptions()) }),
		"setoption":   c.on(any, func(L *lua.LState, o *object) int { return setoption(L, o, tcpOptions()) }),
	})
	for _, class := range []string{master, client, server} {
		c.newClass(L, class, methods, any)
	}
	for name, kind := range map[string]sockets.Kind{"tcp": sockets.TCP, "tcp4": sockets.TCP4, "tcp6": sockets.TCP6} {
		c.socket.RawSetString(name, L.NewFunction(func(L *lua.LState) int { return c.make(L, master, kind, kind != sockets.TCP) }))
	}
	c.socket.RawSetString("connect", L.NewFunction(func(L *lua.LState) int { return c.connect(L, client) }))
}

// make pushes a new object. If at once is true, it has a descriptor from the beginning.
func (c *core) make(L *lua.LState, class string, kind sockets.Kind, atOnce bool) int {
	if !atOnce {
		c.push(L, class, kind, nil)
		return 1
	}
	h, err := c.table.Socket(kind, "")
	if err != nil {
		return fail(L, err)
	}
	if kind == sockets.TCP6 || kind == sockets.UDP6 {
		h.SetOption("v6only", "1")
	}
	c.push(L, class, kind, h)
	return 1
}

// retype makes a method after which the object has another class, if f returns true.
func (c *core) retype(name, class string, f func(L *lua.LState, o *object) (n int, become bool)) lua.LGFunction {
	g := c.group(name)
	return func(L *lua.LState) int {
		o, ud := g.check(L)
		n, become := f(L, o)
		if become {
			o.become(ud, class)
		}
		return n
	}
}

// checkPort returns an argument that is a port: a number or the name of a service.
func checkPort(L *lua.LState, n int) string {
	if v, ok := L.Get(n).(lua.LNumber); ok {
		return fmt.Sprint(int64(v))
	}
	return lua51.CheckString(L, n)
}

func bind(L *lua.LState, o *object) int {
	host, port := lua51.CheckString(L, 2), checkPort(L, 3)
	return done(L, o.bind(L, host, port))
}

func (o *object) bind(L *lua.LState, host, port string) error {
	if _, err := net.LookupPort(o.kind.Network(), port); err != nil {
		return errNoService
	}
	if err := o.open(); err != nil {
		return err
	}
	h := o.h
	return wait(L, func(ctx context.Context) error { return h.Bind(ctx, join(host, port, o.kind)) })
}

func listen(L *lua.LState, o *object) (n int, become bool) {
	backlog := lua51.OptInt(L, 2, defaultBacklog)
	err := o.open()
	if err == nil {
		err = o.h.Listen(max(0, backlog))
	}
	return done(L, err), err == nil
}

// accept waits for a client. It begins without limits.
func accept(L *lua.LState, o *object, class string) int {
	h := o.h
	if h == nil {
		return fail(L, errClosed)
	}
	var client *sockets.Handle
	err := o.span().wait(L, func(ctx context.Context) (err error) {
		client, err = h.Accept(ctx, "")
		return err
	})
	if err != nil {
		return fail(L, err)
	}
	o.core.push(L, class, client.Kind(), client)
	return 1
}

// An attempt is a connect that continues in the background.
type attempt struct {
	done   chan struct{} // closed when it has ended
	err    error         // set before done is closed
	cancel context.CancelFunc
}

// over reports whether the attempt has ended.
func (a *attempt) over() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

// connect is connect(host, port). Without a limit it waits; with a limit it
// continues in the background afterwards, like a connect of a non-blocking socket.
func connect(L *lua.LState, o *object) (n int, become bool) {
	host, port := lua51.CheckString(L, 2), checkPort(L, 3)
	return done(L, o.connectHost(L, host, port)), true
}

// connectHost tries every address of a host. Names are looked up without a limit, as
// LuaSocket does.
func (o *object) connectHost(L *lua.LState, host, port string) error {
	if _, err := net.LookupPort(o.kind.Network(), port); err != nil {
		return errNoService
	}
	if host == "*" {
		return o.connectTo(L, join(host, port, o.kind))
	}
	if ip, err := netip.ParseAddr(host); err == nil && (ip.Is4() && o.kind == sockets.TCP6 || ip.Is6() && o.kind == sockets.TCP4) {
		return errFamily
	}
	ips, err := lookup(L, familyOf(o.kind), host)
	if err != nil {
		return err
	}
	var addresses []string
	for _, ip := range ips {
		addresses = append(addresses, join(ip.String(), port, o.kind))
	}
	return o.connectTo(L, addresses...)
}

// connectTo connects to the first address that answers.
func (o *object) connectTo(L *lua.LState, addresses ...string) error {
	if o.again && o.h != nil {
		o.again = false
		return nil
	}
	if a := o.connecting; a != nil {
		if !a.over() {
			return unix.EALREADY
		}
		o.connecting = nil
		return a.err
	}
	if err := o.open(); err != nil {
		return err
	}
	h := o.h
	if h.Connected() {
		return unix.EISCONN
	}
	try := func(ctx context.Context) (err error) {
		for _, a := range addresses {
			if err = h.Connect(ctx, a); err == nil || ctx.Err() != nil {
				break
			}
		}
		return err
	}
	if o.block < 0 && o.total < 0 {
		err := wait(L, try)
		o.again = err == nil
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	a := &attempt{done: make(chan struct{}), cancel: cancel}
	go func() {
		defer cancel()
		a.err = try(ctx)
		close(a.done)
	}()
	err := o.span().wait(L, func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return errTimeout
		default:
		}
		select {
		case <-a.done:
			return a.err
		case <-ctx.Done():
			return errTimeout
		}
	})
	if err == errTimeout {
		o.connecting = a
	} else {
		o.again = err == nil
	}
	return err
}

// connect is socket.connect(host, port [, lhost [, lport [, family]]]).
func (c *core) connect(L *lua.LState, class string) int {
	host, port := lua51.CheckString(L, 1), checkPort(L, 2)
	L.SetTop(5)
	lhost, lport := L.Get(3), L.Get(4)
	kind := map[string]sockets.Kind{"inet": sockets.TCP4, "inet6": sockets.TCP6, "unspec": sockets.TCP}[lua51.CheckOption(L, 5, "unspec", "unspec", "inet", "inet6")]
	o := c.push(L, class, sockets.TCP, nil)
	if lhost != lua.LNil || lport != lua.LNil {
		from, port := "*", "0"
		if lhost != lua.LNil {
			from = lua51.CheckString(L, 3)
		}
		if lport != lua.LNil {
			port = checkPort(L, 4)
		}
		o.kind = kind
		if err := o.bind(L, from, port); err != nil {
			o.close()
			return fail(L, err)
		}
	}
	o.kind = sockets.TCP
	if err := o.connectHost(L, host, port); err != nil {
		o.close()
		return fail(L, err)
	}
	return 1
}

func shutdown(L *lua.LState, o *object) int {
	how := shutdownWays[lua51.CheckOption(L, 2, "both", "both", "receive", "send")]
	if o.h == nil {
		return done(L, nil)
	}
	o.h.Shutdown(how) // LuaSocket ignores the error
	return done(L, nil)
}

func getfamily(L *lua.LState, o *object) int {
	switch o.kind {
	case sockets.TCP6, sockets.UDP6:
		L.Push(lua.LString("inet6"))
	case sockets.TCP4, sockets.UDP4:
		L.Push(lua.LString("inet4"))
	default:
		family := "inet4"
		if o.h != nil {
			if o.h.Family() == unix.AF_INET6 {
				family = "inet6"
			}
		}
		L.Push(lua.LString(family))
	}
	return 1
}

func getstats(L *lua.LState, o *object) int {
	L.Push(lua.LNumber(o.received))
	L.Push(lua.LNumber(o.sent))
	L.Push(lua.LNumber(time.Since(o.born).Seconds()))
	return 3
}

func setstats(L *lua.LState, o *object) int {
	o.received = int64(lua51.OptNumber(L, 2, float64(o.received)))
	o.sent = int64(lua51.OptNumber(L, 3, float64(o.sent)))
	if L.Get(4) != lua.LNil {
		o.born = time.Now().Add(-time.Duration(lua51.CheckNumber(L, 4) * float64(time.Second)))
	}
	return done(L, nil)
}
