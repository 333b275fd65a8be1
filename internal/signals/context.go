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

// Context returns a context that ends when the process is told to end: by
// SIGINT, SIGTERM, SIGQUIT or SIGHUP, or by SIGPIPE because nobody reads its
// standard output any more; what it has started ends then, too. If stop has not
// been called a moment after that, clean is, and the process ends, whatever it is
// at. status is what a process exits with that ends of its own accord after a
// signal, else 0.
func Context(clean func()) (ctx context.Context, status func() int, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var got atomic.Int32
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGPIPE)
	if !ignoredAtStart(syscall.SIGHUP) { // it is, under nohup
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

// hungUp reports whether whoever read what is written to fd has gone. SIGPIPE
// does not tell which descriptor it is for, and a socket's is a call's error.
func hungUp(fd int) bool {
	fds := []unix.PollFd{{Fd: int32(fd)}}
	n, err := unix.Poll(fds, 0)
	return n > 0 && err == nil && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
}
