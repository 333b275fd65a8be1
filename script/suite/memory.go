package suite

import (
	"context"
	"runtime"
	"time"
)

// memoryPause is how often the memory is looked at; what a test may hold beyond
// its limit is what it takes meanwhile.
const memoryPause = 10 * time.Millisecond

// watchMemory ends tests that hold more than they may. Only where the heap is
// larger than the limit is each of them asked what it holds.
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
