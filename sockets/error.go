package sockets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"sosh/internal/show"
	"sosh/sockets/tlsconf"
)

// An Error is the only type of error of this package. It says which operation failed, on
// which handle, with which address, and why. It unwraps to the cause, so errors.Is works with
// a syscall.Errno, [net.ErrClosed], [os.ErrDeadlineExceeded], [context.Canceled] and [io.EOF].
type Error struct {
	Op     string // the verb: "connect"
	Handle string // the handle's name, or empty
	Addr   string // the address as it was given, or empty; Error quotes it as Addr.String does
	Err    error  // the cause, never nil
	Hint   string // what may help, or empty: a sentence without a period

	Sent int // of a send: number of bytes sent before it failed
	Size int // of a send: number of bytes to send
	// MaxDatagram is the maximum size of a datagram, if a send failed because it was
	// exceeded; else 0.
	MaxDatagram int

	// Attempt is what a bind or connect has tried; of other calls, the peer. It is nil if the
	// handle is closed, or was never made.
	Attempt *Attempt
}

// An Attempt is what is known of a call at the moment at which it failed, for a hint that says
// more than the error.
type Attempt struct {
	Kind   Kind
	Target Addr // of bind the local address, of other calls the peer's; may be zero

	ReuseAddr   bool // of bind: the socket had SO_REUSEADDR
	Retransmits int  // of a TCP connect that timed out: how often the SYN was sent again
}

// Error returns "connect c: 127.0.0.1:81: connection refused (ECONNREFUSED)".
// The hint is not part of it.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Handle != "" {
		b.WriteString(" " + e.Handle)
	}
	if e.Addr != "" {
		b.WriteString(": " + show.Name(e.Addr))
	}
	b.WriteString(": " + CauseText(e.Err))
	if e.Size > 0 {
		fmt.Fprintf(&b, "; %d of %d bytes were sent", e.Sent, e.Size)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// TextWithoutHandle returns the text of err without the name of the handle, for people
// who have never seen one: "connect: 127.0.0.1:81: connection refused (ECONNREFUSED)".
func TextWithoutHandle(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	nameless := *e
	nameless.Handle = ""
	return strings.Replace(err.Error(), e.Error(), nameless.Error(), 1)
}

// CauseText returns the text of an errno with its name, and the own text of any other
// error. Where an errno is wrapped in another error, such as that of an option, the
// outer text says more.
func CauseText(err error) string {
	if errno, ok := err.(syscall.Errno); ok {
		if name := show.Errno(errno); name != "" {
			return fmt.Sprintf("%s (%s)", errno.Error(), name)
		}
		return errno.Error()
	}
	return err.Error()
}

// Code returns the short name of an error's cause, for programs to compare:
// the errno's name ("ECONNREFUSED"), "timeout", "closed", "cancelled",
// "argument", "eof", "limit", "resolve", "tls", "plaintext", or "error" for any
// other.
func Code(err error) string {
	var errno syscall.Errno
	var dns *net.DNSError
	var param *ParamError
	var secure *tlsconf.Error
	switch {
	case errors.As(err, &param):
		return "argument"
	case errors.As(err, &secure):
		return "tls"
	case errors.As(err, &errno):
		if name := show.Errno(errno); name != "" {
			return name
		}
		return fmt.Sprintf("errno %d", int(errno))
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, net.ErrClosed), errors.Is(err, ErrEnded):
		return "closed"
	case errors.Is(err, ErrLimit):
		return "limit"
	case errors.Is(err, ErrPlaintext):
		return "plaintext"
	case errors.As(err, &dns):
		return "resolve"
	case errors.Is(err, io.EOF):
		return "eof"
	}
	return "error"
}

var (
	// ErrEnded is the cause when a stream ended before all requested data had come.
	ErrEnded = errors.New("the stream ended first")
	// ErrLimit is the cause when more data came than the limit allows.
	ErrLimit = errors.New("limit reached")
	// ErrPlaintext is the cause when StartTLS finds unread bytes that came before TLS
	// started.
	ErrPlaintext = errors.New("plaintext arrived before TLS started")
)

