package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// walls says what a package must not depend on, however far down: a package of
// this module with all that is below it, or a module of others.
var walls = map[string][]string{
	"sockets":               {"script", "repl", "netcat", "internal/cli", gopherLua, readline, cobra},
	"sockets/sockopt":       {"sockets/proxy", "sockets/sockstat", "script", "repl", "netcat", "internal/cli"},
	"sockets/tlsconf":       {"sockets/proxy", "sockets/sockopt", "sockets/sockstat", "script", "repl", "netcat", "internal/cli"},
	"sockets/sockstat":      {"sockets/proxy", "script", "repl", "netcat", "internal/cli"},
	"sockets/proxy":         {"script", "repl", "netcat", "internal/cli"},
	"sockets/whose":         {"script", "repl", "netcat", "internal/cli"},
	"internal/procnet":      {"script", "repl", "netcat", "sockets", "internal/cli", "internal/show"},
	"netcat":                {"script", "repl", "internal/cli", gopherLua, readline, cobra},
	"script":                {"script/suite", "script/annotate", "repl", "netcat", "internal/cli", readline, cobra},
	"script/lua51":          {"script/lualib", "script/suite", "script/annotate", "repl", "netcat", "sockets", "internal/cli"},
	"script/lua51/compiler": {"script/lualib", "script/suite", "script/annotate", "repl", "netcat", "sockets", "internal/cli"},
	"script/lualib":         {"script/suite", "script/annotate", "repl", "netcat", "sockets", "internal/cli"},
	"script/decoders":       {"script/suite", "script/annotate", "repl", "netcat", "sockets", "internal/cli"},
	"script/luasocket":      {"script/lualib", "script/suite", "script/annotate", "repl", "netcat", "internal/cli"},
	"script/suite":          {"repl", "netcat", "internal/cli", readline, cobra},
	"script/annotate":       {"script/suite", "repl", "netcat", "internal/cli", readline, cobra},
	"repl":                  {"script/annotate", "netcat", "internal/cli", cobra},
	"repl/console":          {"script", "netcat", "sockets", "internal/cli", gopherLua, cobra},
	"repl/lineedit":         {"internal/show", "repl/console", "script", "netcat", "sockets", "internal/cli", gopherLua, readline, cobra},
	"repl/history":          {"repl/console", "script", "netcat", "sockets", "internal/cli", gopherLua, readline, cobra},
	"internal/child":        {"script", "repl", "netcat", "sockets", "internal/cli"},
	"internal/http1":        {"script", "repl", "netcat", "sockets", "internal/cli"},
	"internal/luadoc":       {"script", "repl", "netcat", "sockets", "internal/cli", gopherLua},
	"internal/show":         {"script", "repl", "netcat", "sockets", "internal/cli"},
}

const (
	gopherLua = "github.com/yuin/gopher-lua"
	readline  = "github.com/chzyer/readline"
	cobra     = "github.com/spf13/cobra"
)

// keepers says who may import a module of others: the packages or files whose
// paths begin so.
var keepers = map[string]string{
	readline:                       "repl/console/",
	"github.com/fatih/color":       "repl/color",
	gopherLua:                      "script/",
	cobra:                          "internal/cli/",
	"github.com/fsnotify/fsnotify": "script/suite/watch",
	"github.com/pion/dtls":         "sockets/dtls",
	"github.com/pion/logging":      "sockets/dtls",
}

// A listed is a package as go list has it.
type listed struct {
	ImportPath  string
	Dir         string
	GoFiles     []string
	Imports     []string
	TestImports []string
	Deps        []string
}

// name is the package's path in this module, as CONTRIBUTING.md has it.
func (p listed) name() string {
	if p.ImportPath == "sosh" {
		return "main.go"
	}
	return strings.TrimPrefix(p.ImportPath, "sosh/")
}

