package sockets

import (
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// An answer on the same machine, or from one nearby, comes some ten microseconds
// after the question; to put the thread to sleep and to wake it takes as long.
// So a reader tries again for a moment before it waits. One does at a time, and
// one that was wrong does so less and less often: ten thousand idle receivers
// cost nothing.
const (
	spinTime = 30 * time.Microsecond
	// maxMisses bounds how many waits pass without a spin, 1<<maxMisses: where both
	// ends are in one process, each that finds nothing holds up the other.
	maxMisses = 10
)

var spinning atomic.Bool

// spin tries again for a moment, and reports whether that came to anything but
// EAGAIN, which d.err is then.
func (d *direction) spin(fd int) bool {
	if d.skip > 0 {
		d.skip--
		return false
	}
	// On one processor the peer could not answer meanwhile.
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
