package script

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sosh/internal/show"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// expectLimit is how much may come without a match.
const expectLimit = 1 << 20

// An alternative is one thing that expect waits for.
type alternative struct {
	text  string // the pattern, as it was given
	what  string // "pattern", "regex" or "text"
	match func(s string) (end int, captures []lua.LValue, ok bool)
	then  *lua.LFunction
}

func (a *alternative) String() string {
	return a.what + " " + show.Quote([]byte(show.Truncate(a.text, 200)))
}

func runExpect(c *Call) error {
	list, onEOF, onTimeout, err := c.alternatives()
	if err != nil {
		return err
	}
	h := c.Handle(0)
	began := time.Now()
	limit, timed := c.opts["timeout"]
	known := 0
	for {
		if timed {
			c.opts["timeout"] = argument{set: true, num: max(limit.num-time.Since(began).Seconds(), 0)}
		}
		var p sockets.Peeked
		err := c.Wait(func(ctx context.Context) (err error) {
			p, err = h.Peek(ctx, known)
			return err
		})
		switch {
		case err != nil && onTimeout != nil && sockets.Code(err) == "timeout":
			return c.then(onTimeout, nil)
		case err != nil:
			return c.unexpected(list, err, limit.num)
		}
		s := string(p.Data)
		for i := range list {
			a := &list[i]
			end, captures, ok, err := c.try(a, s)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			m, ok := h.Take(p, end)
			if !ok {
				known = -1 // somebody else has taken some of it: look again
				break
			}
			c.msg = m
			c.out.Message = &c.msg
			if a.then != nil {
				return c.then(a.then, captures)
			}
			if _, several := c.args[1].value.(*lua.LTable); several {
				c.Give(lua.LNumber(i + 1))
			}
			c.Give(captures...)
			return nil
		}
		switch {
		case known < 0:
			known = 0
			continue
		case p.Ended && onEOF != nil:
			return c.then(onEOF, nil)
		case p.Ended:
			return c.unexpected(list, sockets.ErrEnded, limit.num)
		case len(s) >= expectLimit:
			return c.unexpected(list, fmt.Errorf("%w: %d bytes came", sockets.ErrLimit, len(s)), limit.num)
		}
		known = len(s)
	}
}

// gone is a context that has ended, for a call that must not wait.
var gone = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// alternatives reads what expect waits for: a pattern, or a table of them.
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
		a, err := newAlternative(what, c.String(1))
		if err != nil {
			return nil, nil, nil, &ArgumentError{Index: 1, Err: err}
		}
		return []alternative{a}, nil, nil, nil
	}
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		if _, ok := k.(lua.LNumber); ok {
			continue
		}
		f, ok := v.(*lua.LFunction)
		switch {
		case !ok || k != lua.LString("eof") && k != lua.LString("timeout"):
			return nil, nil, nil, bad("bad field %s of the alternatives (expected eof=function or timeout=function)", lua.LVAsString(toString(c.Machine.l, k)))
		case k == lua.LString("eof"):
			onEOF = f
		default:
			onTimeout = f
		}
	}
	for i := 1; i <= t.Len(); i++ {
		row, ok := t.RawGetInt(i).(*lua.LTable)
		if !ok {
			return nil, nil, nil, bad("alternative %d is no table", i)
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
		a, err := newAlternative(what, string(s))
		if err != nil {
			return nil, nil, nil, bad("alternative %d: %v", i, err)
		}
		switch f := row.RawGetInt(next).(type) {
		case *lua.LFunction:
			a.then = f
		case *lua.LNilType:
		default:
			return nil, nil, nil, bad("alternative %d has a %s where a function goes", i, f.Type())
		}
		list = append(list, a)
	}
	if len(list) == 0 && onEOF == nil {
		return nil, nil, nil, bad("there is nothing to wait for")
	}
	return list, onEOF, onTimeout, nil
}

func newAlternative(what, text string) (alternative, error) {
	a := alternative{text: text, what: what}
	switch what {
	case "text":
		a.match = func(s string) (int, []lua.LValue, bool) {
			i := strings.Index(s, text)
			return i + len(text), []lua.LValue{lua.LString(text)}, i >= 0
		}
	case "regex":
		re, err := compileRegex(text)
		if err != nil {
			return a, errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
		a.match = func(s string) (int, []lua.LValue, bool) {
			m := re.FindStringSubmatchIndex(s)
			if m == nil {
				return 0, nil, false
			}
			return m[1], captures(s, m), true
		}
	}
	return a, nil
}

// try looks for an alternative in what has come. An error lies in its pattern.
func (c *Call) try(a *alternative, s string) (end int, caught []lua.LValue, ok bool, err error) {
	if a.match != nil {
		end, caught, ok = a.match(s)
		return end, caught, ok, nil
	}
	defer func() {
		r := recover()
		if e, isLua := r.(*lua.ApiError); isLua {
			err = &ArgumentError{Index: 1, Err: fmt.Errorf("bad %v: %s", a, strings.TrimSpace(lua.LVAsString(e.Object)))}
		} else if r != nil {
			panic(r)
		}
	}()
	L := c.l
	if L == nil {
		L = c.Machine.l
	}
	p, anchored := strings.CutPrefix(a.text, "^")
	m := matcher{L: L, s: s, p: p}
	for at := 0; at <= len(s); at++ {
		m.start()
		if end = m.match(at, 0); end >= 0 {
			for i := range max(m.level, 1) {
				caught = append(caught, m.get(i, at, end))
			}
			return end, caught, true, nil
		}
		if anchored {
			break
		}
	}
	return 0, nil, false, nil
}

// then calls the function of an alternative; what it returns, expect does.
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

// An expectError is why expect failed: what it waited for, and what came
// instead.
type expectError struct {
	cause error
	text  string
}

func (e *expectError) Error() string { return e.text }
func (e *expectError) Unwrap() error { return e.cause }

// expectShown is how much of what came an error shows.
const expectShown = 512

// unexpected is the error of expect, whose timeout was so many seconds.
func (c *Call) unexpected(list []alternative, cause error, timeout float64) error {
	h := c.Handle(0)
	var e *sockets.Error
	if errors.As(cause, &e) {
		cause = e.Err
	}
	why := sockets.CauseText(cause)
	if timeout > 0 && sockets.Code(cause) == "timeout" {
		why = "timed out after " + seconds(timeout).String()
	}
	var wanted []string
	for i := range list {
		wanted = append(wanted, list[i].String())
	}
	text := why + "; expected " + strings.Join(wanted, ", or ")
	p, _ := h.Peek(gone, -1)
	n := len(p.Data)
	last := p.Data[max(n-expectShown, 0):]
	switch {
	case n == 0:
		text += "; nothing came"
	case n > expectShown:
		text += fmt.Sprintf("; %d bytes came, the last %d of them:\n", n, expectShown)
	default:
		text += "; " + count(n, "byte") + " came:\n"
	}
	if show.IsText(last) {
		text += piece(last)
	}
	text += show.HexdumpWidth(last, int64(n-len(last)), 0)
	return &sockets.Error{Op: "expect", Handle: h.Name(), Err: &expectError{cause, strings.TrimSuffix(text, "\n")}}
}
