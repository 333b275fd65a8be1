package show

import (
	"strings"
	"testing"
)

// BenchmarkFold is the cost of one draw of a flood: 4 KiB, in lines that are too
// wide.
func BenchmarkFold(b *testing.B) {
	text := Trusted(strings.Repeat(strings.Repeat("x", 999)+"\n", 4))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Fold(text, 80)
	}
}
