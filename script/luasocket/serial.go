package luasocket

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// A device is the open file of a serial object.
type device struct{ file *os.File }

// openSerial makes the module socket.serial, a function that opens a device by its path. The
// line's speed and mode are as stty(1) has set them.
func (c *core) openSerial(L *lua.LState) lua.LValue {
	c.open(L)
	const class = "serial{client}"
	methods := with(c.sharedMethods(class), map[string]lua.LGFunction{
		"send":     c.on(class, send),
		"receive":  c.on(class, receive),
		"getstats": c.on(class, getstats),
		"setstats": c.on(class, setstats),
	})
	delete(methods, "gettimeout")
	delete(methods, "getsockname")
	c.newClass(L, class, methods)
	return L.NewFunction(func(L *lua.LState) int {
		f, err := os.OpenFile(lua51.CheckString(L, 1), os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
		if err != nil {
			return fail(L, err)
		}
		o := c.push(L, class, "", nil)
		o.device = &device{f}
		return 1
	})
}

func (d *device) fd() int {
	fd := -1
	if raw, err := d.file.SyscallConn(); err == nil {
		raw.Control(func(n uintptr) { fd = int(n) })
	}
	return fd
}

// RecvInto reads the available bytes; it waits for the first one until ctx ends.
func (d *device) RecvInto(ctx context.Context, p []byte) (int, error) {
	return d.until(ctx, d.file.SetReadDeadline, func() (int, error) { return d.file.Read(p) })
}

// Send writes all of p, or as much as it can until ctx ends.
func (d *device) Send(ctx context.Context, p []byte) (int, error) {
	return d.until(ctx, d.file.SetWriteDeadline, func() (int, error) { return d.file.Write(p) })
}

// until calls f and interrupts it when ctx ends. If ctx has already ended, f may still do what is
// possible without waiting.
func (d *device) until(ctx context.Context, deadline func(time.Time) error, f func() (int, error)) (int, error) {
	if err := deadline(time.Time{}); err != nil {
		return f() // not a device that can be waited for
	}
	if ctx.Err() != nil {
		deadline(time.Now().Add(time.Millisecond))
	}
	stop := context.AfterFunc(ctx, func() { deadline(time.Now().Add(time.Millisecond)) })
	defer stop()
	n, err := f()
	if errors.Is(err, syscall.EIO) {
		return n, errClosed // the other end of a pseudo-terminal is gone
	}
	return n, err
}
