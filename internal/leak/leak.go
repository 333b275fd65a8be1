// Package leak is for tests: it finds what a run of tests leaves behind, and has tests run
// side by side, or in a process of their own. It imports no package of this module but
// internal/freeport.
package leak

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"sosh/internal/freeport"

	"go.uber.org/goleak"
)

// Run runs tests and returns their status, which is a failure if a goroutine
// or a descriptor is left when they have ended.
func Run(m interface{ Run() int }) int {
	before := Descriptors()
	code := m.Run()
	freeport.Close()
	if code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if after := Descriptors(); len(after) > len(before) {
		fmt.Fprintf(os.Stderr, "descriptors: %d before the tests, %d after: %s\n", len(before), len(after), strings.Join(after, ", "))
		return 1
	}
	return 0
}

// Parallel is called before tests that wait for other programs, or for time to pass, more than
// they compute: six parallel tests for each processor run side by side, unless -parallel says
// otherwise. What counts goroutines, memory or processor time runs [Alone].
func Parallel() {
	// The flags of the command line are read after this, by the tests.
	if err := flag.Set("test.parallel", strconv.Itoa(6*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
}

// RunParallel is [Run] after [Parallel].
func RunParallel(m interface{ Run() int }) int {
	Parallel()
	return Run(m)
}

// Descriptors lists what this process has open, without what the runtime keeps
// for itself; nothing where there is no /proc.
func Descriptors() []string {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil
	}
	var open []string
	for _, e := range list {
		to, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil && !strings.HasPrefix(to, "anon_inode:") {
			open = append(open, to)
		}
	}
	return open
}
