package child

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestSetStartWithoutDescriptors: a start for which there are no descriptors fails
// at once, even while another start of the set is under way. A caller that waited
// would let a listener accept more connections than it can serve.
func TestSetStartWithoutDescriptors(t *testing.T) {
	var before unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, nil, &before); err != nil {
		t.Fatal(err)
	}
	set := new(Set)
	set.mu.Lock() // as while a program is started
	defer set.mu.Unlock()
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 0, Max: before.Max}, nil); err != nil {
		t.Fatal(err)
	}
	defer unix.Prlimit(0, unix.RLIMIT_NOFILE, &before, nil)
	failed := make(chan error, 1)
	go func() {
		_, err := set.Start(sh("exit"), Options{Input: true, Output: true})
		failed <- err
	}()
	select {
	case err := <-failed:
		if !Retryable(err) {
			t.Errorf("it failed with %v, which is not retryable", err)
		}
	case <-time.After(long):
		t.Error("it waits for the other start")
	}
}
