package netcat

import (
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"sosh/internal/child"
	"sosh/internal/signals"

	"golang.org/x/sys/unix"
)

// A cleanup is the work to do before a signal ends the process: it ends programs, and
// removes the paths of unix sockets. While there is nothing to do, signals have the system's
// default action, as in other netcats.
type cleanup struct {
	mu    sync.Mutex
	armed bool
	ends  []func()
	dying atomic.Bool // a signal is ending the process

	programs child.Set
}

// atEnd registers f to run at the end of the run, also when a signal ends it.
func (n *netcat) atEnd(f func()) {
	c := &n.cleanup
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends = append(c.ends, f)
	c.armLocked()
}

// arm makes a signal that ends the process run the cleanup first.
func (c *cleanup) arm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armLocked()
}

// armLocked is arm for a caller that holds c.mu.
func (c *cleanup) armLocked() {
	if !c.armed {
		c.armed = true
		signals.OnDeath(c.die)
	}
}

// die runs the cleanup after a signal, and then ends the process by that signal.
func (c *cleanup) die(sig syscall.Signal) {
	c.dying.Store(true)
	c.programs.End(handedOn(sig), signalGrace)
	c.run()
}

// handedOn returns the signal that programs get when a signal ends the process: the same
// one, if it asks a program to end.
func handedOn(sig syscall.Signal) syscall.Signal {
	switch sig {
	case unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM:
		return sig
	}
	return unix.SIGTERM
}

// run runs the functions of atEnd, in reverse order.
func (c *cleanup) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range slices.Backward(c.ends) {
		f()
	}
	c.ends = nil
}

// end runs the cleanup at the end of a run. It does not return if a signal is ending the
// process; the exit status is then that of the signal.
func (c *cleanup) end() {
	c.run()
	if c.dying.Load() {
		select {}
	}
}
