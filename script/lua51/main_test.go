package lua51

import (
	"os"
	"testing"

	"sosh/internal/leak"
)

// The tests mainly run Lua, so the collector does as for `sosh run`.
func TestMain(m *testing.M) {
	PaceCollector()
	os.Exit(leak.Run(m))
}