// imports lists what the package imports of this module; for a package that has
// nothing but tests, what these import.
func (p listed) imports() []string {
	paths := p.Imports
	if slices.Equal(p.GoFiles, []string{"doc.go"}) {
		paths = p.TestImports
	}
	var names []string
	for _, path := range paths {
		if name, ok := strings.CutPrefix(path, "sosh/"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// packages lists the packages of this module as they are on Linux.
func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports,TestImports,Deps", "./...")
	cmd.Env = append(os.Environ(), "GOOS=linux")
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

// A row is a line of the table of packages in CONTRIBUTING.md.
type row struct{ name, what, imports string }

var rowPattern = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.*) \\| (.*) \\|$")

func (r row) String() string {
	return fmt.Sprintf("| `%s` | %s | %s |", r.name, r.what, r.imports)
}

// TestPackageTable: the table of packages in CONTRIBUTING.md has a row for each
// package, with what it imports of this module, and each imports only packages
// that stand below it.
func TestPackageTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n| package |")
	table, _, _ = strings.Cut(table, "\n\n")
	var rows []row
	for _, m := range rowPattern.FindAllStringSubmatch(table, -1) {
		rows = append(rows, row{m[1], m[2], m[3]})
	}
	position := func(name string) int {
		return slices.IndexFunc(rows, func(r row) bool { return r.name == name })
	}
	there := make(map[string]bool)
	for _, p := range packages(t) {
		there[p.name()] = true
		want := row{p.name(), "WHAT IT DOES", strings.Join(p.imports(), ", ")}
		if want.imports == "" {
			want.imports = "none"
		}
		at := position(p.name())
		if at < 0 {
			t.Errorf("the table of packages in CONTRIBUTING.md lacks %s: add this row, below all that import the package and above all that it imports:\n%s", p.name(), want)
			continue
		}
		if want.what = rows[at].what; rows[at] != want {
			t.Errorf("the row of %s in the table of packages in CONTRIBUTING.md is\n%s\nand should be\n%s", p.name(), rows[at], want)
		}
		for _, name := range p.imports() {
			if below := position(name); below >= 0 && below < at {
				t.Errorf("%s imports %s, which stands above it in the table of packages in CONTRIBUTING.md: imports run one way, down", p.name(), name)
			}
		}
	}
	for _, r := range rows {
		if !there[r.name] {
			t.Errorf("the table of packages in CONTRIBUTING.md has %s, which is not a package: delete the row", r.name)
		}
	}
}

var namedFile = regexp.MustCompile("`([A-Za-z0-9_.*-]+/[A-Za-z0-9_.*/-]+)`")

// TestNamedFiles: each path that CONTRIBUTING.md names is there.
func TestNamedFiles(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	names := namedFile.FindAllStringSubmatch(string(text), -1)
	for _, m := range names {
		if found, err := filepath.Glob(m[1]); err != nil || len(found) == 0 {
			t.Errorf("CONTRIBUTING.md names %s, which is not there", m[1])
		}
	}
	if len(names) < 20 {
		t.Errorf("CONTRIBUTING.md names %d files", len(names))
	}
}

// TestWalls fails on a package that depends on one that it must not know.
func TestWalls(t *testing.T) {
	t.Parallel()
	list := packages(t)
	known := func(name string) bool {
		return strings.Contains(name, ".") || slices.ContainsFunc(list, func(p listed) bool { return p.name() == name })
	}
	for name, behind := range walls {
		for _, wall := range append([]string{name}, behind...) {
			if !known(wall) {
				t.Errorf("the walls of %s name %s, which is not a package", name, wall)
			}
		}
	}
	for _, p := range list {
		for _, wall := range walls[p.name()] {
			for _, dep := range p.Deps {
				dep = strings.TrimPrefix(dep, "sosh/")
				if dep == wall || strings.HasPrefix(dep, wall+"/") {
					t.Errorf("%s depends on %s, which it must not know", p.name(), dep)
				}
			}
		}
	}
}

// TestKeepers fails on a module that is imported by another file than those that
// keep it from the rest.
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
						t.Errorf("%s imports %s, which only %s* may", rel, imp, keeper)
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

// TestNoPatternAtStart fails on a regular expression that is compiled before main: every program
// that runs sosh as nc would wait for it. sync.OnceValue compiles it when it is needed.
func TestNoPatternAtStart(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, file := range p.GoFiles {
			files := token.NewFileSet()
			f, err := parser.ParseFile(files, filepath.Join(p.Dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, decl := range f.Decls {
				if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.VAR {
					ast.Inspect(d, func(n ast.Node) bool {
						if x, ok := n.(*ast.SelectorExpr); ok && x.Sel.Name == "MustCompile" {
							t.Errorf("%s: a pattern that is compiled at start", files.Position(x.Pos()))
						}
						_, inner := n.(*ast.FuncLit)
						return !inner
					})
				}
			}
		}
	}
}
