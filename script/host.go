package script

import (
	"context"
	"strings"

	"sosh/script/lua51"
	"sosh/script/lualib"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// EndGrace is how long Lua may continue after its context has ended. Lua that still runs
// after that can't be interrupted.
const EndGrace = cleanupTime + taskGrace

// A Program is a compiled Lua file. It may be used concurrently.
type Program struct {
	Path  string
	proto *lua.FunctionProto
}

// LoadProgram reads and compiles the file at path.
func LoadProgram(path string) (*Program, error) {
	src, name, err := readScript(path)
	if err != nil {
		return nil, err
	}
	proto, err := lua51.Compile(src, name)
	if err != nil {
		return nil, err
	}
	return &Program{Path: path, proto: proto}, nil
}

// Main returns the main function of a program, for this machine.
func (m *Machine) Main(p *Program) *lua.LFunction { return m.l.NewFunctionFromProto(p.proto) }

// Do calls f with the machine's lock held. f may run Lua with [Machine.Try], until ctx
// ends. Handles, tasks and processes that f makes belong to s, or to the machine if s is
// nil.
func (m *Machine) Do(ctx context.Context, s *Scope, f func()) {
	task := &Task{ctx: ctx, scope: s}
	defer m.enter(task)()
	if s != nil {
		s.main = task
	}
	f()
}

// Try calls a Lua function on a new thread. The error is an *Error. The caller holds the
// lock.
func (m *Machine) Try(f *lua.LFunction, args ...lua.LValue) error {
	caller := m.l.G.CurrentThread
	defer func() { m.l.G.CurrentThread = caller }()
	return m.call(lua51.NewThread(m.l), f, args)
}

// Within is Try with the context of s; what f makes belongs to s.
func (m *Machine) Within(s *Scope, f *lua.LFunction, args ...lua.LValue) error {
	task := m.current
	defer func() { m.current = task }()
	m.current = &Task{ctx: s.ctx, scope: s}
	return m.Try(f, args...)
}

// Seed sets the seed of the global function random, and resets RandomUsed.
func (m *Machine) Seed(n int64) {
	m.lock()
	defer m.mu.Unlock()
	lualib.SeedRandom(m.l, n)
}

// RandomUsed reports whether random was called since Seed.
func (m *Machine) RandomUsed() bool {
	m.lock()
	defer m.mu.Unlock()
	return lualib.RandomUsed(m.l)
}

// Clients returns the open connections of clients for which serve calls a function.
func (m *Machine) Clients() []*sockets.Handle {
	m.lock()
	defer m.mu.Unlock()
	var list []*sockets.Handle
	for _, h := range m.cfg.Table.Handles() {
		if i := strings.LastIndexByte(h.Name(), '.'); i > 0 {
			if srv, err := m.cfg.Table.Get("", h.Name()[:i]); err == nil && m.served[srv].calls {
				list = append(list, h)
			}
		}
	}
	return list
}

// MarkOutput returns a function that returns the end of the output, since this call, of
// processes outside every scope.
func (m *Machine) MarkOutput() func() []ProcessOutput {
	m.lock()
	defer m.mu.Unlock()
	marks := make(map[*process]int)
	for _, p := range m.processes {
		marks[p] = p.written()
	}
	return func() []ProcessOutput {
		m.lock()
		list := m.processes
		m.mu.Unlock()
		return outputs(list, marks)
	}
}

// End cancels every task, closes every handle, and reports whether the tasks ended within
// 2 seconds.
func (m *Machine) End() bool { return m.endTasks() }

// Abandon cancels every task and closes every handle, without waiting: for a machine whose
// lock may never be released.
func (m *Machine) Abandon() {
	m.cancel()
	m.cfg.Table.Close()
}

// Unjoined returns the errors of tasks outside every scope that were not joined.
func (m *Machine) Unjoined() []error {
	m.lock()
	defer m.mu.Unlock()
	return unjoined(m.unjoined)
}

// Equal reports whether two values are equal by ==; a 64-bit integer can also equal a
// number. The caller holds the lock.
func (m *Machine) Equal(x, y lua.LValue) bool {
	if order, mixed := lua51.CompareMixed(x, y); mixed {
		return order == 0
	}
	return m.l.Equal(x, y)
}
