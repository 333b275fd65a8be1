package repl

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"

	"sosh/internal/leak"
)

// TestMain runs the tests, after which no goroutine and no descriptor may be
// left; or, started by one of them in a terminal, it is the program that
// liveShell runs there.
func TestMain(m *testing.M) {
	if os.Getenv("LIVE_SHELL") != "" {
		os.Exit(liveShell())
	}
	// The tests in a terminal wait for their shells more than they compute.
	if err := flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
	os.Exit(leak.Run(m))
}
