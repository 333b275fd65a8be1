package script

import (
	"context"
	"strings"

	"sosh/script/lua51"
	"sosh/script/lualib"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// EndGrace is how long Lua may go on whose context has ended: what does not end by
// then can't be told to.
const EndGrace = cleanupTime + taskGrace

// A Program is a file of Lua, compiled. It may be used concurrently.
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

// Do calls f with the machine's lock held, so that it may run Lua with
// [Machine.Try] until ctx ends. What that makes belongs to s, or to the machine if s
// is nil.
func (m *Machine) Do(ctx context.Context, s *Scope, f func()) {
	task := &Task{ctx: ctx, scope: s}
	defer m.enter(task)()
	if s != nil {
		s.main = task
	}
	f()
}

// Try calls a function of Lua on a thread of its own. The error is an *Error. The
// caller holds the lock.
func (m *Machine) Try(f *lua.LFunction, args ...lua.LValue) error {
	caller := m.l.G.CurrentThread
	defer func() { m.l.G.CurrentThread = caller }()
	return m.call(lua51.NewThread(m.l), f, args)
}

// Within is Try until the context of s ends; what f makes belongs to s.
func (m *Machine) Within(s *Scope, f *lua.LFunction, args ...lua.LValue) error {
	task := m.current
	defer func() { m.current = task }()
	m.current = &Task{ctx: s.ctx, scope: s}
	return m.Try(f, args...)
}

// Seed sets where the global function random begins, and forgets that it was
// called.
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

// Clients returns the connections that listeners have accepted by themselves for a
// function of serve, and that are still open.
func (m *Machine) Clients() []*sockets.Handle {
	m.lock()
	defer m.mu.Unlock()
	var list []*sockets.Handle
	for _, h := range m.cfg.Table.Handles() {
		if i := strings.LastIndexByte(h.Name(), '.'); i > 0 {
			if srv, err := m.cfg.Table.Get("", h.Name()[:i]); err == nil && m.served[srv] {
				list = append(list, h)
			}
		}
	}
	return list
}

// MarkOutput returns a function that returns the last of what processes that
// belong to no scope have written since this call.
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

// End tells every task to end, closes every handle, and reports whether the tasks
// have ended within 2 seconds.
func (m *Machine) End() bool { return m.endTasks() }

// Abandon tells every task to end and closes every handle, and does not wait: for a
// machine whose lock may never be free again.
func (m *Machine) Abandon() {
	m.cancel()
	m.cfg.Table.Close()
}

// Unjoined returns the errors of tasks that belong to no scope and that nobody has
// joined.
func (m *Machine) Unjoined() []error {
	m.lock()
	defer m.mu.Unlock()
	return unjoined(m.unjoined)
}

// Equal reports whether two values are equal as == has it, a 64-bit integer to a
// number too. The caller holds the lock.
func (m *Machine) Equal(x, y lua.LValue) bool {
	if order, mixed := lua51.CompareMixed(x, y); mixed {
		return order == 0
	}
	return m.l.Equal(x, y)
}
