package suite

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

// memoryPause is the interval of the memory checks; a test can exceed its limit by what
// it allocates in that time.
const memoryPause = 10 * time.Millisecond

// collectAt is how much memory the process may take, at least, before the garbage
// collector works harder to keep it.
const collectAt = 256 << 20

// watchMemory stops tests that exceed the memory limit, until ctx ends. It measures the
// running tests only when the whole heap exceeds the limit, which is mostly not garbage
// then: the collector has the same limit. As no Lua runs while it measures, it does so
// again only after the tests have allocated what they had left, or a part of the limit.
func (r *runner) watchMemory(ctx context.Context) {
	if r.Memory <= 0 {
		return
	}
	limit := max(r.Memory, collectAt)
	was := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(was)
	debug.SetMemoryLimit(min(was, limit))
	// Package runtime/metrics, which would not stop the world for this, makes
	// every start of the program slower.
	var stats runtime.MemStats
	ticker := time.NewTicker(memoryPause)
	defer ticker.Stop()
	measureAt := uint64(0) // of all that was ever allocated
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		runtime.ReadMemStats(&stats)
		if int64(stats.HeapAlloc) < r.Memory || stats.TotalAlloc < measureAt {
			continue
		}
		r.mu.Lock()
		files := make([]*testFile, 0, len(r.running))
		for f := range r.running {
			files = append(files, f)
		}
		r.mu.Unlock()
		total, left := int64(0), r.Memory
		for _, f := range files {
			held := f.enforceMemory(r.Memory)
			total += held
			left = min(left, r.Memory-held)
		}
		runtime.ReadMemStats(&stats)
		measureAt = stats.TotalAlloc + uint64(max(left, r.Memory/16))
		debug.SetMemoryLimit(min(was, max(limit, total+total/4))) // of parallel tests
	}
}
