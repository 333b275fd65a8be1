package sockstat

import (
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
