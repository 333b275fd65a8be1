package script

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// SetScript prepares the machine for a script: it sets the global arg, and makes
// require search the script's directory first.
func (m *Machine) SetScript(name string, args []string) {
	m.lock()
	defer m.mu.Unlock()
	m.setScript(name, args)
}

// setScript is SetScript for a caller that holds the lock.
func (m *Machine) setScript(name string, args []string) {
	argv := m.l.NewTable()
	argv.RawSetInt(-1, lua.LString("sosh"))
	argv.RawSetInt(0, lua.LString(strings.TrimPrefix(name, "=")))
	for i, a := range args {
		argv.RawSetInt(i+1, lua.LString(a))
	}
	m.l.SetGlobal("arg", argv)
	if !strings.HasPrefix(name, "=") {
		m.in.Path = append([]string{filepath.Dir(name)}, m.cfg.Path...)
	}
}

// Run runs a chunk of Lua. When the main function returns, the tasks are cancelled;
// but while a listener of serve with a function is open, the script continues.
// name is the chunk's name in errors: a path, or "=NAME". The error is an *Error,
// or [ErrTask].
func (m *Machine) Run(ctx context.Context, src, name string, args []string) error {
	proto, err := lua51.Compile(src, name)
	if err != nil {
		return &Error{Message: err.Error()}
	}
	leave := m.enter(&Task{ctx: ctx})
	m.setScript(name, args)
	vals := make([]lua.LValue, len(args))
	for i, a := range args {
		vals[i] = lua.LString(a)
	}
	err = m.call(m.l, m.l.NewFunctionFromProto(proto), vals)
	leave()
	m.AwaitExit()
	if err == nil && !m.awaitListeners(ctx) {
		err = &Error{Message: "cancelled"}
	}
	if unvisited := m.UnvisitedHint(false); err == nil && unvisited != "" {
		m.print("hint: %s\n", unvisited)
	}
	m.makeHints(err)
	if !m.endTasks() {
		if err == nil {
			err = &Error{
				Message: fmt.Sprintf("a task still ran %s after the end of the script", taskGrace),
				Hint:    "it waits for a program or reads a file, which can't be interrupted",
			}
		}
		return err // without the lock, which that task may hold
	}
	m.Close()
	m.lock()
	defer m.mu.Unlock()
	if m.unjoinedErrors() && err == nil {
		err = ErrTask
	}
	return err
}

// makeHints makes the late hints of the errors that end a script with err: they tell of the
// handles and programs that end with it.
func (m *Machine) makeHints(err error) {
	m.lock()
	failed := []error{err}
	for _, t := range m.unjoined {
		if !t.joined {
			failed = append(failed, t.err)
		}
	}
	m.mu.Unlock()
	for _, err := range failed {
		var e *Error
		if errors.As(err, &e) {
			e.ShownHint()
		}
	}
}

// awaitListeners waits until every listener of serve with a function is closed. Then the tasks
// may go on until they wait, for taskGrace: the one that has closed the last listener may have
// more to do. It returns false if ctx ended first.
func (m *Machine) awaitListeners(ctx context.Context) bool {
	for {
		var open *sockets.Handle
		m.lock()
		for h, s := range m.served {
			if s.calls && !h.Closed() {
				open = h
			}
		}
		calls := m.calls
		m.mu.Unlock()
		if open == nil {
			if calls {
				limited, cancel := context.WithTimeout(ctx, taskGrace)
				defer cancel()
				m.active.wait(limited)
			}
			return true
		}
		select {
		case <-open.Done():
		case <-ctx.Done():
			return false
		}
	}
}

// A service is what the machine knows of a listener of serve.
type service struct {
	calls   bool         // each client gets a task that calls a function
	visited *atomic.Bool // a client has connected; nil if that does not matter
}

// UnvisitedHint returns a hint for a program that ends while its listener of serve has had no
// client: how the listener stays open. Otherwise it returns "". In words, a listener that calls a function ends too. A program
// that has other handles is not meant to stay.
func (m *Machine) UnvisitedHint(words bool) string {
	m.lock()
	defer m.mu.Unlock()
	first := ""
	for _, h := range m.cfg.Table.Handles() {
		s, ok := m.served[h]
		if !ok || s.visited == nil || s.visited.Load() || s.calls && !words {
			return ""
		}
		if first == "" {
			first = h.Name()
		}
	}
	switch {
	case first == "":
		return ""
	case words:
		return fmt.Sprintf("%s ended before a client connected; wait %s closed, as the last command, keeps it open", first, first)
	}
	return fmt.Sprintf("%s ended before a client connected; serve(address, function(client) ... end) keeps the script running", first)
}

// taskGrace is how long tasks may continue after the end of a script.
const taskGrace = 2 * time.Second

// endTasks cancels every task, closes every handle, and reports whether the tasks
// have ended.
func (m *Machine) endTasks() bool {
	m.cancel()
	m.cfg.Table.Close()
	ended := make(chan struct{})
	go func() { m.tasks.Wait(); close(ended) }()
	select {
	case <-ended:
		return true
	case <-time.After(taskGrace):
		return false
	}
}

// ErrTask is the error of Run when the main function succeeded, but a task failed
// that was never joined. The task's error has already been written.
var ErrTask = errors.New("a task failed")

// Eval runs a chunk of Lua from a prompt, as an expression if it is one, and
// returns its values.
func (m *Machine) Eval(ctx context.Context, src, name string) ([]Value, error) {
	return m.EvalAt(ctx, src, name, 0)
}

// EvalAt is Eval for a chunk that is part of a longer text, with before lines of it
// in front.
func (m *Machine) EvalAt(ctx context.Context, src, name string, before int) ([]Value, error) {
	name = lua51.FileChunk(name)
	proto, err := lua51.CompileNamed("return "+src, name, before)
	if err != nil {
		if proto, err = lua51.CompileNamed(src, name, before); err != nil {
			return nil, &Error{Message: err.Error(), Incomplete: lua51.IsIncomplete(err), Syntax: true}
		}
	}
	defer m.enter(&Task{ctx: ctx})()
	L := lua51.NewThread(m.l)
	err = m.call(L, L.NewFunctionFromProto(proto), nil)
	if err != nil {
		return nil, err
	}
	values := make([]Value, L.GetTop())
	for i := range values {
		values[i] = L.Get(i + 1)
	}
	return values, nil
}

// call calls f on L, leaving its results on L's stack.
func (m *Machine) call(L *lua.LState, f *lua.LFunction, args []lua.LValue) error {
	m.l.G.CurrentThread = L
	L.SetTop(0)
	values, err := lua51.Run(L, f, args...)
	if err != nil {
		return m.toError(err)
	}
	lua51.PushAll(L, values)
	return nil
}
