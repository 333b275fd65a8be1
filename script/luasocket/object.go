package luasocket

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"time"

	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// core is what the sockets of one machine share.
type core struct {
	table   *sockets.Table
	socket  *lua.LTable // the module
	classes map[string]*class
	groups  map[string]*group
	places  places // for select
}

// A class is tcp{master}, udp{connected} and so on.
type class struct {
	name string
	meta *lua.LTable
}

// A group is the classes that a method takes, such as tcp{any}.
type group struct {
	name    string
	classes []*class
}

// group returns the group of that name, to which classes may be added later.
func (c *core) group(name string) *group {
	g := c.groups[name]
	if g == nil {
		g = &group{name: name}
		c.groups[name] = g
	}
	return g
}

// An object is a socket of LuaSocket: a handle, and the state that LuaSocket adds. The handle is
// created when LuaSocket would create the descriptor. Like Lua values, objects are used by one
// goroutine at a time.
type object struct {
	core   *core
	class  *class
	kind   sockets.Kind
	h      *sockets.Handle // nil: there is no descriptor yet, or it is closed
	device *device         // of a serial object, in place of h
	secure *secure         // of an object of ssl
	closed bool

	block, total time.Duration // limits of a wait and of a call; negative means no limit
	buf          []byte        // received but not yet read by the program
	room         []byte        // the memory of buf
	ended        error         // reading will fail with this, once buf is empty

	received, sent int64
	born           time.Time
	connecting     *attempt
	again          bool // the next connect succeeds, as in the kernel after one that had to wait
	foreign        int  // the descriptor given by setfd, if h is nil; else -1
}

// bufferSize is how much one receive reads ahead, in bytes.
const bufferSize = 8192

// newClass makes a class: a metatable, whose __index has the methods.
func (c *core) newClass(L *lua.LState, name string, methods map[string]lua.LGFunction, groups ...string) {
	index := L.NewTable()
	for method, f := range methods {
		index.RawSetString(method, L.NewFunction(f))
	}
	index.RawSetString("class", lua.LString(name))
	meta := L.NewTable()
	meta.RawSetString("__index", index)
	meta.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
		ud, _ := L.Get(1).(*lua.LUserData)
		L.Push(lua.LString(fmt.Sprintf("%s: %p", name, ud)))
		return 1
	}))
	made := &class{name, meta}
	c.classes[name] = made
	for _, g := range append(groups, name) {
		c.group(g).classes = append(c.group(g).classes, made)
	}
}

// push makes an object of a class and pushes it. h may be nil.
func (c *core) push(L *lua.LState, class string, kind sockets.Kind, h *sockets.Handle) *object {
	o := &object{core: c, kind: kind, block: -1, total: -1, born: time.Now(), foreign: -1}
	ud := L.NewUserData()
	ud.Value = o
	o.become(ud, class)
	o.adopt(h)
	// The garbage collector closes an unreachable socket.
	runtime.AddCleanup(ud, func(o *object) { o.forget() }, o)
	L.Push(ud)
	return o
}

// become changes the class of an object.
func (o *object) become(ud *lua.LUserData, class string) {
	o.class = o.core.classes[class]
	ud.Metatable = o.class.meta
}

// adopt sets the handle of the object. The object has a buffer of its own, so no receiver of the
// shell reads from the handle.
func (o *object) adopt(h *sockets.Handle) {
	if h != nil {
		h.Watch(false)
	}
	o.h = h
}

// A stream is the source and destination of bytes: a handle or a device.
type stream interface {
	RecvInto(ctx context.Context, p []byte) (int, error)
	Send(ctx context.Context, p []byte) (int, error)
}

// stream returns the stream of an object, or nil if it has none.
func (o *object) stream() stream {
	switch {
	case o.h != nil:
		return o.h
	case o.device != nil:
		return o.device
	}
	return nil
}

// forget closes the handle of an object that no Lua can use any more.
func (o *object) forget() {
	if h := o.h; h != nil {
		h.Close()
	}
	if o.device != nil {
		o.device.file.Close()
	}
}

// open creates the handle, unless the object has one.
func (o *object) open() error {
	if o.h != nil {
		return nil
	}
	o.closed, o.again = false, false
	h, err := o.core.table.Socket(o.kind, "")
	if err != nil {
		return err
	}
	o.adopt(h)
	return nil
}

// check returns the first argument, an object of the group.
func (g *group) check(L *lua.LState) (*object, *lua.LUserData) {
	if ud, ok := L.Get(1).(*lua.LUserData); ok {
		if o, ok := ud.Value.(*object); ok {
			for _, class := range g.classes {
				if o.class == class {
					return o, ud
				}
			}
		}
	}
	lua51.ArgError(L, 1, g.name+" expected")
	return nil, nil
}

// on makes a method of the objects of a group.
func (c *core) on(name string, f func(L *lua.LState, o *object) int) lua.LGFunction {
	g := c.group(name)
	return func(L *lua.LState) int {
		o, _ := g.check(L)
		return f(L, o)
	}
}

// fd returns the descriptor, or -1.
func (o *object) fd() int {
	fd := -1
	switch {
	case o.device != nil:
		return o.device.fd()
	case o.h == nil:
		return o.foreign
	case o.secure != nil:
		return o.secure.fd
	}
	if raw, err := o.h.SyscallConn(); err == nil {
		raw.Control(func(n uintptr) { fd = int(n) })
	}
	return fd
}

