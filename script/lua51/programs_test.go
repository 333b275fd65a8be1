package lua51

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sosh/internal/racedetector"
)

var updateGolden = flag.Bool("lua.update", false, "make the golden output of testdata/lua anew, with lua5.1")

// TestLua runs the programs of testdata/lua. Their golden output was made by
// lua5.1, which is asked again where it is installed.
func TestLua(t *testing.T) {
	t.Chdir("../../testdata/lua")
	files, err := filepath.Glob("*.lua")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs in testdata/lua")
	}
	for _, f := range files {
		name := strings.TrimSuffix(f, ".lua")
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if *updateGolden {
				out, err := exec.Command(lua51(t), f).Output()
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name+".golden", out, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			golden, err := os.ReadFile(name + ".golden")
			if err != nil {
				t.Fatal(err)
			}
			if got := runLua(t, string(src), f); got != string(golden) {
				t.Errorf("output differs from %s.golden:\n%s", name, diffLines(got, string(golden)))
			}
		})
		t.Run(name+"/lua5.1", func(t *testing.T) {
			path := lua51(t)
			golden, err := os.ReadFile(name + ".golden")
			if err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(path, f).Output()
			if err != nil {
				t.Fatal(err)
			}
			if string(out) != string(golden) {
				t.Errorf("lua5.1 differs from %s.golden:\n%s", name, diffLines(string(out), string(golden)))
			}
		})
	}
}

// diffLines shows the lines that differ, up to the first that is missing.
func diffLines(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	var b strings.Builder
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			b.WriteString("line " + strconv.Itoa(i+1) + "\n")
			if i < len(g) {
				b.WriteString("  got  " + g[i] + "\n")
			}
			if i < len(w) {
				b.WriteString("  want " + w[i] + "\n")
			}
			if i >= len(g) || i >= len(w) {
				break
			}
		}
	}
	return b.String()
}

// TestLuaSuite runs Lua's own test programs that gopher-lua's module carries and
// passes. They write files where they are.
func TestLuaSuite(t *testing.T) {
	if racedetector.On {
		t.Skip("takes minutes with the race detector")
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/gopher-lua").Output()
	if err != nil {
		t.Skip("the module of gopher-lua can't be found: ", err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(strings.TrimSpace(string(out)), "_lua5.1-tests"))); err != nil {
		t.Skip("the module has no tests: ", err)
	}
	err = filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chmod(p, 0o777)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, name := range []string{"attrib", "calls", "closure", "constructs", "events", "files", "literals", "locals", "math", "pm", "sort", "strings", "vararg", "api", "checktable", "code"} {
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(name + ".lua")
			if err != nil {
				t.Fatal(err)
			}
			if out := runLua(t, string(src), name+".lua"); strings.Contains(out, "error: ") || strings.Contains(out, "syntax error") {
				t.Error(out[max(0, len(out)-2000):])
			}
		})
	}
}
