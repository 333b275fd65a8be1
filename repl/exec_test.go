package repl

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLongLua: a statement of Lua, and a file, of thousands of lines take a
// time in proportion. A minute is a hundred times what they need; with the
// square of the lines it took many.
func TestLongLua(t *testing.T) {
	t.Parallel()
	const lines = 8000
	var table, single strings.Builder
	table.WriteString("\n\nt = {\n")
	for i := range lines {
		fmt.Fprintf(&table, "  {name = \"x%d\", %d},\n", i, i)
		fmt.Fprintf(&single, "x = %d\n", i)
	}
	table.WriteString("}\nprint(#t) error(\"end\")\n")
	single.WriteString("print(x) error(\"end\")\n")
	for want, text := range map[string]string{
		"8000\n": table.String(),
		"7999\n": single.String(),
	} {
		f, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		s := testShell(t, &output{stdout: f, stderr: f}, false)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		err = s.exec(ctx, text, "long.sosh")
		if ctx.Err() != nil {
			t.Error("it takes more than a minute")
		}
		cancel()
		out, _ := os.ReadFile(f.Name())
		if line := fmt.Sprintf("long.sosh:%d: end", strings.Count(text, "\n")); string(out) != want || err == nil || !strings.Contains(err.Error(), line) {
			t.Errorf("prints %q, %v; want %q and %q", string(out), err, want, line)
		}
		s.end()
		f.Close()
	}
}

// TestPastedLua: lines that come one after the other are compiled when they
// may be whole, and now and then before.
func TestPastedLua(t *testing.T) {
	inc := &incomplete{rest: "t = {", tried: len("t = {")}
	inc.outline.Add(inc.rest)
	tries := 0
	for i := range 5000 {
		if inc.add(fmt.Sprintf("  %d,", i)) {
			inc.tried = len(inc.rest)
			tries++
		}
	}
	if tries > 200 || tries < 20 {
		t.Errorf("compiled %d times", tries)
	}
	if !inc.add("}") {
		t.Error("not compiled at its end")
	}
}
