package console

import (
	"os"
	"testing"

	"sosh/internal/leak"
	"sosh/internal/termtest"
)

// TestMain runs the tests, after which no goroutine and no descriptor may be
// left; or, started by one of them in a terminal, it is the program that
// consoleProgram runs there.
func TestMain(m *testing.M) {
	// The terminal is that of the tests, whatever they run in.
	os.Setenv("TERM", "xterm-256color")
	if os.Getenv("CONSOLE_PROGRAM") != "" {
		os.Exit(consoleProgram())
	}
	termtest.CatchIgnored()
	os.Exit(leak.RunParallel(m))
}
