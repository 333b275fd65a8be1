package sockets

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"

	"sosh/internal/leak"
)

// TestMain fails a run that leaves goroutines or descriptors behind.
func TestMain(m *testing.M) {
	// The parallel tests wait more than they compute. Those that count goroutines, memory or
	// processor time are not parallel, and so run alone.
	if err := flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
	os.Exit(leak.Run(m))
}
