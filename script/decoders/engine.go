package decoders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sosh/internal/show"
	"sosh/script/lua51"
	"sosh/script/lualib"

	lua "github.com/yuin/gopher-lua"
)

// The limits of the Lua that decodes. A tick is counted only when running Lua notices
// it, so time in which Lua cannot run, as on a loaded machine, does not count.
const (
	tick         = 5 * time.Millisecond
	sliceTicks   = 20   // of one call
	patientTicks = 4000 // the same, of NewPatient
	loadTicks    = 400  // of running a file

	// Over all calls, Lua may take 1/shareOf of the time, after the first burst.
	burstTicks = 100
	shareOf    = 5

	maxMessage = 1 << 20  // bytes that wait for the rest of a message, of one direction
	maxHeld    = 32 << 20 // the same, of all connections
	maxString  = 64 << 20 // of one string of Lua
)

// errSlow is the error of a decoder that was stopped.
var errSlow = errors.New("the decoder took too long")

// An Engine runs codecs for connections. Its methods may be used concurrently.
type Engine struct {
	out     io.Writer
	patient bool

	mu     sync.Mutex // guards all that follows, and every Lua value
	in     *lua51.Interp
	held   int // bytes that wait in all connections
	ticks  int // left for the call that runs
	spent  float64
	since  time.Time
	timer  *time.Timer
	active atomic.Bool // a call runs
}

// New returns an engine. What its codecs print is written to out, a write at a time.
func New(out io.Writer) *Engine { return &Engine{out: out} }

// NewPatient is New for work that nobody waits for, such as a recording: one call may
// take 20 seconds, and the total is not limited.
func NewPatient(out io.Writer) *Engine { return &Engine{out: out, patient: true} }

// open makes the Lua state, on first use. The caller holds the lock.
func (e *Engine) open() error {
	if e.in != nil {
		return nil
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	in, err := lua51.New(lua51.Options{
		Stdout: e.out, Stderr: e.out, Exit: func(int) {},
		// A decoder must not wait for anything.
		Block:       func(_ *lua.LState, f func(context.Context)) { f(ended) },
		OnInterrupt: e.attend,
	})
	if err != nil {
		return err
	}
	in.MaxString = maxString
	lualib.Open(in.L, nil)
	Install(in.L)
	e.in, e.since = in, time.Now()
	e.timer = time.AfterFunc(time.Hour, func() {
		if e.active.Load() {
			in.Interrupt()
			e.timer.Reset(tick)
		}
	})
	e.timer.Stop()
	return nil
}

// Close frees the engine's state. No other method may be called after it.
func (e *Engine) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.in != nil {
		e.timer.Stop()
		e.in.Close()
		lualib.Close(e.in.L)
	}
}

// attend is called by Lua at each tick.
func (e *Engine) attend(L *lua.LState) {
	e.spent++
	if e.ticks--; e.ticks < 0 {
		e.in.Interrupt() // a loop around a pcall ends too
		L.Error(lua.LString(errSlow.Error()), 0)
	}
}

// run calls f, which runs Lua, for at most some ticks. The caller holds the lock.
func (e *Engine) run(ticks int, f func() error) (err error) {
	e.ticks = ticks
	e.active.Store(true)
	e.timer.Reset(tick)
	defer func() {
		e.active.Store(false)
		e.timer.Stop()
		e.in.ClearInterrupt()
		if e.ticks < 0 {
			err = errSlow
		}
	}()
	return f()
}

// call calls a function of a codec. The caller holds the lock.
func (e *Engine) call(f *lua.LFunction, args ...lua.LValue) (values []lua.LValue, err error) {
	if !e.allowed() {
		return nil, errSlow
	}
	ticks := sliceTicks
	if e.patient {
		ticks = patientTicks
	}
	err = e.run(ticks, func() error {
		var raised lua.LValue
		values, raised = e.in.PCall(e.in.L, f, args...)
		if raised == nil {
			return nil
		}
		if lualib.IsShort(e.in.L, raised) {
			values = nil
			return nil
		}
		return errors.New(errorText(e.in.L, raised))
	})
	return append(values, lua.LNil, lua.LNil), err
}

// allowed reports whether Lua has not taken more than its share of the time.
func (e *Engine) allowed() bool {
	now := time.Now()
	e.spent = max(e.spent-float64(now.Sub(e.since))/float64(tick*shareOf), 0)
	e.since = now
	return e.patient || e.spent < burstTicks
}

// errorText returns the text of a raised value, without a position in a codec of
// sosh, in one line.
func errorText(L *lua.LState, raised lua.LValue) string {
	text := lualib.Text(L, raised)
	if rest, ok := strings.CutPrefix(text, "codec."); ok {
		if _, after, ok := strings.Cut(rest, ": "); ok {
			text = after
		}
	}
	return show.Truncate(strings.TrimPrefix(text, "schema:decode: "), 400)
}

// A Codec is a codec in the state of an engine.
type Codec struct {
	Name   string // as it was asked for
	engine *Engine

	framing *lualib.Framing
	show    *lua.LFunction // returns the text of a message; may be nil
}

// Codec returns the codec of that name: one that sosh has, or a file of Lua, if the
// name has a slash or ends in ".lua". Each call reads a file anew.
func (e *Engine) Codec(name string) (*Codec, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.open(); err != nil {
		return nil, err
	}
	if IsPath(name) {
		e.in.Path = []string{filepath.Dir(name)}
	}
	c := &Codec{Name: name, engine: e}
	err := e.run(loadTicks, func() error {
		if _, ok := Source(name); !ok && !IsPath(name) {
			if _, err := lualib.ParseFraming(lua.LString(name)); err == nil {
				return c.set(lua.LString(name))
			}
		}
		v, err := load(e.in.L, name)
		if err != nil {
			return err
		}
		return c.set(v)
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// set takes the functions from what the file of a codec returned: a table with
// decode, encode and show, a schema, or another framing.
func (c *Codec) set(v lua.LValue) error {
	f, err := lualib.ParseFraming(v)
	if err != nil {
		return fmt.Errorf("codec %s: %w", c.Name, err)
	}
	if t, ok := v.(*lua.LTable); ok {
		show := t.RawGetString("show")
		if c.show, ok = show.(*lua.LFunction); !ok && show != lua.LNil {
			return fmt.Errorf("codec %s: show is a %s (expected a function)", c.Name, show.Type())
		}
	}
	c.framing = f
	if f.Codec() && f.Decode == nil {
		return fmt.Errorf("codec %s has no decode", c.Name)
	}
	return nil
}
