package script

import (
	"context"
	"fmt"
	"time"

	"sosh/internal/show"
	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// The default interval and timeout of eventually.
const (
	eventuallyEvery   = 20 * time.Millisecond
	eventuallyTimeout = 5 * time.Second
)

// runEventually calls a function until it succeeds.
func runEventually(c *Call) error {
	m, f := c.Machine, c.args[0].value
	limit, every := eventuallyTimeout, eventuallyEvery
	if a, ok := c.opts["timeout"]; ok {
		limit = seconds(a.num)
	}
	if a, ok := c.opts["every"]; ok {
		every = seconds(a.num)
	}
	ctx, cancel := sockets.WithTimeout(m.context(), limit)
	defer cancel()
	var last *CheckError
	why := "" // of the last call that was not cancelled
	var raised lua.LValue
	for tries := 1; ; tries++ {
		if m.context().Err() != nil {
			return c.cancelled()
		}
		var values []lua.LValue
		var failed lua.LValue
		var found *CheckError
		m.limit(ctx, func() {
			m.current.tentative = &found
			values, failed = lua51.InterpOf(c.l).PCall(c.l, f)
		})
		if m.context().Err() != nil {
			return c.cancelled()
		}
		if failed == nil && (len(values) == 0 || lua.LVAsBool(values[0])) {
			c.Give(values...)
			return nil
		}
		if why == "" || ctx.Err() == nil {
			last, raised, why = found, failed, "it returned "
			if failed != nil {
				why = "the last error: " + m.ToString(failed)
			} else {
				why += m.Short(values[0])
			}
		}
		var err error
		if ctx.Err() == nil {
			m.Block(func() { err = sockets.Pause(ctx, every) })
		}
		if ctx.Err() == nil && err == nil {
			continue
		}
		if last != nil && m.codeOf(raised) == last.Code {
			last.Text += fmt.Sprintf(" (eventually: not within %s)", limit)
			return last
		}
		return &sockets.Error{Op: "eventually", Err: tooLate(fmt.Sprintf("no success within %s, of %s; %s", limit, show.Count(tries, "call"), why))}
	}
}

// tooLate is a timeout error with its own text.
type tooLate string

func (e tooLate) Error() string { return string(e) }
func (tooLate) Unwrap() error   { return context.DeadlineExceeded }

// codeOf returns the code of a verb's error, or "" for any other error.
func (m *Machine) codeOf(raised lua.LValue) string {
	if t, ok := raised.(*lua.LTable); ok && t.Metatable == m.errors {
		return lua.LVAsString(t.RawGetString("code"))
	}
	return ""
}
