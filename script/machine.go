package script

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"sosh/internal/recording"
	"sosh/internal/recording/recorder"
	"sosh/internal/show"
	"sosh/script/decoders"
	"sosh/script/lua51"
	"sosh/script/lualib"
	"sosh/script/luasocket"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// A Config configures a machine.
type Config struct {
	Table  *sockets.Table
	Stdout io.Writer // what print and io.write write to
	Stderr io.Writer // for tracebacks of tasks that nobody joined
	// Notify writes sosh's own lines, such as those tracebacks. If it is nil, they
	// go to Stderr, which otherwise gets only what Lua writes.
	Notify func(show.Trusted)

	// Interactive is set at a prompt and for words: open handles are global
	// variables, and connect has a default timeout, ConnectTimeout.
	Interactive    bool
	ConnectTimeout time.Duration

	// Path has the directories that require searches after the script's own.
	Path []string
	// Exit ends the program for os.exit, after the machine has closed all handles.
	// It does not return.
	Exit func(code int)
	// NoExit, if not empty, makes os.exit fail; the text says where it was called:
	// "in a test file".
	NoExit string
	// Observer is notified of events outside every scope; may be nil. A machine
	// with an observer runs tests: values are shown as Lua literals, and programs
	// of os.execute and io.popen end together with their children.
	Observer Observer
	// Recording, unless it is nil, records the table's handles, and ends with the machine.
	Recording *recorder.Recording
	// Record is called with what exec's programs write, as events of a recording; may be nil.
	// It may be called concurrently.
	Record func(recording.Event)
	// Encode encodes a message for a handle that has no codec by use, as the prompt
	// shows it; with no message it reports whether it could. It is called with the
	// machine's lock held, and must not call the machine. It may be nil.
	Encode func(h *sockets.Handle, e *Encoding) error
	// MaxString is the maximum length of a string in bytes, if that is less than
	// the machine's own limit; 0 means the machine's limit.
	MaxString int64
}

// A Machine runs Lua and verbs over one table of handles. One lock guards it:
// the goroutine that runs Lua holds the lock, and releases it while it waits. Its
// methods may be used concurrently.
type Machine struct {
	cfg    Config
	verbs  []*Verb
	byName map[string]*Verb
	// given describes the globals that exist before a script runs, by name.
	given map[string]string

	connectTimeout atomic.Int64 // nanoseconds
	recordings     recordings

	mu       sync.Mutex // guards all that follows, and every Lua value
	l        *lua.LState
	current  *Task // the task whose goroutine holds mu
	handles  map[*sockets.Handle]*lua.LUserData
	types    map[string]lua.LValue       // the metatables of objects
	served   map[*sockets.Handle]service // listeners of serve
	calls    bool                        // one of them had a function
	methods  *lua.LTable
	codecs   map[*sockets.Handle]*handleCodec
	onLoop   *lua.LFunction // the loop of on
	relay    *lua.LFunction // the body of relay; nil before its first use
	errors   *lua.LTable    // the metatable of errors
	late     lateHints
	unjoined []*Task // failed and not joined yet
	failures int     // errors of tasks that were reported

	processes []*process // started by exec outside every test

	in      *lua51.Interp // of l
	waiting atomic.Int32  // number of goroutines that wait for mu
	taken   atomic.Int64  // how often a waiter has acquired mu
	begun   beginning     // which tasks have run
	active  activity      // the goroutines that run Lua or are about to
	ended   atomic.Int32  // number of tasks in enter whose context has ended
	turns   *time.Timer   // calls endTurn
	watched atomic.Bool   // the timer turns is running
	closed  atomic.Bool   // no task is left
	exiting atomic.Bool   // os.exit is ending the program

	goneMu sync.Mutex
	gone   []*sockets.Handle // closed, and possibly still in handles

	ctx    context.Context // ends when the machine is closed
	cancel context.CancelFunc
	tasks  sync.WaitGroup
}

