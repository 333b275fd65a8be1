package child

import (
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"
)

// A Set is children that end together. The zero Set is empty; it may be used
// concurrently.
type Set struct {
	mu      sync.Mutex
	running []*Child
	over    bool // End was called
}

// Start starts a child, which belongs to the set until its own End or Reap returns.
// After End of the set, Start fails with EINTR.
func (s *Set) Start(cmd *exec.Cmd, o Options) (*Child, error) {
	return start(cmd, o, func(c *Child) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.over {
			return syscall.EINTR
		}
		if err := c.start(); err != nil {
			return err
		}
		c.set = s
		s.running = append(s.running, c)
		return nil
	})
}

// End sends a signal to every child and its group, and SIGKILL to those that have not
// ended after grace; it does not wait for these. No other child can be started.
func (s *Set) End(sig syscall.Signal, grace time.Duration) {
	s.mu.Lock()
	s.over = true
	left := slices.Clone(s.running)
	s.mu.Unlock()
	var all sync.WaitGroup
	for _, c := range left {
		all.Go(func() { c.end(sig, grace) })
	}
	all.Wait()
}

func (s *Set) remove(c *Child) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = slices.DeleteFunc(s.running, func(o *Child) bool { return o == c })
}
