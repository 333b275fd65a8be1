package script

import (
	"context"
	"math"
	"time"

	"sosh/internal/show"
	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// A Value is a Lua value. Packages that do not import gopher-lua pass it on
// unchanged; nil means no value.
type Value = lua.LValue

// A Call is one call of a verb: its arguments, checked and converted to the declared
// types, and its results. Only the verb's Run may use it, and only until Run returns.
type Call struct {
	Machine *Machine
	Verb    *Verb

	ctx  context.Context // of a command
	l    *lua.LState
	args [6]argument
	rest []lua.LValue // further arguments of a verb that accepts them
	opts map[string]argument

	out  Outcome
	room [3]Value        // storage for out.Values, to avoid an allocation
	msg  sockets.Message // storage for out.Message

	// Used between start and finish.
	task   *Task
	thread *lua.LState
	cancel context.CancelFunc
}

// argument is the value of a parameter, converted to the parameter's type.
type argument struct {
	set    bool
	value  lua.LValue
	handle *sockets.Handle
	str    string
	num    float64
	list   []string
}

// An Outcome is the result of a call: values for Lua, and what words show to a
// person.
type Outcome struct {
	Values []Value
	// Message is the data received, which is the requested output; or nil.
	Message *sockets.Message
	// Text is other requested output, such as the state of a handle.
	Text show.Trusted
	// Notice says what happened, for a person at the prompt.
	Notice show.Trusted
}

// An ArgumentError names a wrong argument, and says what was expected.
type ArgumentError struct {
	Index int    // of a parameter, from 0, or -1
	Key   string // of an option
	Err   error
	Hint  string
}

func (e *ArgumentError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ArgumentError) Unwrap() error { return e.Err }

// Context returns the context of a command, which ends with Ctrl-C; for other verbs,
// the context of the task that calls the verb.
func (c *Call) Context() context.Context {
	if c.ctx != nil {
		return c.ctx
	}
	return c.Machine.context()
}

// Value returns parameter i as a Lua value, LNil if it was not given.
func (c *Call) Value(i int) lua.LValue {
	if v := c.args[i].value; v != nil {
		return v
	}
	return lua.LNil
}

// Object returns parameter i, of ObjectType: the Go value that was passed to
// [Machine.NewObject].
func (c *Call) Object(i int) any { return c.args[i].value.(*lua.LUserData).Value }

// Rest returns the arguments after the declared parameters, if the verb accepts them.
func (c *Call) Rest() []lua.LValue { return c.rest }

// Has reports whether parameter i was given.
func (c *Call) Has(i int) bool { return c.args[i].set }

// Handle returns parameter i, a handle.
func (c *Call) Handle(i int) *sockets.Handle { return c.args[i].handle }

// String returns parameter i as a string, "" if it was not given.
func (c *Call) String(i int) string { return c.args[i].str }

// Int returns parameter i, a number, or def if it was not given.
func (c *Call) Int(i, def int) int {
	if !c.args[i].set {
		return def
	}
	return int(c.args[i].num)
}

// Seconds returns parameter i, a time.
func (c *Call) Seconds(i int) time.Duration { return seconds(c.args[i].num) }

// Option returns the option of that name as a string, and whether it was given.
func (c *Call) Option(name string) (string, bool) {
	a, ok := c.opts[name]
	return a.str, ok
}

// OptionInt returns the option of that name, a number, or def.
func (c *Call) OptionInt(name string, def int) int {
	if a, ok := c.opts[name]; ok {
		return int(a.num)
	}
	return def
}

// OptionSeconds returns the option of that name, a time, and whether it was given.
func (c *Call) OptionSeconds(name string) (d time.Duration, ok bool) {
	a, ok := c.opts[name]
	return seconds(a.num), ok
}

// OptionList returns the option of that name, a list; nil if it was not given.
func (c *Call) OptionList(name string) []string { return c.opts[name].list }

// OptionBool returns the option of that name, on or off; off if not given.
func (c *Call) OptionBool(name string) bool { return c.opts[name].num != 0 }

// Give adds values that the call returns to Lua.
func (c *Call) Give(values ...Value) {
	if c.out.Values == nil {
		c.out.Values = c.room[:0]
	}
	c.out.Values = append(c.out.Values, values...)
}

// Notify sets the notice of what happened, with args escaped as by [show.Sprintf].
// Scripts show no notices, so there the text is not made.
func (c *Call) Notify(format show.Trusted, args ...any) {
	if c.l == nil {
		c.out.Notice = show.Sprintf(format, args...)
	}
}

// Show sets the requested text.
func (c *Call) Show(text show.Trusted) { c.out.Text = text }

// Wait runs f, which may block, without the machine's lock. f's context ends with
// the call's timeout, with the task, and with the machine.
func (c *Call) Wait(f func(ctx context.Context) error) error {
	if c.Machine.context().Err() != nil {
		return c.cancelled()
	}
	ctx, cancel := c.limited()
	var err error
	c.Machine.Block(func() { err = f(ctx) })
	cancel()
	return err
}

// limited returns the context of a call. Its timeout begins now, and covers all
// waiting of the call.
func (c *Call) limited() (context.Context, context.CancelFunc) {
	d := c.Machine.defaultTimeout(c.Verb)
	if a, ok := c.opts["timeout"]; ok {
		d = seconds(a.num)
	}
	if d < 0 {
		return c.Machine.context(), func() {}
	}
	return sockets.WithTimeout(c.Machine.context(), d)
}

// Match returns the results of string.match. raised is the error that the pattern
// raises, or nil.
func (c *Call) Match(s, pattern lua.LString) (values []lua.LValue, raised lua.LValue) {
	f := c.l.GetField(c.l.G.Global.RawGetString("string"), "match")
	return lua51.InterpOf(c.l).PCall(c.l, f, s, pattern)
}

// CheckInterrupt raises an error if the context of the calling Lua has ended, and
// otherwise yields the lock to waiting tasks. A verb that computes for long calls it
// from time to time.
func (c *Call) CheckInterrupt() { lua51.CheckInterrupt(c.l) }

// start and finish are the two halves of Wait, for verbs that send or receive: they
// allocate nothing. The verb makes its call with the context that start returns, and
// then calls finish. The machine's lock is released in between, even if the call
// does not wait, so that its system call can run in parallel with another task's
// Lua.
func (c *Call) start() (context.Context, error) {
	m := c.Machine
	ctx := m.context()
	if ctx.Err() != nil {
		return nil, c.cancelled()
	}
	if timeout, limited := c.opts["timeout"]; limited {
		ctx, c.cancel = sockets.WithTimeout(ctx, seconds(timeout.num))
	}
	c.task, c.thread = m.current, m.l.G.CurrentThread
	c.task.thread = c.thread
	m.mu.Unlock()
	m.active.add(-1)
	return ctx, nil
}

// finish ends what start began.
func (c *Call) finish() {
	m := c.Machine
	m.active.add(1)
	m.lock()
	m.current, m.l.G.CurrentThread = c.task, c.thread
	if c.cancel != nil {
		c.cancel()
	}
}

func (c *Call) cancelled() error {
	c.Machine.Block(func() {})
	return &sockets.Error{Op: c.Verb.Name, Handle: c.handleName(), Err: sockets.ContextCause(c.Machine.context(), time.Now())}
}

func (c *Call) handleName() string {
	if h := c.args[0].handle; h != nil {
		return h.Name()
	}
	return ""
}

func seconds(s float64) time.Duration {
	if s >= math.MaxInt64/1e9 {
		return math.MaxInt64
	}
	return time.Duration(s * 1e9)
}
