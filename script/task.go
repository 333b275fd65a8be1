package script

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"sosh/internal/show"
	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// A Task is a function that runs concurrently with others: a Lua thread with its
// own goroutine, which runs Lua only under the machine's lock.
type Task struct {
	ctx    context.Context
	done   chan struct{} // closed when the function has ended
	values []lua.LValue
	err    error
	joins  int             // number of joins that wait for the task
	joined bool            // a join has received the error
	told   bool            // the error was reported, or will be unless the task is joined
	server bool            // started by serve or on: its error is reported at once
	client *sockets.Handle // the client for which serve started the task
	ending bool            // a verb has failed since the task was cancelled
	after  func()          // called when the function has returned, or nil
	scope  *Scope          // owns what the task makes; nil: the machine does
	place  string          // FILE:LINE of the spawn, or of serve, on or relay
	thread *lua.LState     // the running thread, while the task waits

	tentative **CheckError // set inside eventually, which retries: holds a failed check; else nil

	// cleanup is the deadline of a cancelled task; zero before it is cancelled.
	cleanup time.Time
}

// openTasks makes the Lua type of tasks, with the method join.
func (m *Machine) openTasks() {
	m.onLoop = m.library(onSource, "on")
	mt := m.l.NewTypeMetatable("sosh.task")
	mt.RawSetString("__tostring", m.l.NewFunction(func(L *lua.LState) int {
		t, ok := L.CheckUserData(1).Value.(*Task)
		state := "not a task"
		if ok {
			state = "task: running"
			if t.ended() {
				state = "task: ended"
			}
		}
		L.Push(lua.LString(state))
		return 1
	}))
}

// library compiles a chunk of sosh's own, which can't fail. Its lines appear in no
// error.
func (m *Machine) library(src, name string) *lua.LFunction {
	proto, err := lua51.Compile(src, "="+lua51.OwnSource+name)
	if err != nil {
		panic(err)
	}
	return m.l.NewFunctionFromProto(proto)
}

// Done returns a channel that is closed when the task has ended.
func (t *Task) Done() <-chan struct{} { return t.done }

// Err returns the error of a failed task. It is valid after Done is closed.
func (t *Task) Err() error { return t.err }

// Place returns the position, FILE:LINE, of the call that started the task in a scope.
func (t *Task) Place() string { return t.place }

// Serves reports whether serve, on, relay or watch started the task; such a task is
// never joined.
func (t *Task) Serves() bool { return t.server }

func (t *Task) ended() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// start starts f as a task. The caller holds the lock.
func (m *Machine) start(f *lua.LFunction, args []lua.LValue) *Task {
	parent, sc := m.ctx, m.current.scope
	if sc != nil {
		parent = sc.ctx
	}
	ctx, cancel := context.WithCancel(parent)
	L := lua51.NewThread(m.l)
	t := &Task{ctx: ctx, done: make(chan struct{}), scope: sc, thread: L}
	if sc != nil {
		sc.tasks = append(sc.tasks, t)
	}
	m.begun.start()
	m.tasks.Go(func() {
		defer cancel()
		m.active.add(1)
		defer m.active.add(-1)
		m.lock()
		m.begun.begin()
		defer m.mu.Unlock()
		m.current = t
		defer close(t.done)
		if t.after != nil {
			defer m.Block(t.after)
		}
		if ctx.Err() != nil {
			return
		}
		err := m.call(L, f, args)
		if err != nil {
			if e, ok := err.(*Error); ok && t.server {
				e.placeAt(t.place)
			}
			t.err = err
			m.taskFailed(t)
			return
		}
		for i := 1; i <= L.GetTop(); i++ {
			t.values = append(t.values, L.Get(i))
		}
	})
	return t
}

// taskFailed keeps the error of a task for join, unless the task failed because it
// was cancelled or os.exit is ending the program. At a prompt, and for tasks of serve and on, which are never joined,
// the error is reported at once; for other tasks, at the end of the script.
func (m *Machine) taskFailed(t *Task) {
	if t.ending || t.joins > 0 || t.told || m.exiting.Load() {
		return
	}
	t.told = true
	observer := m.observer(t.scope)
	switch {
	case observer != nil && t.left():
		// The test itself made the client disconnect, so this is no failure.
	case observer != nil && observer.TaskFailed(t):
	case t.scope != nil:
		t.scope.unjoined = append(t.scope.unjoined, t)
	case m.cfg.Interactive || t.server:
		m.failures++
		m.report(t)
	default:
		m.unjoined = append(m.unjoined, t)
	}
}