// control calls f with the descriptor.
func (o *object) control(f func(fd int) error) error {
	if o.h == nil {
		return unix.EBADF
	}
	raw, err := o.h.SyscallConn()
	if err != nil {
		return unix.EBADF
	}
	if cerr := raw.Control(func(fd uintptr) { err = f(int(fd)) }); cerr != nil {
		return unix.EBADF
	}
	return err
}

func (o *object) close() {
	if o.device != nil {
		o.device.file.Close()
		o.device = nil
	}
	h := o.h
	o.h, o.closed = nil, true
	if o.connecting != nil {
		o.connecting.cancel()
	}
	if o.secure != nil && o.secure.shake != nil {
		o.secure.shake.cancel()
	}
	if h != nil {
		h.Close()
	}
}

// sharedMethods are the methods of every class. any is the group of all classes.
func (c *core) sharedMethods(any string) map[string]lua.LGFunction {
	return map[string]lua.LGFunction{
		"close": c.on(any, func(L *lua.LState, o *object) int {
			o.close()
			return done(L, nil)
		}),
		"dirty": c.on(any, func(L *lua.LState, o *object) int {
			L.Push(lua.LBool(o.dirty()))
			return 1
		}),
		"getfd": c.on(any, func(L *lua.LState, o *object) int {
			L.Push(lua.LNumber(o.fd()))
			return 1
		}),
		"setfd": c.on(any, func(L *lua.LState, o *object) int {
			// The descriptor belongs to its creator: only select uses it.
			o.foreign, o.h = lua51.CheckInt(L, 2), nil
			return 0
		}),
		"settimeout": c.on(any, settimeout),
		"gettimeout": c.on(any, func(L *lua.LState, o *object) int {
			L.Push(limitNumber(o.block))
			L.Push(limitNumber(o.total))
			return 2
		}),
		"getsockname": c.on(any, func(L *lua.LState, o *object) int { return pushName(L, o, unix.Getsockname, true) }),
	}
}

// with returns the methods together with more.
func with(methods map[string]lua.LGFunction, more map[string]lua.LGFunction) map[string]lua.LGFunction {
	for name, f := range more {
		methods[name] = f
	}
	return methods
}

func limitNumber(d time.Duration) lua.LNumber {
	if d < 0 {
		return -1
	}
	return lua.LNumber(d.Seconds())
}

// limitOf returns a limit in seconds as a duration; negative means no limit.
func limitOf(s float64) time.Duration {
	switch {
	case s < 0 || math.IsNaN(s):
		return -1
	case s > 1e9:
		return 1e9 * time.Second
	}
	return time.Duration(s * float64(time.Second))
}

// dirty reports whether there are buffered bytes, which poll(2) does not see.
func (o *object) dirty() bool { return len(o.buf) > 0 || o.secure != nil && o.secure.more }

// settimeout sets the limit of each wait (mode b) or of each call (t, or r).
func settimeout(L *lua.LState, o *object) int {
	d := limitOf(lua51.OptNumber(L, 2, -1))
	mode := lua51.OptString(L, 3, "b")
	switch {
	case mode == "":
		mode = "\x00"
		fallthrough
	default:
		lua51.ArgError(L, 3, "invalid timeout mode")
	case mode[0] == 'b':
		o.block = d
	case mode[0] == 't', mode[0] == 'r':
		o.total = d
	}
	return done(L, nil)
}

// A span is one call: its start, and its limits.
type span struct {
	o     *object
	began time.Time
}

func (o *object) span() span {
	s := span{o: o}
	if o.total >= 0 {
		s.began = time.Now()
	}
	return s
}

// left returns how long the next wait may take; negative means no limit.
func (s span) left() time.Duration {
	d := s.o.block
	if s.o.total >= 0 {
		if left := max(0, s.o.total-time.Since(s.began)); d < 0 || left < d {
			d = left
		}
	}
	return d
}

// past is an ended context: a call with it does only what is possible without waiting.
var past = func() context.Context {
	ctx, cancel := context.WithDeadline(context.Background(), time.Unix(1, 0))
	cancel()
	return ctx
}()

// wait calls f with a context that ends at the limit of the next wait.
func (s span) wait(L *lua.LState, f func(ctx context.Context) error) error {
	d := s.left()
	if d < 0 {
		return wait(L, f)
	}
	return waitFor(L, d, f)
}

// waitFor is wait for at most d.
func waitFor(L *lua.LState, d time.Duration, f func(ctx context.Context) error) error {
	return wait(L, func(ctx context.Context) error {
		limited, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		return f(limited)
	})
}

// pushName pushes the address, the port and the family returned by a system call.
// LuaSocket 3.1 returns the port as a string if text is set.
func pushName(L *lua.LState, o *object, call func(fd int) (unix.Sockaddr, error), text bool) int {
	var sa unix.Sockaddr
	err := o.control(func(fd int) (err error) {
		sa, err = call(fd)
		return err
	})
	if err != nil {
		return fail(L, err)
	}
	host, port, family := addressOf(sa)
	if family == "" { // a unix socket
		L.Push(lua.LString(host))
		return 1
	}
	L.Push(lua.LString(host))
	if text {
		L.Push(lua.LString(fmt.Sprint(port)))
	} else {
		L.Push(lua.LNumber(port))
	}
	L.Push(lua.LString(family))
	return 3
}
