package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"sosh/internal/show"
	"sosh/script/lua51"
	"sosh/script/lualib"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// expectLimit is how much may come without a match, unless told.
const expectLimit = allLimit

// An alternative is one pattern that expect waits for, and the function that is
// called if it matches, or nil.
type alternative struct {
	*lualib.Matcher
	then *lua.LFunction
}

func runExpect(c *Call) error {
	list, onEOF, onTimeout, err := c.alternatives()
	if err != nil {
		return err
	}
	limit := c.OptionInt("limit", expectLimit)
	if limit < 1 {
		return &ArgumentError{Index: -1, Key: "limit", Err: fmt.Errorf("bad limit %d (expected 1 to 1G bytes)", limit)}
	}
	h := c.Handle(0)
	e := expecting{growing: growing{h: h, limit: limit}, list: list}
	err = c.Wait(e.run)
	var bad lua51.PatternError
	switch {
	case errors.As(err, &bad):
		return &ArgumentError{Index: 1, Err: fmt.Errorf("bad %v: %w", list[e.which], bad)}
	case err == io.EOF && onEOF != nil:
		return c.then(onEOF, nil)
	case err == io.EOF:
		return c.unexpected(&e, sockets.ErrEnded)
	case err != nil && onTimeout != nil && sockets.Code(err) == "timeout" && c.Machine.context().Err() == nil:
		return c.then(onTimeout, nil)
	case err != nil:
		return c.unexpected(&e, err)
	}
	c.msg = e.message
	c.out.Message = &c.msg
	if then := list[e.which].then; then != nil {
		return c.then(then, e.captures)
	}
	if _, several := c.args[1].value.(*lua.LTable); several {
		c.Give(lua.LNumber(e.which + 1))
	}
	c.Give(e.captures...)
	return nil
}

// expecting is a call of expect, which runs without the machine's lock.
type expecting struct {
	growing
	list []alternative

	which    int // index in list of the alternative that matched, or whose pattern is bad
	captures []lua.LValue
	message  sockets.Message // the data taken from the inbox
}

// run waits until an alternative matches, and takes the data up to the end of the match. It
// fails with io.EOF at the end of the stream.
func (e *expecting) run(ctx context.Context) error {
	defer e.h.Room(e.limit + 1)()
	began := time.Now()
	stop := func() error {
		if ctx.Err() != nil {
			return sockets.ContextCause(ctx, began)
		}
		return nil
	}
	for {
		moved, err := e.next(ctx)
		if err != nil {
			return err
		}
		if moved {
			for i := range e.list {
				e.list[i].Reset()
			}
		}
		s := e.text()
		for i := range e.list {
			e.which = i
			end, captures, ok, err := e.list[i].Find(s, stop)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			if e.message, ok = e.h.Take(e.seen, end); !ok {
				break // another call has taken data: search again
			}
			for _, v := range captures {
				if text, ok := v.(lua.LString); ok && len(text) < len(s)/2 {
					v = lua.LString(strings.Clone(string(text))) // s is no longer needed
				}
				e.captures = append(e.captures, v)
			}
			return nil
		}
		overdue := sockets.Overdue(ctx, began)
		switch {
		case e.seen.Ended:
			return io.EOF
		case overdue != nil:
			return overdue
		case len(s) >= e.limit:
			return fmt.Errorf("%w: %d bytes arrived and the limit is %d", sockets.ErrLimit, len(e.seen.Data), e.limit)
		}
	}
}

