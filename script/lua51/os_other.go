//go:build !unix

package lua51

import "time"

var started = time.Now()

// cpuTime is how long the program has run, for want of something better.
func cpuTime() time.Duration { return time.Since(started) }
