package whose

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// Limit is how long a hint may look at the machine. What is not known by then is left out.
const Limit = 50 * time.Millisecond

// Concerns reports whether Hint may say more about err than its own hint does. It is fast.
func Concerns(err error) bool { return hinterOf(err) != nil }

// Hint returns the hint for err, an error of sockets, that depends on the machine: who has an
// address that is in use, what listens near one that refused, and so on. It is "" if there is
// nothing to say; the error's own hint is then used. It takes at most [Limit].
func Hint(table *sockets.Table, err error) string {
	hinter := hinterOf(err)
	if hinter == nil {
		return ""
	}
	ctx, cancel, ok := spend()
	if !ok {
		return ""
	}
	defer cancel()
	var e *sockets.Error
	errors.As(err, &e)
	q := &question{ctx: ctx, table: table, err: e}
	if e.Attempt != nil {
		q.Attempt = *e.Attempt
	}
	q.Target.IP = targetOf(e)
	return hinter(q)
}

// budget is how long all hints of one second together may look at the machine: if a thousand tasks
// fail at once, most of them get no such hint.
const budget = 4 * Limit

var spent struct {
	sync.Mutex
	second time.Time // when it began
	time   time.Duration
}

// spend returns the context of one hint, unless the budget of this second is spent.
func spend() (ctx context.Context, done func(), ok bool) {
	began := time.Now()
	spent.Lock()
	defer spent.Unlock()
	if began.Sub(spent.second) > time.Second {
		spent.second, spent.time = began, 0
	}
	if spent.time > budget {
		return nil, nil, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), Limit)
	return ctx, func() {
		cancel()
		spent.Lock()
		defer spent.Unlock()
		spent.time += time.Since(began)
	}, true
}

// A question is an error for which a hint is sought.
type question struct {
	sockets.Attempt
	ctx   context.Context
	table *sockets.Table
	err   *sockets.Error
}

// target returns the address of TCP or UDP, or the zero AddrPort for an address of another kind.
func (q *question) target() netip.AddrPort { return q.Target.IP }

// network returns "tcp", "udp", "unix" and so on.
func (q *question) network() string { return q.Kind.Network() }

// targetOf returns the address of TCP or UDP that a call was for: that of the attempt, or that
// which was given to sendto.
func targetOf(e *sockets.Error) netip.AddrPort {
	if e.Attempt == nil {
		return netip.AddrPort{}
	}
	a := e.Attempt.Target
	if a.IsZero() && strings.HasPrefix(e.Op, "sendto") {
		given, _ := netip.ParseAddrPort(e.Addr)
		return given
	}
	return a.IP
}

// A hinter makes the hint for one kind of error.
type hinter func(q *question) string

// hinterOf returns what makes the hint for an error, or nil.
func hinterOf(err error) hinter {
	var e *sockets.Error
	switch {
	case !errors.As(err, &e):
		return nil
	case errors.Is(err, unix.EMFILE):
		return noDescriptor
	case e.Attempt == nil:
		return nil
	}
	target := targetOf(e)
	op, ip, path := e.Op, target.IsValid(), e.Attempt.Target.Path != ""
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		if op == "connect" && ip && e.Attempt.Kind.Network() == "tcp" && errors.Is(err, os.ErrDeadlineExceeded) {
			return timedOut
		}
		return nil
	}
	switch errno {
	case unix.EADDRINUSE:
		switch {
		case path:
			return pathInUse
		case ip && (op == "bind" || op == "listen"):
			return portInUse
		}
	case unix.ECONNREFUSED:
		switch {
		case path:
			return pathRefused
		case ip:
			return portRefused
		}
	case unix.EADDRNOTAVAIL:
		switch {
		case ip && op == "bind":
			return notLocal
		case ip:
			return noPortLeft
		}
	case unix.EACCES, unix.EPERM:
		if ip {
			return forbidden
		}
	case unix.ENETUNREACH, unix.EHOSTUNREACH, unix.EHOSTDOWN, unix.ENETDOWN:
		if ip {
			return unreachable
		}
	case unix.ECONNRESET:
		if op != "connect" && op != "starttls" {
			return wasReset
		}
	case unix.ETIMEDOUT:
		if ip && e.Attempt.Kind.Network() == "tcp" {
			return timedOut
		}
	case unix.EINVAL:
		if ip && target.Addr().IsLinkLocalUnicast() && target.Addr().Zone() == "" {
			return noZone
		}
	}
	return nil
}
