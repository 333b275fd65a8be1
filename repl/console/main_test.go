package console

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain runs the tests, after which no goroutine and no descriptor may be
// left; or, started by one of them in a terminal, it is the program that
// consoleProgram runs there.
func TestMain(m *testing.M) {
	// The terminal is that of the tests, whatever they run in.
	os.Setenv("TERM", "xterm-256color")
	os.Unsetenv("NO_COLOR")
	if os.Getenv("CONSOLE_PROGRAM") != "" {
		os.Exit(consoleProgram())
	}
	openPoller()
	before := openFiles()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if after := openFiles(); code == 0 && after != before {
			fmt.Fprintf(os.Stderr, "%d descriptors at the start, %d at the end\n", before, after)
			code = 1
		}
		os.Exit(code)
	}))
}

// openPoller makes the runtime open the descriptors that it keeps.
func openPoller() {
	if r, w, err := os.Pipe(); err == nil {
		r.Close()
		w.Close()
	}
}

// openFiles counts this process's descriptors, where the system lists them.
func openFiles() int {
	names, _ := os.ReadDir("/proc/self/fd")
	return len(names)
}
