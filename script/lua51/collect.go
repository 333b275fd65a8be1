package lua51

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
)

// Go collects garbage when the heap has twice the size of the live data, and first at
// 4 MB. A script creates garbage fast and keeps little, so the collector would run
// most of the time. Here it first runs at firstCollection, and uses Go's default
// once half of that is live.
const (
	firstCollection = 16 << 20
	firstPercent    = 100 * firstCollection / (4 << 20)
)

// PaceCollector sets this for the process, unless its user has set GOGC. It is for programs
// that mainly run Lua; a prompt does not use it, to keep its memory small. It
// may be called concurrently, and more than once.
func PaceCollector() { paceCollector() }

var paceCollector = sync.OnceFunc(func() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(firstPercent)
		afterCollection(&collection{percent: firstPercent})
	}
})

// A collection is garbage as soon as it is created: its finalizer runs after each
// garbage collection.
type collection struct{ percent uint64 }

func afterCollection(c *collection) {
	runtime.SetFinalizer(c, func(c *collection) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		c.percent = nextPercent(c.percent, m.NextGC)
		debug.SetGCPercent(int(c.percent))
		afterCollection(c)
	})
}

// nextPercent returns by how much the heap may grow, given the current percentage and
// the size that it led to.
func nextPercent(percent, size uint64) uint64 {
	return min(max(percent*firstCollection/max(size, 1), 100), firstPercent)
}