// A ParamError is the cause when one argument of a call is wrong. Param is "name",
// "address", or an option of TLS.
type ParamError struct {
	Param string
	Err   error
}

func (e *ParamError) Error() string { return e.Err.Error() }

// Unwrap returns the error of the argument.
func (e *ParamError) Unwrap() error { return e.Err }

// closedError is the cause of every call on a closed handle.
type closedError struct{ name string }

func (e closedError) Error() string        { return e.name + " is closed" }
func (e closedError) Is(target error) bool { return target == net.ErrClosed }

// A noHandleError says that no handle has ever had the name.
type noHandleError struct{ name string }

func (e noHandleError) Error() string { return "no handle named " + e.name }

// IsNoHandle reports whether err says that no handle has a certain name, and returns the
// name.
func IsNoHandle(err error) (name string, ok bool) {
	var e noHandleError
	if errors.As(err, &e) {
		return e.name, true
	}
	return "", false
}

// timeoutError is the cause when a call, or the test or task that the call is part of,
// has run out of time.
type timeoutError struct {
	after time.Duration
	of    string // "the test", or ""
}

func (e timeoutError) Error() string {
	text := "timed out after " + e.after.String()
	if e.of != "" {
		text += ", the time of " + e.of
	}
	return text
}
func (e timeoutError) Timeout() bool { return true }
func (e timeoutError) Is(target error) bool {
	return target == os.ErrDeadlineExceeded || target == context.DeadlineExceeded
}

// WithTimeout is [context.WithTimeout] for which [ContextCause] reports d as it was
// given.
func WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return WithTimeoutOf(ctx, d, "")
}

// WithTimeoutOf is [WithTimeout] for the time of more than one call; of names what it
// belongs to, such as "the test".
func WithTimeoutOf(ctx context.Context, d time.Duration, of string) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, timeoutError{d, of})
}

// overdueAfter is how long a call may go on reading what is already there after its time
// is up. With a timeout of 0 this is all that a call does.
const overdueAfter = 10 * time.Millisecond

// Overdue returns the cause of the end of ctx if ctx ended some time ago, and nil
// otherwise. It is for a call that always finds data, but never what it looks for: such
// a call never waits, and so would not notice that its time is up. began is as for
// [ContextCause].
func Overdue(ctx context.Context, began time.Time) error {
	if ctx.Err() == nil {
		return nil
	}
	if end, ok := ctx.Deadline(); ok && errors.Is(ctx.Err(), context.DeadlineExceeded) && time.Since(end) < overdueAfter {
		return nil
	}
	return ContextCause(ctx, began)
}

// A cancelledError is the cause when a call's context was cancelled.
type cancelledError struct{}

func (cancelledError) Error() string        { return "cancelled" }
func (cancelledError) Is(target error) bool { return target == context.Canceled }

// A Cancelled is a [context.Canceled] with a reason. As the cause of a context, it is
// the cause of the calls which that context ends. It may be used concurrently.
type Cancelled string

func (c Cancelled) Error() string        { return string(c) }
func (c Cancelled) Is(target error) bool { return target == context.Canceled }

// Pause waits for d, or until ctx ends; the error then is that of [ContextCause].
func Pause(ctx context.Context, d time.Duration) error {
	began := time.Now()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ContextCause(ctx, began)
	}
}

// ContextCause returns the cause of a call that the end of ctx has ended: the
// [Cancelled] or the timeout that ctx was given as its cause, or else a timeout or a
// cancellation of its own. began is when the call began, for a timeout that does not say
// how long it was.
func ContextCause(ctx context.Context, began time.Time) error {
	switch cause := context.Cause(ctx).(type) {
	case timeoutError, Cancelled:
		return cause
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		d := time.Since(began)
		if t, ok := ctx.Deadline(); ok {
			d = t.Sub(began)
		}
		switch {
		case d > time.Second:
			d = d.Round(100 * time.Millisecond)
		default:
			d = max(d.Round(time.Millisecond), time.Millisecond)
		}
		return timeoutError{after: d}
	}
	return cancelledError{}
}
