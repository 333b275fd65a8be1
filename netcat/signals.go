package netcat

import (
	"os"
	"os/signal"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"sosh/internal/child"

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

// deadlySignals are the signals whose default action ends a process, without
// those that say that the program is broken, without SIGPIPE, which every
// netcat ignores, and without those that were ignored when we were started.
func deadlySignals() []syscall.Signal {
	list := []syscall.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGABRT, unix.SIGTRAP, unix.SIGSYS, unix.SIGTERM,
		unix.SIGALRM, unix.SIGVTALRM, unix.SIGPROF, unix.SIGUSR1, unix.SIGUSR2, unix.SIGXCPU, unix.SIGXFSZ,
	}
	list = append(list, systemSignals()...)
	return slices.DeleteFunc(list, ignoredAtStart)
}

// ignoredAtStart reports whether the parent process had a signal ignored. The
// runtime remembers SIGHUP and SIGINT only; a shell that ignores SIGINT for a
// background job does the same with SIGQUIT.
func ignoredAtStart(sig syscall.Signal) bool {
	switch sig {
	case unix.SIGHUP, unix.SIGINT:
		return signal.Ignored(sig)
	case unix.SIGQUIT:
		return signal.Ignored(unix.SIGINT)
	}
	return false
}

// defaultSignals has signals do what they do to a C program. The runtime ignores
// many of them, and answers SIGQUIT with a dump of its goroutines.
func defaultSignals() {
	if ignoredAtStart(unix.SIGQUIT) {
		signal.Ignore(unix.SIGQUIT)
	}
	for _, sig := range deadlySignals() {
		switch sig {
		case unix.SIGHUP, unix.SIGINT, unix.SIGTERM: // the runtime dies of these
		default:
			setDefault(sig)
		}
	}
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

// armLocked starts the goroutine that waits for a signal, if it does not run. It
// ends with the process. The caller holds c.mu.
func (c *cleanup) armLocked() {
	if c.armed {
		return
	}
	c.armed = true
	caught := make(chan os.Signal, 1)
	for _, sig := range deadlySignals() {
		if sig != unix.SIGPROF { // the runtime keeps it to itself
			setCaught(sig)
			signal.Notify(caught, sig)
		}
	}
	go func() { c.die((<-caught).(syscall.Signal)) }()
}

// die cleans up, and has the signal end the process.
func (c *cleanup) die(sig syscall.Signal) {
	c.dying.Store(true)
	c.programs.End(handedOn(sig), signalGrace)
	c.run()
	signal.Reset(sig)
	setDefault(sig)
	syscall.Kill(os.Getpid(), sig)
	time.Sleep(time.Second)
	os.Exit(128 + int(sig)) // a system where the runtime holds on to the signal
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
