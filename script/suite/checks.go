package suite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sosh/internal/show"
	"sosh/script"
	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// check returns the error of a failed check, which ends the test.
func (t *test) check(c *script.Call, message, detail, hint string) error {
	_, name, _ := c.Verb.Object()
	f := Failure{Message: name + ": " + message, Detail: detail, Hint: hint}
	f.from(c.Places())
	return &script.CheckError{Code: "check", Text: f.Message, Count: func(text string) {
		f.Message = text
		t.fail(f)
	}}
}

// note prefixes the message of a check with argument i, if it was given.
func note(c *script.Call, i int, message string) string {
	if c.Has(i) {
		return c.String(i) + ": " + message
	}
	return message
}

func runTestEq(c *script.Call) error {
	t := c.Object(0).(*test)
	got, want := c.Value(1), c.Value(2)
	list := differences(c, got, want)
	if len(list) == 0 {
		return nil
	}
	line, detail := explain(c.Machine, got, want, list)
	hint, err := t.keepWhole(got, want)
	if err != nil {
		return err
	}
	return t.check(c, note(c, 3, line), detail, hint)
}

func runTestNe(c *script.Call) error {
	t := c.Object(0).(*test)
	if len(differences(c, c.Value(1), c.Value(2))) > 0 {
		return nil
	}
	return t.check(c, note(c, 3, "got "+c.Machine.Short(c.Value(1))+", want anything else"), "", "")
}

func runTestOK(c *script.Call) error {
	t := c.Object(0).(*test)
	if lua.LVAsBool(c.Value(1)) {
		return nil
	}
	return t.check(c, note(c, 2, "got "+c.Machine.Short(c.Value(1))+", want a true value"), "", "")
}

func runTestNear(c *script.Call) error {
	t := c.Object(0).(*test)
	var n [3]float64
	for i := range n {
		v, ok := lua51.ToFloat(c.Value(i + 1))
		if !ok {
			return &script.ArgumentError{Index: i + 1, Err: fmt.Errorf("bad number %s (expected a number)", c.Machine.Short(c.Value(i+1)))}
		}
		n[i] = v
	}
	if off := distance(c.Value(1), c.Value(2)); off <= n[2] {
		return nil
	}
	return t.check(c, note(c, 4, fmt.Sprintf("got %s, want %s within %s; it is off by %s", c.Machine.Short(c.Value(1)), c.Machine.Short(c.Value(2)), c.Machine.Short(c.Value(3)), c.Machine.Short(lua.LNumber(distance(c.Value(1), c.Value(2)))))), "", "")
}

func runTestMatch(c *script.Call) error {
	t := c.Object(0).(*test)
	s, ok := c.Value(1).(lua.LString)
	if !ok {
		return t.check(c, note(c, 3, "got "+c.Machine.Short(c.Value(1))+", want a string that matches "+show.Literal([]byte(c.String(2)))), "", "")
	}
	values, raised := c.Match(s, lua.LString(c.String(2)))
	if raised != nil {
		return &script.ArgumentError{Index: 2, Err: errors.New(c.Machine.ToString(raised))}
	}
	if len(values) > 0 && values[0] != lua.LNil {
		c.Give(values...)
		return nil
	}
	return t.check(c, note(c, 3, "the data does not match "+show.Literal([]byte(c.String(2)))), head([]byte(s)), "")
}

func runTestError(c *script.Call) error {
	t := c.Object(0).(*test)
	f := c.Value(1).(*lua.LFunction)
	raised := c.Machine.Try(f)
	var e *script.Error
	if !errors.As(raised, &e) {
		return t.check(c, "the function raised no error"+wantCode(c), "", "")
	}
	if e.Code == "check" && t.bad() {
		return &script.CheckError{Code: "check", Text: e.Message}
	}
	if !c.Has(2) || e.Code == c.String(2) || e.Code == "" && strings.Contains(e.Message, c.String(2)) {
		c.Give(e.Value)
		return nil
	}
	got := "another error"
	if e.Code != "" {
		got = "an error of code " + e.Code
	}
	return t.check(c, "got "+got+wantCode(c), e.Message+"\n", "")
}

func wantCode(c *script.Call) string {
	if c.Has(2) {
		return ", want " + c.String(2)
	}
	return ""
}

