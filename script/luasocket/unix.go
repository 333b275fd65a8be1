package luasocket

import (
	"context"
	"strings"

	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// openUnix makes the module socket.unix: a table that can be called, with the functions
// stream and dgram.
func (c *core) openUnix(L *lua.LState) lua.LValue {
	c.open(L)
	c.openStreams(L)
	c.openDatagrams(L)
	t := L.NewTable()
	stream := L.NewFunction(func(L *lua.LState) int { return c.make(L, "unixstream{master}", sockets.Unix, true) })
	dgram := L.NewFunction(func(L *lua.LState) int {
		return c.make(L, "unixdgram{unconnected}", sockets.UnixGram, true)
	})
	t.RawSetString("stream", stream)
	t.RawSetString("tcp", stream)
	t.RawSetString("dgram", dgram)
	t.RawSetString("udp", dgram)
	meta := L.NewTable()
	meta.RawSetString("__call", stream)
	t.Metatable = meta
	return t
}

func (c *core) openStreams(L *lua.LState) {
	const any, client, server, master = "unixstream{any}", "unixstream{client}", "unixstream{server}", "unixstream{master}"
	methods := with(c.sharedMethods(any), map[string]lua.LGFunction{
		"accept":      c.on(server, func(L *lua.LState, o *object) int { return accept(L, o, client) }),
		"bind":        c.on(master, bindPath),
		"setsockname": c.on(master, bindPath),
		"listen":      c.retype(master, server, listen),
		"connect":     c.retype(master, client, connectPath),
		"setpeername": c.retype(master, client, connectPath),
		"send":        c.on(client, send),
		"receive":     c.on(client, receive),
		"shutdown":    c.on(client, shutdown),
		"getstats":    c.on(client, getstats),
		"setstats":    c.on(client, setstats),
		"setoption":   c.on(any, func(L *lua.LState, o *object) int { return setoption(L, o, streamOptions()) }),
	})
	delete(methods, "gettimeout")
	for _, class := range []string{master, client, server} {
		c.newClass(L, class, methods, any)
	}
}

func (c *core) openDatagrams(L *lua.LState) {
	const any, connected, unconnected = "unixdgram{any}", "unixdgram{connected}", "unixdgram{unconnected}"
	methods := with(c.sharedMethods(any), map[string]lua.LGFunction{
		"bind":        c.on(unconnected, bindPath),
		"setsockname": c.on(unconnected, bindPath),
		"connect":     c.retype(any, connected, connectPath),
		"setpeername": c.retype(any, connected, connectPath),
		"send":        c.on(connected, sendDatagram),
		"sendto":      c.on(unconnected, sendtoPath),
		"receive":     c.on(any, func(L *lua.LState, o *object) int { return receiveDatagram(L, o, nil) }),
		"receivefrom": c.on(unconnected, func(L *lua.LState, o *object) int { return receiveDatagram(L, o, pushPath) }),
		"setoption":   c.on(any, func(L *lua.LState, o *object) int { return setoption(L, o, dgramOptions()) }),
		"dirty": c.on(any, func(L *lua.LState, o *object) int {
			L.Push(lua.LFalse)
			return 1
		}),
	})
	for _, class := range []string{connected, unconnected} {
		c.newClass(L, class, methods, any)
	}
}

const errLongPath = word("path too long")

// maxPath is how long the path of a unix socket can be, in bytes (unix(7)).
const maxPath = 107

// bindPath uses the system call instead of the handle: a handle removes the path when it is
// closed, and LuaSocket does not.
func bindPath(L *lua.LState, o *object) int {
	path := lua51.CheckString(L, 2)
	if len(path) > maxPath {
		return fail(L, errLongPath)
	}
	err := o.control(func(fd int) error { return unix.Bind(fd, &unix.SockaddrUnix{Name: path}) })
	if err != nil {
		o.close()
	}
	return done(L, err)
}

func connectPath(L *lua.LState, o *object) (n int, become bool) {
	path := lua51.CheckString(L, 2)
	if len(path) > maxPath {
		return fail(L, errLongPath), false
	}
	if o.h == nil {
		return fail(L, errClosed), false
	}
	err := o.connectTo(L, pathAddress(path))
	if err != nil && err != errTimeout {
		o.close()
	}
	return done(L, err), err == nil
}

// pathAddress makes the address of a handle from a path: one that begins with @ is a name in
// the abstract namespace there, and with ./ a file.
func pathAddress(path string) string {
	if strings.HasPrefix(path, "@") {
		return "./" + path
	}
	return path
}

func sendtoPath(L *lua.LState, o *object) int {
	data, path := []byte(lua51.CheckString(L, 2)), lua51.CheckString(L, 3)
	switch {
	case o.h == nil:
		return fail(L, word("refused"))
	case len(path) > maxPath:
		return fail(L, errLongPath)
	}
	h := o.h
	err := o.span().wait(L, func(ctx context.Context) error {
		_, err := h.SendTo(ctx, pathAddress(path), data)
		return err
	})
	return pushSent(L, len(data), err)
}

func pushPath(L *lua.LState, from sockets.Addr) int {
	L.Push(lua.LString(from.Path))
	return 1
}
