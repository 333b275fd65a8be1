package lua51

import (
	"os"
	"runtime"
	"testing"
	"time"

	"sosh/internal/leak"
)

// The tests mainly run Lua, so the collector does as for `sosh run`.
func TestMain(m *testing.M) {
	PaceCollector()
	os.Exit(leak.Run(collected{m}))
}

// collected runs the tests, and then waits until the collector has closed the files that
// programs in Lua have dropped, which is how Lua closes them.
type collected struct{ m *testing.M }

// Run returns the status of the run.
func (c collected) Run() int {
	before := len(leak.Descriptors())
	code := c.m.Run()
	for until := time.Now().Add(5 * time.Second); len(leak.Descriptors()) > before && time.Now().Before(until); time.Sleep(time.Millisecond) {
		runtime.GC()
	}
	return code
}
