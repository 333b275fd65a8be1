package lua51

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sosh/internal/leak"
	"sosh/internal/racedetector"
)

var updateGolden = flag.Bool("lua.update", false, "make the golden output of testdata/lua anew, with lua5.1")

// TestLua runs the programs of testdata/lua. Their golden output was made by
// lua5.1, which is asked again where it is installed.
func TestLua(t *testing.T) {
	if leak.Alone(t) {
		return
	}
	t.Chdir("../../testdata/lua")
	files, err := filepath.Glob("*.lua")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs in testdata/lua")
	}
	for _, f := range files {
		if racedetector.On && f == "compiler_limits.lua" {
			continue // it compiles for half a minute then, on one goroutine
		}
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
		if racedetector.On {
			continue
		}
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

// suiteStops are the programs of Lua's own tests that stop early here, and where,
// for what doc/lua.md says is different.
var suiteStops = map[string]string{
	"db.lua": "db.lua:19: hooks are not supported",
	"gc.lua": "gc.lua:111: assertion failed!", // counts the steps of the collector
}

// TestLuaSuite runs Lua's own test programs, which gopher-lua's module carries. What
// lua5.1 runs to its end does so here, and what it does not compile is refused here.
// They write files where they are.
func TestLuaSuite(t *testing.T) {
	if leak.Alone(t) {
		return
	}
	if racedetector.On {
		t.Skip("takes minutes with the race detector")
	}
	path := lua51(t)
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
	programs, err := filepath.Glob("*.lua")
	if err != nil || len(programs) < 20 {
		t.Fatalf("the module has %d tests (%v)", len(programs), err)
	}
	ran := 0
	for _, name := range programs {
		switch name {
		case "main.lua", "all.lua":
			continue // they test the program lua
		case "big.lua":
			continue // it needs a string that is too long, which has 4 GB
		}
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if name == "pm.lua" { // which Lua refuses as it is
				src = bytes.ReplaceAll(src, []byte("k=i, j do;"), []byte("k=i, j do"))
				if err := os.WriteFile(name, src, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			ours := runLua(t, string(src), name)
			got := ""
			if _, failed, ok := strings.Cut(ours, "error: "); ok || strings.HasPrefix(ours, name+":") {
				got, _, _ = strings.Cut(failed+ours, "\n")
			}
			want := ""
			if got != "" {
				if out, err := exec.Command(path, name).CombinedOutput(); err != nil {
					_, want, _ = strings.Cut(string(out), "lua5.1: ")
					want, _, _ = strings.Cut(want, "\n")
				}
			}
			switch stop := suiteStops[name]; {
			case stop != "":
				if got != stop {
					t.Errorf("it ends with %q (expected %q, or a shorter list of those that stop)", got, stop)
				}
			case got == "":
				ran++
			case got != want:
				t.Errorf("it ends with %q, in lua5.1 with %q\n%s", got, want, ours[max(0, len(ours)-2000):])
			}
		})
	}
	if ran < 18 {
		t.Errorf("%d programs ran to their ends", ran)
	}
}
