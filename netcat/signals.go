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

// A cleanup is what has to be done before a signal ends the process: programs
// are ended, and the paths of unix sockets removed. As long as there is nothing
// to do, the default action of the system ends the process, as it does other
// netcats.
type cleanup struct {
	mu    sync.Mutex
	armed bool
	ends  []func()
	dying atomic.Bool // a signal is ending the process

	programs child.Set
}

// atEnd has f run when the run ends, and also when a signal ends it.
func (n *netcat) atEnd(f func()) {
	c := &n.cleanup
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends = append(c.ends, f)
	c.armLocked()
}

// arm has a signal that ends us run the cleanup.
func (c *cleanup) arm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armLocked()
}

// armLocked has the cleanup run before a signal ends the process. The caller holds
// c.mu.
func (c *cleanup) armLocked() {
	if !c.armed {
		c.armed = true
		signals.OnDeath(c.die)
	}
}

// die cleans up for a signal.
func (c *cleanup) die(sig syscall.Signal) {
	c.dying.Store(true)
	c.programs.End(handedOn(sig), signalGrace)
	c.run()
}

// handedOn is what programs get of a signal that ends us: the same where it is one
// that asks a program to leave.
func handedOn(sig syscall.Signal) syscall.Signal {
	switch sig {
	case unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM:
		return sig
	}
	return unix.SIGTERM
}

// run runs what atEnd was given, the last first.
func (c *cleanup) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range slices.Backward(c.ends) {
		f()
	}
	c.ends = nil
}

// end cleans up at the end of a run. It does not return if a signal is ending
// the process, whose status is then the signal's.
func (c *cleanup) end() {
	c.run()
	if c.dying.Load() {
		select {}
	}
}
