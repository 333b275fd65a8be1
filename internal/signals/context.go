// Package signals says what signals do to the process. In the shell and in Lua a
// signal cancels a context (Context). In netcat the signal itself ends the process, as
// it ends a C program, after a cleanup (Default, OnDeath). Each of the three may be
// called once in a process. The package imports no package of this module.
//
// The goroutine of Context ends when stop is called, that of OnDeath with the process.
// On systems other than Linux, Default has a goroutine for each signal until OnDeath
// is called.
package signals

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// grace is how long a program has to clean up after a signal.
const grace = 400 * time.Millisecond

// Context returns a context that ends when a signal asks the process to end: SIGINT, SIGTERM,
// SIGQUIT or SIGHUP, or SIGPIPE because its standard output has no reader any more. If stop is
// not called within grace after that, clean is called, and the process ends, whatever it does.
// status returns the exit status for a process that ends by itself after a signal; without a
// signal it returns 0.
func Context(clean func()) (ctx context.Context, status func() int, stop func()) {
	return contextOf(clean, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGPIPE)
}

// PromptContext is [Context] for a program that reads lines from a terminal: SIGINT does not end it.
func PromptContext(clean func()) (ctx context.Context, status func() int, stop func()) {
	return contextOf(clean, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGPIPE)
}

func contextOf(clean func(), which ...os.Signal) (ctx context.Context, status func() int, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var got atomic.Int32
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, which...)
	if !ignoredAtStart(syscall.SIGHUP) { // nohup ignores it
		signal.Notify(signals, syscall.SIGHUP)
	}
	stopped := make(chan struct{})
	go func() {
		for got.Load() == 0 {
			select {
			case s := <-signals:
				if s != syscall.SIGPIPE || hungUp(unix.Stdout) || hungUp(unix.Stderr) {
					got.Store(128 + int32(s.(syscall.Signal)))
				}
			case <-stopped:
				return
			}
		}
		cancel()
		select {
		case <-time.After(grace):
			clean()
			os.Exit(int(got.Load()))
		case <-stopped:
		}
	}()
	return ctx, func() int { return int(got.Load()) }, func() {
		signal.Stop(signals)
		close(stopped)
		cancel()
	}
}

// hungUp reports whether fd has no reader any more. SIGPIPE does not say which descriptor
// caused it; for a socket, it is only the error of a call.
func hungUp(fd int) bool {
	fds := []unix.PollFd{{Fd: int32(fd)}}
	n, err := unix.Poll(fds, 0)
	return n > 0 && err == nil && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
}
