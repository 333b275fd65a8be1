package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go/parser"
	"go/token"
)

// rooms says which packages of this module each may import; every one may
// import internal/*. The arrows run one way: main -> repl -> script -> sockets,
// main -> script/suite -> script, main -> netcat -> sockets. internal/* and bench/* import none of them.
var rooms = map[string][]string{
	"sosh":                 {"sosh/repl", "sosh/script", "sosh/script/suite", "sosh/netcat", "sosh/sockets"},
	"sosh/repl":            {"sosh/script", "sosh/sockets", "sosh/sockets/sockopt"},
	"sosh/script":          {"sosh/sockets", "sosh/sockets/sockopt"},
	"sosh/script/suite":    {"sosh/script"},
	"sosh/netcat":          {"sosh/sockets"},
	"sosh/sockets":         {"sosh/sockets/sockopt"},
	"sosh/sockets/sockopt": {},
}

// keepers says who may import a module of others: one package, or the files of
// one package whose names begin with a word.
var keepers = map[string]string{
	"github.com/chzyer/readline":   "repl/console",
	"github.com/fatih/color":       "repl/color",
	"github.com/yuin/gopher-lua":   "script/",
	"github.com/spf13/cobra":       "main",
	"github.com/fsnotify/fsnotify": "script/suite/watch",
	"github.com/pion/dtls":         "sockets/dtls",
	"github.com/pion/logging":      "sockets/dtls",
}

type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// TestImports fails on an import that runs against the order of the rooms.
func TestImports(t *testing.T) {
	t.Parallel()
	list := packages(t)
	for _, p := range list {
		may, ok := rooms[p.ImportPath]
		aside := strings.HasPrefix(p.ImportPath, "sosh/internal/") || strings.HasPrefix(p.ImportPath, "sosh/bench/")
		if !ok && !aside {
			t.Errorf("%s is a room that this test does not know: what may it import?", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if strings.HasPrefix(imp, "sosh/") && !strings.HasPrefix(imp, "sosh/internal/") && !slices.Contains(may, imp) {
				t.Errorf("%s imports %s, which it may not (it may: %s)", p.ImportPath, imp, strings.Join(may, ", "))
			}
		}
	}
	if len(list) < 5 {
		t.Errorf("go list found %d packages", len(list))
	}
}

// TestKeepers fails on a module that is imported by another file than the one
// that keeps it from the rest.
func TestKeepers(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, p := range packages(t) {
		for _, file := range p.GoFiles {
			path := filepath.Join(p.Dir, file)
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range f.Imports {
				imp := strings.Trim(spec.Path.Value, `"`)
				for module, keeper := range keepers {
					if imp != module && !strings.HasPrefix(imp, module+"/") {
						continue
					}
					seen[module] = true
					if !strings.HasPrefix(filepath.ToSlash(rel), keeper) {
						t.Errorf("%s imports %s, which only %s*.go may", rel, imp, keeper)
					}
				}
			}
		}
	}
	for module := range keepers {
		if !seen[module] {
			t.Errorf("nothing imports %s: this test looks for the wrong name", module)
		}
	}
}
