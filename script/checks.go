package script

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"

	"sosh/internal/show"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// testOf returns the test whose method is called.
func (c *Call) testOf() (*test, error) { return objectOf[*test](c, "test") }

// failed notes a check that failed, and returns the error that ends the test.
func (c *Call) failed(t *test, message, detail, hint string) error {
	_, name, _ := c.Verb.Object()
	f := Failure{Message: name + ": " + message, Detail: detail, Hint: hint}
	var places []string
	for level := 1; level < maxLevels; level++ {
		place := trimPlace(where(c.l, level))
		if place == "" {
			break
		}
		if len(places) == 0 || places[len(places)-1] != place {
			places = append(places, place)
		}
	}
	f.from(places)
	if maybe := c.Machine.current.tentative; maybe != nil {
		*maybe = tentative{t, f}
	} else {
		t.fail(f)
	}
	return &checkError{code: "check", text: f.Message}
}

// maxLevels is how deep the call of a check is followed.
const maxLevels = 200

func trimPlace(s string) string { return strings.TrimSuffix(s, ": ") }

// note is the last argument of a check, put before what it says.
func (c *Call) note(i int, message string) string {
	if c.Has(i) {
		return c.String(i) + ": " + message
	}
	return message
}

func (c *Call) value(i int) lua.LValue {
	if v := c.args[i].value; v != nil {
		return v
	}
	return lua.LNil
}

func runTestEq(c *Call) error {
	t, err := c.testOf()
	if err != nil {
		return err
	}
	got, want := c.value(1), c.value(2)
	list := c.Machine.differences(c.l, got, want)
	if len(list) == 0 {
		return nil
	}
	line, detail := c.Machine.explain(got, want, list)
	hint, err := t.keepWhole(got, want)
	if err != nil {
		return err
	}
	return c.failed(t, c.note(3, line), detail, hint)
}

func runTestNe(c *Call) error {
	t, err := c.testOf()
	if err != nil {
		return err
	}
	if len(c.Machine.differences(c.l, c.value(1), c.value(2))) > 0 {
		return nil
	}
	return c.failed(t, c.note(3, "got "+c.Machine.short(c.value(1))+", want anything else"), "", "")
}

func runTestOK(c *Call) error {
	t, err := c.testOf()
	if err != nil {
		return err
	}
	if lua.LVAsBool(c.value(1)) {
		return nil
	}
	return c.failed(t, c.note(2, "got "+c.Machine.short(c.value(1))+", want what is true"), "", "")
}

func runTestNear(c *Call) error {
	t, err := c.testOf()
	if err != nil {
		return err
	}
	var n [3]float64
	for i := range n {
		v, ok := exactFloat(c.value(i + 1))
		if !ok {
			return &ArgumentError{Index: i + 1, Err: fmt.Errorf("bad number %s (expected a number)", c.Machine.short(c.value(i+1)))}
		}
		n[i] = v
	}
	if off := distance(c.value(1), c.value(2)); off <= n[2] {
		return nil
	}
	return c.failed(t, c.note(4, fmt.Sprintf("got %s, want %s within %s; it is off by %s", c.Machine.short(c.value(1)), c.Machine.short(c.value(2)), formatNumber(n[2]), formatNumber(distance(c.value(1), c.value(2))))), "", "")
}

// distance is how far two numbers are from each other, of which either may be a
// 64-bit integer: their last digits count.
func distance(x, y lua.LValue) float64 {
	exact := func(v lua.LValue) *big.Float {
		f := new(big.Float).SetPrec(128)
		if bits, signed, ok := int64Of(v); ok && signed {
			return f.SetInt64(int64(bits))
		} else if ok {
			return f.SetUint64(bits)
		}
		return f.SetFloat64(float64(v.(lua.LNumber)))
	}
	a, _ := exactFloat(x)
	b, _ := exactFloat(y)
	if _, plain := x.(lua.LNumber); plain && y.Type() == lua.LTNumber || a-b != a-b {
		return math.Abs(a - b)
	}
	d, _ := new(big.Float).SetPrec(128).Sub(exact(x), exact(y)).Float64()
	return math.Abs(d)
}

func runTestMatch(c *Call) error {
	t, err := c.testOf()
	if err != nil {
		return err
	}
	s, ok := c.value(1).(lua.LString)
	if !ok {
		return c.failed(t, c.note(3, "got "+c.Machine.short(c.value(1))+", want a string that matches "+show.Literal([]byte(c.String(2)))), "", "")
	}
	f := c.l.GetField(c.l.G.Global.RawGetString("string"), "match")
	values, raised := interpOf(c.l).call(c.l, f, s, lua.LString(c.String(2)))
	if raised != nil {
		return &ArgumentError{Index: 2, Err: errors.New(c.Machine.tostring(raised))}
	}
	if len(values) > 0 && values[0] != lua.LNil {
		c.Give(values...)
		return nil
	}
	return c.failed(t, c.note(3, "what came does not match "+show.Literal([]byte(c.String(2)))), head([]byte(s)), "")
}

