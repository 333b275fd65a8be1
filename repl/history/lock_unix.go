//go:build unix

package history

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lockWait is how long another session is waited for. It holds the lock for the time of a write; one that was stopped
// just then must not stop the others.
const (
	lockWait  = 200 * time.Millisecond
	lockEvery = 2 * time.Millisecond
)

// openLocked opens the file at path to append, and locks it. Where there are no locks, it does without.
func openLocked(path string) (f *os.File, unlock func(), err error) {
	for deadline := time.Now().Add(lockWait); ; {
		if f, err = open(path); err != nil {
			return nil, nil, err
		}
		for unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == unix.EWOULDBLOCK && time.Now().Before(deadline) {
			time.Sleep(lockEvery)
		}
		// Meanwhile another session may have replaced the file.
		mine, err1 := f.Stat()
		now, err2 := os.Stat(path)
		if err1 != nil || err2 != nil || os.SameFile(mine, now) || time.Now().After(deadline) {
			return f, func() { f.Close() }, nil // closing unlocks
		}
		f.Close()
	}
}
