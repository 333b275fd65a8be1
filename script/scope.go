package script

import (
	"context"
	"slices"
	"strings"
	"time"

	"sosh/internal/recording/recorder"
	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// A Scope owns the handles, tasks and processes that a part of a program has made,
// such as a test; they end with it. The machine's lock guards it; its methods acquire
// that lock, and may be used concurrently.
type Scope struct {
	m        *Machine
	observer Observer
	main     *Task           // of Do
	ctx      context.Context // ends at the time limit, and with the scope
	cancel   context.CancelCauseFunc

	handles   []*sockets.Handle
	tasks     []*Task
	unjoined  []*Task // failed and not joined yet
	processes []*process

	recordings []*recorder.Recording // begun in it

	stop func() bool // stops the call that runs at the end of ctx
	once context.CancelFunc
}

// NewScope makes a scope whose context ends with parent, and after limit (0 means no
// limit). what names the scope in the error for a timeout: "the test".
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

// leftGrace is how long a task may continue after its test has ended: for example,
// its connection was just closed, and it is about to end.
const leftGrace = 250 * time.Millisecond

// Context returns the scope's context.
func (s *Scope) Context() context.Context { return s.ctx }

// Cancel ends the scope's context: waiting calls fail with cause, or with
// context.Canceled if cause is nil.
func (s *Scope) Cancel(cause error) { s.cancel(cause) }

// Handles returns the handles that were made in the scope.
func (s *Scope) Handles() []*sockets.Handle {
	s.m.lock()
	defer s.m.mu.Unlock()
	return slices.Clone(s.handles)
}

// Unjoined returns the errors of tasks that were not joined.
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

// Output returns the end of the output of each of the scope's processes.
func (s *Scope) Output() []ProcessOutput {
	s.m.lock()
	list := s.processes
	s.m.mu.Unlock()
	return outputs(list, nil)
}

// Left gives tasks of spawn a moment to end, and returns those that still run.
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

// Close ends everything in the scope, and reports whether every task ended within 2
// seconds.
func (s *Scope) Close() bool {
	s.cancel(nil)
	s.m.lock()
	handles, tasks, processes, recordings := s.handles, s.tasks, s.processes, s.recordings
	s.m.mu.Unlock()
	names := make(map[string]bool)
	for _, h := range handles {
		names[h.Name()] = true
		h.Close()
	}
	// A listener of serve has made handles for clients, which the program may not
	// know of.
	for _, h := range s.m.cfg.Table.Handles() {
		if i := strings.LastIndexByte(h.Name(), '.'); i > 0 && names[h.Name()[:i]] {
			h.Close()
		}
	}
	endProcesses(processes)
	s.m.recordings.end(recordings)
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

// Held returns the approximate memory, in bytes, of the machine's Lua values,
// including those of the scope's threads. It stops counting above limit. No Lua runs
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