func runTestError(c *Call) error {
	t, err := c.testOf()
	if err != nil {
		return err
	}
	f := c.args[1].value.(*lua.LFunction)
	raised := c.Machine.try(f)
	var e *Error
	if !errors.As(raised, &e) {
		return c.failed(t, "the function raised no error"+c.wantCode(), "", "")
	}
	if e.Code == "check" && t.bad() {
		return &checkError{code: "check", text: e.Message}
	}
	if !c.Has(2) || e.Code == c.String(2) || e.Code == "" && strings.Contains(e.Message, c.String(2)) {
		c.Give(e.value)
		return nil
	}
	got := "another error"
	if e.Code != "" {
		got = "an error of code " + e.Code
	}
	return c.failed(t, "got "+got+c.wantCode(), e.Message+"\n", "")
}

func (c *Call) wantCode() string {
	if c.Has(2) {
		return ", want " + c.String(2)
	}
	return ""
}

// runTestClosed waits for the end of a stream, or its reset.
func runTestClosed(c *Call) error {
	t, err := c.testOf()
	if err != nil {
		return err
	}
	h := c.args[1].handle
	t.file.record.note(h, "-- closed: waiting for the end of the stream")
	d, limited := c.within(2)
	var m sockets.Message
	err = c.Wait(func(ctx context.Context) (err error) {
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
		return c.failed(t, c.note(3, h.Name()+" got "+show.Count(len(m.Data), "byte")+", want the end of the stream"), head(m.Data), "")
	case err == nil, errors.Is(err, sockets.ErrEnded), code == "eof", code == "ECONNRESET", code == "closed":
		return nil
	case code == "timeout":
		return c.failed(t, c.note(3, h.Name()+" is still open, want the end of the stream"), "", "")
	}
	return err
}

// within is the time that parameter i or the option timeout gives a check.
func (c *Call) within(i int) (d time.Duration, limited bool) {
	if c.Has(i) {
		return c.Seconds(i), true
	}
	a, ok := c.opts["timeout"]
	return seconds(a.num), ok
}

// runTestQuiet waits a time in which nothing may arrive.
func runTestQuiet(c *Call) error {
	t, err := c.testOf()
	if err != nil {
		return err
	}
	h := c.args[1].handle
	d, limited := c.within(2)
	if !limited {
		d = 100 * time.Millisecond
	}
	t.file.record.note(h, fmt.Sprintf("-- quiet: waiting for %s of silence", d))
	began := time.Now()
	var m sockets.Message
	err = c.Wait(func(ctx context.Context) (err error) {
		ctx, cancel := sockets.WithTimeout(ctx, d)
		defer cancel()
		m, err = h.Recv(ctx, sockets.DefaultLimit)
		return err
	})
	at := time.Since(began).Round(time.Microsecond)
	switch {
	case sockets.Code(err) == "timeout" && c.Machine.context().Err() == nil:
		return nil
	case err != nil && !errors.Is(err, sockets.ErrEnded) && sockets.Code(err) != "eof":
		return err
	case len(m.Data) == 0:
		return c.failed(t, c.note(3, fmt.Sprintf("%s ended %s into the wanted silence of %s", h.Name(), at, d)), "", "")
	}
	return c.failed(t, c.note(3, fmt.Sprintf("%s got %s %s into the wanted silence of %s", h.Name(), show.Count(len(m.Data), "byte"), at, d)), head(m.Data), "")
}

func runTestFail(c *Call) error {
	t, err := c.testOf()
	if err != nil {
		return err
	}
	return c.failed(t, c.String(1), "", "")
}

func runTestSkip(c *Call) error {
	t, err := c.testOf()
	if err != nil {
		return err
	}
	t.file.mu.Lock()
	t.result.Skipped, t.result.Why = true, c.String(1)
	t.file.mu.Unlock()
	return &checkError{code: "skip", text: "skipped: " + c.String(1)}
}

func runTestTodo(c *Call) error {
	t, err := c.testOf()
	if err != nil {
		return err
	}
	t.file.mu.Lock()
	defer t.file.mu.Unlock()
	t.result.Todo, t.result.Why = true, c.String(1)
	return nil
}

func runTestLog(c *Call) error {
	t, err := c.testOf()
	if err != nil {
		return err
	}
	words := make([]string, len(c.rest))
	for i, v := range c.rest {
		words[i] = c.Machine.short(v)
		if s, ok := v.(lua.LString); ok {
			words[i] = string(s)
		}
	}
	t.log(trimPlace(where(c.l, 1)) + ": " + strings.Join(words, " "))
	return nil
}

// runTestRun runs a nested test.
func runTestRun(c *Call) error {
	t, err := c.testOf()
	if err != nil {
		return err
	}
	fn, err := c.lastFunction(1)
	if err != nil {
		return err
	}
	limit := time.Duration(0)
	if a, ok := c.opts["timeout"]; ok {
		limit = seconds(a.num)
	}
	r := t.runNested(c, c.String(1), limit, fn)
	c.Give(lua.LBool(!r.Failed()))
	return nil
}
