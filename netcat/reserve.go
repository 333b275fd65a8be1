package netcat

import (
	"sync"

	"sosh/internal/child"

	"golang.org/x/sys/unix"
)

// maxReserve is enough descriptors to start a program: four for its two pipes, and what
// os/exec and the runtime need until it runs. Three of them stay in use.
const maxReserve = 10

// A reserve holds descriptors back so that the program of an accepted client can start
// when no others are free. Otherwise a crowd of clients could use all descriptors before
// any of them has its program, and none would ever end. The zero reserve is empty. Its
// methods may be called concurrently.
type reserve struct {
	mu   sync.Mutex
	size int // how many it should hold
	held []int
}

// open fills the reserve. If the limit of descriptors is too low, it takes half of what
// is left.
func (r *reserve) open() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.size = maxReserve
	if !r.fill() {
		r.size = len(r.held) / 2
		for _, fd := range r.held[r.size:] {
			unix.Close(fd)
		}
		r.held = r.held[:r.size]
	}
}

// close gives all descriptors back.
func (r *reserve) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.size = 0
	r.drop()
}

// full reports whether the reserve holds all its descriptors, after it has tried to take
// those that it lacks. While it is not full, no more clients should be accepted.
func (r *reserve) full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fill()
}

// start calls f, which starts a program, and again with the descriptors of the reserve
// if there were none. Only one program is started at a time.
func (r *reserve) start(f func() (*child.Child, error)) (*child.Child, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, err := f()
	if child.Retryable(err) && len(r.held) > 0 {
		r.drop()
		c, err = f()
		r.fill()
	}
	return c, err
}

func (r *reserve) fill() bool {
	for len(r.held) < r.size {
		fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return false
		}
		r.held = append(r.held, fd)
	}
	return true
}

func (r *reserve) drop() {
	for _, fd := range r.held {
		unix.Close(fd)
	}
	r.held = r.held[:0]
}
