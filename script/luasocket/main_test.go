package luasocket

import (
	"os"
	"testing"

	"sosh/internal/leak"
	"sosh/script/lua51"
)

// The tests mainly run Lua, so the collector does as for `sosh run`.
func TestMain(m *testing.M) {
	lua51.PaceCollector()
	leak.Parallel() // not leak.Run: the collector closes what a Lua program leaves open
	os.Exit(m.Run())
}
