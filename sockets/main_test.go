package sockets

import (
	"os"
	"testing"

	"sosh/internal/leak"
)

// TestMain fails a run that leaves goroutines or descriptors behind.
func TestMain(m *testing.M) {
	os.Exit(leak.RunParallel(m))
}
