package repl

import (
	"os"
	"testing"

	"sosh/internal/leak"
	"sosh/internal/termtest"
)

// TestMain runs the tests, after which no goroutine and no descriptor may be
// left; or, started by one of them in a terminal, it is the program that
// liveShell runs there.
func TestMain(m *testing.M) {
	if os.Getenv("LIVE_SHELL") != "" {
		os.Exit(liveShell())
	}
	termtest.CatchIgnored()
	os.Exit(leak.RunParallel(m))
}
