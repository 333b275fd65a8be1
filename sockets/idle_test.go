package sockets

import (
	"testing"
	"time"

	"sosh/internal/leak"

	"golang.org/x/sys/unix"
)

// TestIdleTime has two hundred watched handles of which none receives: they
// take no processor time. The bound is for what else the process does.
func TestIdleTime(t *testing.T) {
	if leak.Alone(t) {
		return
	}
	_, closeAll := idlePairs(t, 100, true)
	defer closeAll()
	time.Sleep(100 * time.Millisecond) // past what sending and receiving has left to do
	const none = 15 * time.Millisecond
	least := time.Hour
	for try := 0; try < 3 && least > none; try++ {
		before := processorTime(t)
		time.Sleep(300 * time.Millisecond)
		least = min(least, processorTime(t)-before)
	}
	t.Logf("%v of processor time in 300 ms", least)
	if least > none {
		t.Errorf("%v of processor time in 300 ms, want none", least)
	}
}

func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var u unix.Rusage
	must(t, unix.Getrusage(unix.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
