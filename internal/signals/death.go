package signals

import (
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// deadly are the signals whose default action ends a process, without
// those that say that the program is broken, without SIGPIPE, which is the
// error of a call, and without those that were ignored when we were started.
func deadly() []syscall.Signal {
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

// Default has signals do what they do to a C program. The runtime ignores
// many of them, and answers SIGQUIT with a dump of its goroutines.
func Default() {
	if ignoredAtStart(unix.SIGQUIT) {
		signal.Ignore(unix.SIGQUIT)
	}
	for _, sig := range deadly() {
		switch sig {
		case unix.SIGHUP, unix.SIGINT, unix.SIGTERM: // the runtime dies of these
		default:
			setDefault(sig)
		}
	}
}

// OnDeath has f called before a signal ends the process. f is called once, on a
// goroutine of its own, and the process ends when it returns.
func OnDeath(f func(syscall.Signal)) {
	caught := make(chan os.Signal, 1)
	for _, sig := range deadly() {
		if sig != unix.SIGPROF { // the runtime keeps it to itself
			setCaught(sig)
			signal.Notify(caught, sig)
		}
	}
	go func() {
		sig := (<-caught).(syscall.Signal)
		f(sig)
		signal.Reset(sig)
		setDefault(sig)
		syscall.Kill(os.Getpid(), sig)
		time.Sleep(time.Second)
		os.Exit(128 + int(sig)) // a system where the runtime holds on to the signal
	}()
}
