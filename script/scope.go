package script

import (
	"context"
	"strings"
	"time"

	"sosh/sockets"
)

// A scope is what a test has made: its handles, tasks and processes, which end
// with it. The machine's lock guards it.
type scope struct {
	m      *Machine
	test   *test
	ctx    context.Context // ends when the test's time is up, and with the scope
	cancel context.CancelCauseFunc

	handles   []*sockets.Handle
	tasks     []*Task
	unjoined  []*Task // failed, and not joined so far
	processes []*process

	stop func() bool // of the call for the end of ctx
	once context.CancelFunc
}

// newScope makes a scope whose context ends with parent, and after limit; 0 is
// no limit.
func (m *Machine) newScope(parent context.Context, t *test, limit time.Duration) *scope {
	s := &scope{m: m, test: t, once: func() {}}
	ctx := parent
	if limit > 0 {
		ctx, s.once = sockets.WithTimeoutOf(ctx, limit, "the test")
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

// left waits a moment for the tasks that spawn started, and returns those that
// go on.
func (s *scope) left() []*Task {
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

// close ends all that the scope has, and reports whether every task has ended
// within its grace.
func (s *scope) close() bool {
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
