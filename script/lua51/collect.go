package lua51

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
)

// Go collects garbage once the heap is twice as large as what was alive, and first
// at 4 MB. A script makes garbage fast and keeps little, so that the collector would
// run most of the time. Here it runs at firstCollection, and as Go has it once half
// of that is alive.
const (
	firstCollection = 16 << 20
	firstPercent    = 100 * firstCollection / (4 << 20)
)

// PaceCollector sets this for the process, unless its user has set GOGC. It is for programs
// that run Lua and not much else; a prompt, whose memory is to stay small, does without. It
// may be called concurrently, and more than once.
func PaceCollector() { paceCollector() }

var paceCollector = sync.OnceFunc(func() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(firstPercent)
		afterCollection(&collection{percent: firstPercent})
	}
})

// A collection is garbage as soon as it is made: its finalizer runs after each one.
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

// nextPercent is by how much the heap may grow, given by how much it may so far and
// the size that this led to.
func nextPercent(percent, size uint64) uint64 {
	return min(max(percent*firstCollection/max(size, 1), 100), firstPercent)
}