// New returns a machine with every verb of [Verbs], and with the caller's own
// commands. It fails, with an *[Error], only if the
// program was built with a gopher-lua that it does not know.
func New(cfg Config, commands ...*Verb) (*Machine, error) {
	m := &Machine{cfg: cfg, byName: make(map[string]*Verb), handles: make(map[*sockets.Handle]*lua.LUserData), types: make(map[string]lua.LValue), served: make(map[*sockets.Handle]service), codecs: make(map[*sockets.Handle]*handleCodec)}
	m.active.quiet = make(chan struct{}, 1)
	m.ctx, m.cancel = context.WithCancel(context.Background())
	m.SetConnectTimeout(cfg.ConnectTimeout)
	m.current = &Task{ctx: m.ctx}
	in, err := lua51.New(lua51.Options{
		Stdout: cfg.Stdout, Stderr: cfg.Stderr, Path: cfg.Path, Exit: m.exit,
		Block: func(_ *lua.LState, f func(context.Context)) {
			ctx := m.context()
			m.Block(func() { f(ctx) })
		},
		OnInterrupt: m.attend, Group: cfg.Observer != nil, MaxString: min(cfg.MaxString, lua51.DefaultMaxString),
	})
	if err != nil {
		m.cancel()
		return nil, noMachine(err)
	}
	m.in, m.l = in, in.L
	if !cfg.Interactive {
		lua51.PaceCollector()
	}
	lualib.Open(m.l, socketFunctions())
	decoders.Install(m.l)
	luasocket.Open(m.l, cfg.Table)
	m.turns = time.AfterFunc(time.Hour, m.endTurn)
	m.turns.Stop()
	context.AfterFunc(m.ctx, m.watchTurns)
	m.verbs = append(Verbs(), commands...)
	for _, v := range m.verbs {
		m.byName[v.Name] = v
	}
	m.errors = lualib.ErrorType(m.l)
	m.errors.RawSetString("__index", m.l.NewFunction(m.errorField))
	m.openHandles()
	m.openTasks()
	for _, v := range m.verbs {
		if typ, name, ok := v.Object(); ok {
			m.addMethod(typ, name, v)
		} else if !v.Command && (!v.TestOnly || cfg.Observer != nil) {
			f := m.l.NewFunction(m.function(v))
			m.l.SetGlobal(v.Name, f)
			switch {
			case v.Method():
				m.methods.RawSetString(v.Name, f)
			case len(v.Params) > 0 && v.Params[0].Type == ObjectType:
				m.addMethod(v.Params[0].Object, v.Name, v)
			}
		}
	}
	m.noteGiven()
	cfg.Table.Reserved = m.reserved
	if cfg.Recording != nil {
		cfg.Recording.Watch(cfg.Table)
		m.recordings.add(cfg.Recording)
	}
	cfg.Table.Subscribe(func(ev sockets.Event) {
		m.goneMu.Lock()
		m.gone = append(m.gone, ev.Handle)
		m.goneMu.Unlock()
	}, sockets.EventClosed)
	return m, nil
}

// noMachine is the error of a machine that can't be made.
func noMachine(err error) *Error {
	e := &Error{Message: err.Error()}
	var mismatch *lua51.MismatchError
	if errors.As(err, &mismatch) {
		e.Hint = mismatch.Hint()
	}
	return e
}

// Verbs returns the machine's verbs and commands, in order.
func (m *Machine) Verbs() []*Verb { return m.verbs }

// Verb returns the verb or command of that name, or nil.
func (m *Machine) Verb(name string) *Verb { return m.byName[name] }

// Table returns the machine's table of handles.
func (m *Machine) Table() *sockets.Table { return m.cfg.Table }

// context returns the context of the task whose goroutine holds the lock.
// Running returns the context of the task that runs now. Only a function that the machine calls
// while it runs Lua, such as the Write of its standard output, may call it.
func (m *Machine) Running() context.Context { return m.context() }

func (m *Machine) context() context.Context { return m.current.ctx }

// defaultTimeout returns a verb's timeout for a call without timeout=; negative
// means no timeout.
func (m *Machine) defaultTimeout(v *Verb) time.Duration {
	if d := m.ConnectTimeout(); d > 0 && (v.Name == "connect" || v.Name == "dial" || v.Name == "starttls") {
		return d
	}
	return -1
}

// ConnectTimeout returns the default timeout of connect, dial and starttls; 0 means
// no timeout.
func (m *Machine) ConnectTimeout() time.Duration { return time.Duration(m.connectTimeout.Load()) }

// SetConnectTimeout sets the default timeout of connect, dial and starttls.
func (m *Machine) SetConnectTimeout(d time.Duration) { m.connectTimeout.Store(int64(d)) }

// Block releases the lock while f waits, so that other tasks can run. Tasks that were started
// before have run when it returns, if only to their first wait. The caller holds the lock before
// and after.
func (m *Machine) Block(f func()) {
	m.unlocked(func() {
		m.active.add(-1)
		defer m.active.add(1)
		f()
	})
}

