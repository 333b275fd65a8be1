package lua51

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestUnclosed compares the errors of chunks that end too early with those of
// lua5.1.
func TestUnclosed(t *testing.T) {
	chunks := []string{
		"function f()\n  if x then\n  end\n",
		"test('a', function(t)\n  if true then\n    t:eq(1)\n  end\n\ntest('b', function(t)\nend)\n",
		"while x do\n  f()\n",
		"for i = 1, 3 do\n  while true do f() end\n",
		"repeat\n  f()\n",
		"f(1,\n  2\n",
		"t = {\n  1,\n  'end }'\n",
		"t[\n1",
		"do\n -- end\n --[[ end ]]\n s = [==[ end ]==]\n",
		"if x then\nelseif y then\nelse\n",
		"function f()",
		"local function f() return function()\nend\n",
		"while (function() do end return 1 end)() do\n",
		"t = {['end'] = 1, f = function() end\n",
	}
	lua, err := exec.LookPath("lua5.1")
	if err != nil {
		if os.Getenv("SOSH_REQUIRE_PEERS") != "" {
			t.Fatal(err)
		}
		t.Skip("no lua5.1")
	}
	for _, chunk := range chunks {
		file := filepath.Join(t.TempDir(), "chunk.lua")
		if err := os.WriteFile(file, []byte(chunk), 0o644); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.Command(lua, file).CombinedOutput()
		_, want, _ := strings.Cut(strings.TrimSpace(string(out)), file+":")
		_, err := Compile(chunk, file)
		if err == nil {
			t.Errorf("%q compiles", chunk)
			continue
		}
		if _, got, _ := strings.Cut(err.Error(), file+":"); got != want {
			t.Errorf("%q\ngot  %s\nwant %s", chunk, got, want)
		}
	}
}
