package script

import (
	"context"
	"slices"
	"strings"
	"time"

	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// A Scope is what a part of a program has made, such as a test: its handles, tasks
// and processes, which end with it. The machine's lock guards it; its methods take
// that lock, and may be used concurrently.
type Scope struct {
	m        *Machine
	observer Observer
	main     *Task           // of Do
	ctx      context.Context // ends when its time is up, and with the scope
	cancel   context.CancelCauseFunc

	handles   []*sockets.Handle
	tasks     []*Task
	unjoined  []*Task // failed, and not joined so far
	processes []*process

	stop func() bool // of the call for the end of ctx
	once context.CancelFunc
}

// NewScope makes a scope whose context ends with parent, and after limit; 0 is no
// limit. what is what an error says has taken too long: "the test".
func (m *Machine) NewScope(parent context.Context, limit time.Duration, what string, o Observer) *Scope {
	s := &Scope{m: m, observer: o, once: func() {}}
	ctx := parent
	if limit > 0 {
		ctx, s.once = sockets.WithTimeoutOf(ctx, limit, what)
	}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	s.stop = context.AfterFunc(s.ctx, func() {
		m.ended.Add(1)
		m.watchTurns()
	})
	return s
}

// leftGrace is how long a task may take to end that a test leaves: one that has
// seen its connection closed is about to.
const leftGrace = 250 * time.Millisecond

// Context returns the scope's context.
func (s *Scope) Context() context.Context { return s.ctx }

// Cancel ends the scope's context: what waits fails with cause, or with
// context.Canceled for nil.
func (s *Scope) Cancel(cause error) { s.cancel(cause) }

// Handles returns the handles that were made in the scope.
func (s *Scope) Handles() []*sockets.Handle {
	s.m.lock()
	defer s.m.mu.Unlock()
	return slices.Clone(s.handles)
}

// Unjoined returns the errors of tasks that nobody has joined.
func (s *Scope) Unjoined() []error {
	s.m.lock()
	defer s.m.mu.Unlock()
	return unjoined(s.unjoined)
}

func unjoined(tasks []*Task) []error {
	var errs []error
	for _, t := range tasks {
		if !t.joined {
			errs = append(errs, t.err)
		}
	}
	return errs
}

// Output returns the last of what the scope's processes have written.
func (s *Scope) Output() []ProcessOutput {
	s.m.lock()
	list := s.processes
	s.m.mu.Unlock()
	return outputs(list, nil)
}

// Left waits a moment for the tasks that spawn started, and returns those that
// go on.
func (s *Scope) Left() []*Task {
	s.m.lock()
	tasks := s.tasks
	s.m.mu.Unlock()
	timer := time.NewTimer(leftGrace)
	defer timer.Stop()
	var left []*Task
	for _, t := range tasks {
		if t.server {
			continue
		}
		select {
		case <-t.done:
		case <-timer.C:
			timer.Reset(0)
			if !t.ended() {
				left = append(left, t)
			}
		}
	}
	return left
}

// Close ends all that the scope has, and reports whether every task has ended
// within 2 seconds.
func (s *Scope) Close() bool {
	s.cancel(nil)
	s.m.lock()
	handles, tasks, processes := s.handles, s.tasks, s.processes
	s.m.mu.Unlock()
	names := make(map[string]bool)
	for _, h := range handles {
		names[h.Name()] = true
		h.Close()
	}
	// A listener that takes its clients by itself has made handles that no
	// program has asked for.
	for _, h := range s.m.cfg.Table.Handles() {
		if i := strings.LastIndexByte(h.Name(), '.'); i > 0 && names[h.Name()[:i]] {
			h.Close()
		}
	}
	endProcesses(processes)
	ended := true
	timer := time.NewTimer(taskGrace)
	defer timer.Stop()
	for _, t := range tasks {
		select {
		case <-t.done:
		case <-timer.C:
			timer.Reset(0)
			ended = ended && t.ended()
		}
	}
	if ended && !s.stop() {
		s.m.ended.Add(-1)
	}
	s.once()
	return ended
}

// Held returns what the Lua values of the machine hold, in bytes, about, with those
// of the scope's threads. It stops counting at more than limit; all Lua waits
// meanwhile.
func (s *Scope) Held(limit int64) int64 {
	m := s.m
	m.lock()
	defer m.mu.Unlock()
	values := []lua.LValue{m.l.G.Global, m.l.G.Registry, m.l}
	if s.main != nil {
		values = append(values, s.main.thread)
	}
	for _, t := range s.tasks {
		if !t.ended() {
			values = append(values, t.thread)
		}
	}
	return lua51.Weigh(limit, values...)
}
