package sockets

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails a run that leaves goroutines or descriptors behind.
func TestMain(m *testing.M) {
	before := openDescriptors()
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if after := openDescriptors(); code == 0 && after > before {
		fmt.Fprintf(os.Stderr, "descriptors: %d before the tests, %d after\n", before, after)
		code = 1
	}
	os.Exit(code)
}

// openDescriptors counts this process's descriptors, without those that epoll
// keeps for the runtime; 0 where there is no /proc.
func openDescriptors() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	n := 0
	for _, e := range list {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && to != "anon_inode:[eventpoll]" && to != "anon_inode:[eventfd]" {
			n++
		}
	}
	return n
}
