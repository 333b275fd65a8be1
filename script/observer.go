package script

import "sosh/sockets"

// An Observer is notified of failed tasks and timeouts: those of a [Scope], or, as
// [Config.Observer], those outside every scope. Its methods are called with the
// machine's lock held, so they must not block and must not run Lua.
type Observer interface {
	// TaskFailed is called for a task that failed and is not being joined. If it
	// returns false, the machine keeps or reports the error, as for any task.
	TaskFailed(t *Task) (taken bool)
	// TimedOut is called when a verb timed out on h; text says what it waited for.
	TimedOut(h *sockets.Handle, text string)
	// Serves is called for a task that serves a client of a listener outside every
	// scope.
	Serves(t *Task)
}

// observer returns the observer of s, or nil.
func (m *Machine) observer(s *Scope) Observer {
	if s != nil {
		return s.observer
	}
	return m.cfg.Observer
}

// A CheckError is the error of a failed check. It ends the Lua that called the
// check, with its own code and text.
type CheckError struct {
	Code string
	Text string
	// Count records the failure with its final text; nil if there is nothing to
	// record. It is called once, with the machine's lock held: when the error is
	// raised or, inside eventually, when eventually gives up.
	Count func(text string)
}

// Error returns the text.
func (e *CheckError) Error() string { return e.Text }
