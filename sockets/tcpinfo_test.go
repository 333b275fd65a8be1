package sockets

import (
	"math"
	"testing"
	"time"
)

func TestFormatDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 850 * time.Microsecond: "850µs", 1234567: "1.2ms", 200 * time.Millisecond: "200ms",
		45*time.Second + 10*time.Millisecond: "45s", 130*time.Second + 400*time.Millisecond: "2m10s",
	} {
		if got := formatDuration(d); got != want {
			t.Errorf("%d: %s, want %s", d, got, want)
		}
	}
}

func TestFormatBytes(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 65536: "64.0 KiB", 1<<20 - 1: "1.0 MiB", 1300000: "1.2 MiB", math.MaxUint64: "16.0 EiB",
	} {
		if got := formatBytes(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
