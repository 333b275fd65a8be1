package proxyserver

import (
	"os"
	"testing"

	"sosh/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.RunParallel(m)) }
