//go:build unix

package lua51

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is how much time of the processors the program has used.
func cpuTime() time.Duration {
	var r unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &r) != nil {
		return time.Since(started)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

var started = time.Now()