// runTestClosed waits for the end or the reset of a stream.
func runTestClosed(c *script.Call) error {
	t := c.Object(0).(*test)
	h := c.Handle(1)
	t.file.record.note(h, "-- closed: waiting for the end of the stream")
	d, limited := within(c, 2)
	var m sockets.Message
	err := c.Wait(func(ctx context.Context) (err error) {
		if limited {
			var cancel context.CancelFunc
			ctx, cancel = sockets.WithTimeout(ctx, d)
			defer cancel()
		}
		m, err = h.Recv(ctx, sockets.DefaultLimit)
		return err
	})
	switch code := sockets.Code(err); {
	case err == nil && len(m.Data) > 0:
		return t.check(c, note(c, 3, h.Name()+" got "+show.Count(len(m.Data), "byte")+", want the end of the stream"), head(m.Data), "")
	case err == nil, errors.Is(err, sockets.ErrEnded), code == "eof", code == "ECONNRESET", code == "closed":
		return nil
	case code == "timeout":
		return t.check(c, note(c, 3, h.Name()+" is still open, want the end of the stream"), "", "")
	}
	return err
}

// within returns the time limit of a check: parameter i, or the option timeout.
func within(c *script.Call, i int) (d time.Duration, limited bool) {
	if c.Has(i) {
		return c.Seconds(i), true
	}
	return c.OptionSeconds("timeout")
}

// runTestQuiet waits, and fails if anything arrives.
func runTestQuiet(c *script.Call) error {
	t := c.Object(0).(*test)
	h := c.Handle(1)
	d, limited := within(c, 2)
	if !limited {
		d = 100 * time.Millisecond
	}
	t.file.record.note(h, fmt.Sprintf("-- quiet: waiting for %s of silence", d))
	began := time.Now()
	var m sockets.Message
	err := c.Wait(func(ctx context.Context) (err error) {
		ctx, cancel := sockets.WithTimeout(ctx, d)
		defer cancel()
		m, err = h.Recv(ctx, sockets.DefaultLimit)
		return err
	})
	at := time.Since(began).Round(time.Microsecond)
	switch {
	case sockets.Code(err) == "timeout" && c.Context().Err() == nil:
		return nil
	case err != nil && !errors.Is(err, sockets.ErrEnded) && sockets.Code(err) != "eof":
		return err
	case len(m.Data) == 0:
		return t.check(c, note(c, 3, fmt.Sprintf("%s ended after %s, want silence for %s", h.Name(), at, d)), "", "")
	}
	return t.check(c, note(c, 3, fmt.Sprintf("%s got %s %s into the wanted silence of %s", h.Name(), show.Count(len(m.Data), "byte"), at, d)), head(m.Data), "")
}

func runTestFail(c *script.Call) error {
	t := c.Object(0).(*test)
	return t.check(c, c.String(1), "", "")
}

func runTestSkip(c *script.Call) error {
	t := c.Object(0).(*test)
	t.file.mu.Lock()
	t.result.Skipped, t.result.Why = true, c.String(1)
	t.file.mu.Unlock()
	return &script.CheckError{Code: "skip", Text: "skipped: " + c.String(1)}
}

func runTestTodo(c *script.Call) error {
	t := c.Object(0).(*test)
	t.file.mu.Lock()
	defer t.file.mu.Unlock()
	t.result.Todo, t.result.Why = true, c.String(1)
	return nil
}

func runTestLog(c *script.Call) error {
	t := c.Object(0).(*test)
	words := make([]string, len(c.Rest()))
	for i, v := range c.Rest() {
		words[i] = c.Machine.Short(v)
		if s, ok := v.(lua.LString); ok {
			words[i] = string(s)
		}
	}
	t.log(c.Place() + ": " + strings.Join(words, " "))
	return nil
}

// runTestRun runs a nested test.
func runTestRun(c *script.Call) error {
	t := c.Object(0).(*test)
	fn, err := c.LastFunction(1)
	if err != nil {
		return err
	}
	limit, _ := c.OptionSeconds("timeout")
	r := t.runNested(c, c.String(1), limit, fn)
	c.Give(lua.LBool(!r.Failed()))
	return nil
}
