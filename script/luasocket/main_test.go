package luasocket

import (
	"os"
	"testing"

	"sosh/script/lua51"
)

// The tests mainly run Lua, so the collector does as for `sosh run`.
func TestMain(m *testing.M) {
	lua51.PaceCollector()
	os.Exit(m.Run())
}