// left reports whether the task has failed because its client, for which serve
// started it, has disconnected.
func (t *Task) left() bool {
	var e *Error
	if t.client == nil || t.client.Closed() || !errors.As(t.err, &e) {
		return false
	}
	table, ok := e.Value.(*lua.LTable)
	return ok && lua.LVAsString(table.RawGetString("handle")) == t.client.Name() &&
		slices.Contains([]string{"closed", "eof", "ECONNRESET", "EPIPE"}, e.Code)
}

// unjoinedErrors reports the errors of tasks that were never joined, and returns
// whether there were any.
func (m *Machine) unjoinedErrors() bool {
	for _, t := range m.unjoined {
		if !t.joined {
			m.failures++
			m.report(t)
		}
	}
	m.unjoined = nil
	return m.failures > 0
}

// report writes the error of a task that will not be joined, with its traceback, and names the
// client for which serve started the task.
func (m *Machine) report(t *Task) {
	if t.client != nil {
		m.print("task of %s: %s\n", t.client.Name(), toReport(t.err))
		return
	}
	m.print("task: %s\n", toReport(t.err))
}

func toReport(err error) show.Trusted {
	var e *Error
	if errors.As(err, &e) {
		return e.Report()
	}
	return show.Lines(show.ErrorText(err))
}

// Report returns the full text of an error: message, hint and traceback.
func (e *Error) Report() show.Trusted {
	s := show.Lines(e.Message)
	if hint := e.ShownHint(); hint != "" {
		s += show.Sprintf("\nhint: %s", hint)
	}
	if e.Traceback != "" {
		s += "\n" + traceback(e.Traceback)
	}
	return s
}

// Text returns the message of an error, and its traceback if trace is set.
func (e *Error) Text(trace bool) show.Trusted {
	s := show.Lines(e.Message)
	if trace && e.Traceback != "" {
		s += "\n" + traceback(e.Traceback)
	}
	return s
}

// Placed reports whether the message begins with a position, or comes from an error
// table. Otherwise it may be any text that a script has raised.
func (e *Error) Placed() bool {
	_, _, ok := CutPlace(e.Message)
	return ok || strings.HasPrefix(e.Message, "{")
}

// traceback formats a Lua traceback. Names of chunks and functions in it may be any
// text, so a line that does not look like part of a traceback goes behind the gutter.
func traceback(text string) show.Trusted {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		safe := show.Escaped(strings.TrimPrefix(line, "\t"))
		switch {
		case line == "stack traceback:":
		case strings.HasPrefix(line, "\t"):
			safe = "\t" + safe
		default:
			safe = show.Gutter + safe
		}
		lines = append(lines, string(safe))
	}
	return show.Trusted(strings.Join(lines, "\n"))
}

// print writes one of sosh's own lines to the script's stderr.
func (m *Machine) print(format show.Trusted, args ...any) {
	text := show.Sprintf(format, args...)
	if m.cfg.Notify != nil {
		m.cfg.Notify(text)
		return
	}
	show.Fprint(m.cfg.Stderr, text)
}

// await waits until the tasks have ended. The caller then handles their errors.
func (c *Call) await(tasks ...*Task) error {
	for _, t := range tasks {
		t.joins++
	}
	err := c.Wait(func(ctx context.Context) error {
		for _, t := range tasks {
			if err := t.await(ctx); err != nil {
				return &sockets.Error{Op: c.Verb.Name, Err: err}
			}
		}
		return nil
	})
	for _, t := range tasks {
		t.joins--
		if err == nil {
			t.joined = true
		} else if t.err != nil {
			c.Machine.taskFailed(t) // it failed when the join had already given up
		}
	}
	return err
}

// await waits until the task has ended or ctx ends.
func (t *Task) await(ctx context.Context) error {
	began := time.Now()
	select {
	case <-t.done:
		return nil
	case <-ctx.Done():
		if t.ended() {
			return nil
		}
		return sockets.ContextCause(ctx, began)
	}
}

// rethrow raises the error value of a task unchanged.
type rethrow struct{ err *Error }

func (r rethrow) Error() string { return r.err.Error() }
func (r rethrow) Unwrap() error { return r.err }