// unlocked is Block for an f that may take a moment, but waits for nothing that another task
// or a peer does.
func (m *Machine) unlocked(f func()) {
	task, thread := m.current, m.l.G.CurrentThread
	task.thread = thread
	m.mu.Unlock()
	f()
	m.begun.wait()
	m.lock()
	m.current, m.l.G.CurrentThread = task, thread
}

// function makes a verb a function of Lua.
func (m *Machine) function(v *Verb) lua.LGFunction {
	pool := sync.Pool{New: func() any { return new(Call) }}
	return func(L *lua.LState) int {
		c := pool.Get().(*Call)
		defer func() {
			*c = Call{}
			pool.Put(c)
		}()
		c.Machine, c.Verb, c.l = m, v, L
		top := L.GetTop()
		var room [8]lua.LValue
		args := room[:0]
		for i := 1; i <= top; i++ {
			args = append(args, L.Get(i))
		}
		var opts *lua.LTable
		if top > 0 && len(v.Options) > 0 && !v.wantsAny(top-1) {
			if t, ok := args[top-1].(*lua.LTable); ok && !v.takesTable(m, args) && !v.wantsTable(top-1, t) {
				opts, args = t, args[:top-1]
			}
		}
		err := c.bind(args, opts)
		if err == nil {
			err = v.Run(c)
		}
		if err != nil {
			m.current.ending = m.current.ending || m.context().Err() != nil
			m.raise(L, c, err)
		}
		for _, val := range c.out.Values {
			L.Push(val)
		}
		return len(c.out.Values)
	}
}

// wantsAny reports whether parameter i is required and takes any value, including
// a table.
func (v *Verb) wantsAny(i int) bool {
	return i < len(v.Params) && v.Params[i].Type == AnyType && !v.Params[i].Optional
}

// wantsTable reports whether parameter i, which is optional and takes any value, is
// meant by a table, and not the options: a table of options has nothing but options.
func (v *Verb) wantsTable(i int, t *lua.LTable) bool {
	if i >= len(v.Params) || v.Params[i].Type != AnyType {
		return false
	}
	for k := range lua51.Each(t) {
		if v.Option(lua.LVAsString(k)) == nil {
			return true
		}
	}
	return false
}

// Arg is an argument of [Machine.Call]: a string, or a Lua value.
type Arg struct {
	Text  string
	Value Value // nil: Text
}

func (a Arg) value() lua.LValue {
	if a.Value != nil {
		return a.Value
	}
	return lua.LString(a.Text)
}

// Call calls a verb with arguments from words. A command runs without the
// machine's lock, so it may call the machine.
func (m *Machine) Call(ctx context.Context, v *Verb, args []Arg, opts map[string]Arg) (Outcome, error) {
	c := &Call{Machine: m, Verb: v, ctx: ctx}
	leave := m.enter(&Task{ctx: ctx})
	values := make([]lua.LValue, len(args))
	for i, a := range args {
		values[i] = a.value()
	}
	var table *lua.LTable
	if len(opts) > 0 {
		table = m.l.NewTable()
		for k, a := range opts {
			table.RawSetString(k, a.value())
		}
	}
	err := c.bind(values, table)
	if v.Command {
		leave()
	} else {
		defer leave()
	}
	if err == nil {
		err = v.Run(c)
	}
	return c.out, err
}

// exit closes all handles and ends the program.
func (m *Machine) exit(code int) {
	if m.cfg.NoExit != "" {
		lua51.Raise(m.l.G.CurrentThread, 1, "os.exit(%d) was called %s", code, m.cfg.NoExit)
	}
	m.exiting.Store(true)
	processes := m.processes
	m.Block(func() {
		m.cfg.Table.Close()
		endProcesses(processes)
		m.recordings.end(m.recordings.all())
	})
	m.in.Close()
	lualib.Close(m.l)
	if m.cfg.Exit == nil {
		os.Exit(code)
	}
	m.cfg.Exit(code)
}

// AwaitExit does not return if os.exit is ending the program: what fails meanwhile fails because
// its handles are closed, and the exit status is that of os.exit. The caller does not hold the
// lock.
func (m *Machine) AwaitExit() {
	if m.exiting.Load() {
		select {}
	}
}

// Close ends every task, closes every handle, and returns how many handles it
// closed.
func (m *Machine) Close() int {
	m.cancel()
	n := m.cfg.Table.Close()
	m.tasks.Wait()
	m.closed.Store(true)
	m.lock()
	defer m.mu.Unlock()
	endProcesses(m.processes)
	m.recordings.end(m.recordings.all())
	m.in.Close()
	lualib.Close(m.l)
	return n
}
