package luasocket

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// errnoTexts are LuaSocket's own texts for some errors. All others have the text of
// strerror(3).
var errnoTexts = map[syscall.Errno]string{
	unix.EADDRINUSE:   "address already in use",
	unix.EISCONN:      "already connected",
	unix.EACCES:       "permission denied",
	unix.ECONNREFUSED: "connection refused",
	unix.ECONNABORTED: "closed",
	unix.ECONNRESET:   "closed",
	unix.EPIPE:        "closed",
	unix.ETIMEDOUT:    "timeout",
	unix.EAGAIN:       "timeout",
}

// A word is an error whose text is already LuaSocket's.
type word string

func (w word) Error() string { return string(w) }

const (
	errTimeout   = word("timeout")
	errClosed    = word("closed")
	errNotFound  = word("host not found")
	errFamily    = word("Address family for hostname not supported")
	errNoService = word("service not supported for socket type")
	errLongLine  = word("line too long")
	errNoName    = word("host or service not provided, or not known")
)

// errorText returns LuaSocket's text for an error of a handle.
func errorText(err error) string {
	var w word
	var errno syscall.Errno
	var dns *net.DNSError
	var param *sockets.ParamError
	switch {
	case errors.As(err, &w):
		return string(w)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, sockets.ErrEnded):
		return "closed"
	case errors.As(err, &errno):
		if text, ok := errnoTexts[errno]; ok {
			return text
		}
		return strerror(errno)
	case errors.As(err, &dns):
		if dns.IsTemporary || dns.IsTimeout {
			return "temporary failure in name resolution"
		}
		return string(errNoName)
	case errors.As(err, &param):
		return string(errNoName)
	}
	return err.Error()
}

// strerror returns the text of an errno as C has it, with a capital letter.
func strerror(errno syscall.Errno) string {
	text := errno.Error()
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// fail pushes nil and the text of an error.
func fail(L *lua.LState, err error) int {
	L.Push(lua.LNil)
	L.Push(lua.LString(errorText(err)))
	return 2
}

// done pushes 1, or nil and the text of an error.
func done(L *lua.LState, err error) int {
	if err != nil {
		return fail(L, err)
	}
	L.Push(lua.LNumber(1))
	return 1
}

// wait calls f, which may wait, with the machine's lock released.
func wait(L *lua.LState, f func(ctx context.Context) error) error {
	return lua51.InterpOf(L).Wait(L, f)
}