// gone is an ended context, for a call that must not wait.
var gone = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// alternatives reads the pattern of expect, or its table of alternatives.
func (c *Call) alternatives() (list []alternative, onEOF, onTimeout *lua.LFunction, err error) {
	bad := func(format string, args ...any) error {
		return &ArgumentError{Index: 1, Err: fmt.Errorf(format, args...), Hint: `an alternative is {"PATTERN", function}, {plain="TEXT", function} or {regex="EXPRESSION", function}; beside them eof=function and timeout=function`}
	}
	t, several := c.args[1].value.(*lua.LTable)
	if !several {
		what := "pattern"
		if c.OptionBool("plain") {
			what = "text"
		}
		if c.OptionBool("regex") {
			what = "regex"
		}
		m, err := lualib.NewMatcher(what, c.String(1))
		if err != nil {
			return nil, nil, nil, &ArgumentError{Index: 1, Err: err}
		}
		return []alternative{{Matcher: m}}, nil, nil, nil
	}
	for k, v := range lua51.Each(t) {
		if _, ok := k.(lua.LNumber); ok {
			continue
		}
		f, ok := v.(*lua.LFunction)
		switch {
		case !ok || k != lua.LString("eof") && k != lua.LString("timeout"):
			return nil, nil, nil, bad("bad field %s of the alternatives (expected eof=function or timeout=function)", lua.LVAsString(lua51.ToString(c.Machine.l, k)))
		case k == lua.LString("eof"):
			onEOF = f
		default:
			onTimeout = f
		}
	}
	for i := 1; i <= t.Len(); i++ {
		row, ok := t.RawGetInt(i).(*lua.LTable)
		if !ok {
			return nil, nil, nil, bad("alternative %d is not a table", i)
		}
		what, text, next := "pattern", row.RawGetInt(1), 2
		for _, key := range []string{"regex", "plain"} {
			if v := row.RawGetString(key); v != lua.LNil {
				what, text, next = map[string]string{"regex": "regex", "plain": "text"}[key], v, 1
			}
		}
		s, ok := text.(lua.LString)
		if !ok {
			return nil, nil, nil, bad("alternative %d has no pattern", i)
		}
		m, err := lualib.NewMatcher(what, string(s))
		if err != nil {
			return nil, nil, nil, bad("alternative %d: %v", i, err)
		}
		a := alternative{Matcher: m}
		switch f := row.RawGetInt(next).(type) {
		case *lua.LFunction:
			a.then = f
		case *lua.LNilType:
		default:
			return nil, nil, nil, bad("alternative %d has a %s in place of a function", i, f.Type())
		}
		list = append(list, a)
	}
	if len(list) == 0 && onEOF == nil {
		return nil, nil, nil, bad("the table has no alternatives")
	}
	return list, onEOF, onTimeout, nil
}

// then calls the function of an alternative, and returns its results as those of expect.
func (c *Call) then(f *lua.LFunction, args []lua.LValue) error {
	L := c.l
	base := L.GetTop()
	L.Push(f)
	for _, a := range args {
		L.Push(a)
	}
	L.Call(len(args), lua.MultRet)
	for i := base + 1; i <= L.GetTop(); i++ {
		c.Give(L.Get(i))
	}
	L.SetTop(base)
	return nil
}

// An expectError says why expect failed: the pattern, and the data received instead.
type expectError struct {
	cause error
	text  string
}

func (e *expectError) Error() string { return e.text }
func (e *expectError) Unwrap() error { return e.cause }

// expectShown is how many of the received bytes an error shows.
const expectShown = 512

// unexpected returns the error of expect.
func (c *Call) unexpected(e *expecting, cause error) error {
	var of *sockets.Error
	if errors.As(cause, &of) {
		cause = of.Err
	}
	var wanted []string
	for i := range e.list {
		wanted = append(wanted, e.list[i].String())
	}
	text := sockets.CauseText(cause) + "; expected " + strings.Join(wanted, ", or ")
	came := e.seen.Data
	if came == nil {
		p, _ := e.h.Peek(gone, -1)
		came = p.Data
	}
	n := len(came)
	last := came[max(n-expectShown, 0):]
	switch {
	case n == 0:
		text += "; nothing arrived"
	case n > expectShown:
		text += fmt.Sprintf("; %d bytes arrived, the last %d of them:\n", n, expectShown)
	default:
		text += "; " + show.Count(n, "byte") + " came:\n"
	}
	if show.IsText(last) {
		text += show.Piece(last)
	}
	text += show.HexdumpWidth(last, int64(n-len(last)), 0)
	return &sockets.Error{Op: "expect", Handle: e.h.Name(), Err: &expectError{cause, strings.TrimSuffix(text, "\n")}}
}
