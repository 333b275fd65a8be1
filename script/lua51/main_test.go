package lua51

import (
	"os"
	"testing"

	"sosh/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m)) }
