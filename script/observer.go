package script

import "sosh/sockets"

// An Observer is told what becomes of tasks and waits: those of a [Scope], or,
// as [Config.Observer], those that belong to no scope. Its methods are called with
// the machine's lock held, so they neither wait nor run Lua.
type Observer interface {
	// TaskFailed is told of a task that failed and that nobody joins. If it
	// returns false, the machine keeps the error, or reports it, as for any task.
	TaskFailed(t *Task) (taken bool)
	// TimedOut is told that a verb waited for h in vain; text says what for.
	TimedOut(h *sockets.Handle, text string)
	// Serves is told of the task that serves a client of a listener that belongs
	// to no scope.
	Serves(t *Task)
}

// observer returns who is told of what belongs to s, or nil.
func (m *Machine) observer(s *Scope) Observer {
	if s != nil {
		return s.observer
	}
	return m.cfg.Observer
}

// A CheckError ends the Lua that called a verb, with an error of a code and a text
// of its own. It is what a check returns that has failed.
type CheckError struct {
	Code string
	Text string
	// Count has the failure count, with its final text; nil if there is nothing to
	// count. It is called once, with the machine's lock held: when the error is
	// raised, or, where eventually tries again, when that gives up.
	Count func(text string)
}

// Error returns the text.
func (e *CheckError) Error() string { return e.Text }
