package suite

import (
	"context"
	"runtime"
	"time"
)

// memoryPause is the interval of the memory checks; a test can exceed its limit by what
// it allocates in that time.
const memoryPause = 10 * time.Millisecond

// watchMemory stops tests that exceed the memory limit. It measures each running test
// only when the whole heap exceeds the limit, until ctx ends.
func (r *runner) watchMemory(ctx context.Context) {
	if r.Memory <= 0 {
		return
	}
	// Package runtime/metrics, which would not stop the world for this, makes
	// every start of the program slower.
	var stats runtime.MemStats
	ticker := time.NewTicker(memoryPause)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		runtime.ReadMemStats(&stats)
		if int64(stats.HeapAlloc) < r.Memory {
			continue
		}
		r.mu.Lock()
		files := make([]*testFile, 0, len(r.running))
		for f := range r.running {
			files = append(files, f)
		}
		r.mu.Unlock()
		for _, f := range files {
			f.enforceMemory(r.Memory)
		}
	}
}
