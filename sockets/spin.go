package sockets

import (
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// An answer from the same machine, or from one nearby, comes about ten microseconds
// after the question; putting a thread to sleep and waking it takes as long. So a reader
// tries again for a moment before it waits. Only one reader does so at a time, and one
// that finds nothing does so less and less often: ten thousand idle receivers cost
// nothing.
const (
	spinTime = 30 * time.Microsecond
	// maxMisses bounds how many waits pass without a spin, 1<<maxMisses. If both ends
	// are in one process, each spin that finds nothing delays the other end.
	maxMisses = 10
)

var spinning atomic.Bool

// spin calls try again for a moment. It reports whether try returned something other
// than EAGAIN, which is in d.err then.
func (d *direction) spin(fd int) bool {
	if d.skip > 0 {
		d.skip--
		return false
	}
	// On a single processor the peer could not answer meanwhile.
	if runtime.GOMAXPROCS(0) == 1 || !spinning.CompareAndSwap(false, true) {
		return false
	}
	defer spinning.Store(false)
	for began := time.Now(); time.Since(began) < spinTime; {
		if d.err = d.try(fd); d.err != unix.EAGAIN && d.err != unix.EINTR {
			d.misses = 0
			return true
		}
	}
	d.misses = min(d.misses+1, maxMisses)
	d.skip = 1 << d.misses
	d.err = unix.EAGAIN
	return false
}
