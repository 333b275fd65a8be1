package signals

import (
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// deadly returns the signals whose default action ends the process, except those for a bug in
// the program (such as SIGSEGV), SIGPIPE, which is the error of a call, and signals that were
// ignored at the start.
func deadly() []syscall.Signal {
	list := []syscall.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGABRT, unix.SIGTRAP, unix.SIGSYS, unix.SIGTERM,
		unix.SIGALRM, unix.SIGVTALRM, unix.SIGPROF, unix.SIGUSR1, unix.SIGUSR2, unix.SIGXCPU, unix.SIGXFSZ,
	}
	list = append(list, systemSignals()...)
	return slices.DeleteFunc(list, ignoredAtStart)
}

// ignoredAtStart reports whether the parent process made us ignore a signal. The runtime
// remembers that only for SIGHUP and SIGINT. A shell that ignores SIGINT for a background job
// ignores SIGQUIT too.
func ignoredAtStart(sig syscall.Signal) bool {
	switch sig {
	case unix.SIGHUP, unix.SIGINT:
		return signal.Ignored(sig)
	case unix.SIGQUIT:
		return signal.Ignored(unix.SIGINT)
	}
	return false
}

// Default gives signals the action they have in a C program. The Go runtime ignores many of
// them, and on SIGQUIT prints a dump of its goroutines.
func Default() {
	if ignoredAtStart(unix.SIGQUIT) {
		signal.Ignore(unix.SIGQUIT)
	}
	for _, sig := range deadly() {
		switch sig {
		case unix.SIGHUP, unix.SIGINT, unix.SIGTERM: // these end a Go program anyhow
		default:
			setDefault(sig)
		}
	}
}

// OnDeath makes a signal that ends the process call f first. f is called once, on a separate
// goroutine, and the process ends when it returns.
func OnDeath(f func(syscall.Signal)) {
	caught := make(chan os.Signal, 1)
	for _, sig := range deadly() {
		if sig != unix.SIGPROF { // the runtime uses it itself
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
		os.Exit(128 + int(sig)) // on some systems the runtime does not release the signal
	}()
}
