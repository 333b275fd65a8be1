package lua51

import "testing"

// TestNextPercent looks at what the collector is told when little is alive, more,
// and much.
func TestNextPercent(t *testing.T) {
	for _, c := range []struct{ percent, size, want uint64 }{
		{firstPercent, firstCollection, firstPercent},
		{firstPercent, 2 * firstCollection, firstPercent / 2},
		{firstPercent, 50 * firstCollection, 100},
		{100, 4 << 20, firstPercent},
		{100, 0, firstPercent},
	} {
		if got := nextPercent(c.percent, c.size); got != c.want {
			t.Errorf("%d %%, %d bytes: %d, want %d", c.percent, c.size, got, c.want)
		}
	}
}
