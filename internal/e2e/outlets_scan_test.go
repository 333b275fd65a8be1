package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unlisted are the directories in which outlets are not looked for: those of tests,
// and show, which does the escaping.
var unlisted = []string{"testdata", "bench", "internal/leak", "internal/show"}

// outlets returns the places in the source where text leaves the program, or gets
// past the escaping of package show, as "PACKAGE FUNCTION: WHAT": standard output
// and error, files that are created, conversions to show.Trusted, and raw addresses.
// All else that is printed is show.Trusted, which the compiler checks; and package
// sockets prints nothing, and its errors quote an address.
func outlets(t *testing.T) []string {
	t.Helper()
	found := make(map[string]bool)
	err := fs.WalkDir(os.DirFS(top), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (slices.Contains(unlisted, path) || strings.HasPrefix(d.Name(), ".") && path != ".") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(top, path), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range f.Decls {
			name := "var"
			if fn, ok := decl.(*ast.FuncDecl); ok {
				name = fn.Name.Name
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				if what := outlet(n); what != "" && !(what == "Raw" && strings.HasPrefix(path, "sockets/")) {
					pkg := strings.TrimPrefix(filepath.Dir(path), ".")
					found[strings.TrimSpace(pkg+" "+name)+": "+what] = true
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for o := range found {
		list = append(list, o)
	}
	slices.Sort(list)
	return list
}

// outlet returns what makes a node of the syntax tree an outlet, or "".
func outlet(n ast.Node) string {
	sel, ok := n.(*ast.SelectorExpr)
	if call, isCall := n.(*ast.CallExpr); isCall {
		sel, ok = call.Fun.(*ast.SelectorExpr)
		if !ok {
			return ""
		}
		pkg, _ := sel.X.(*ast.Ident)
		switch {
		case sel.Sel.Name == "Raw" && len(call.Args) == 0:
			return "Raw"
		case pkg == nil:
			return ""
		case pkg.Name == "show" && sel.Sel.Name == "Trusted":
			if _, constant := call.Args[0].(*ast.BasicLit); !constant {
				return "show.Trusted"
			}
		case pkg.Name == "fmt" && strings.HasPrefix(sel.Sel.Name, "Print"):
			return "fmt." + sel.Sel.Name
		case pkg.Name == "os" && slices.Contains([]string{"Create", "OpenFile", "WriteFile", "CreateTemp"}, sel.Sel.Name):
			return "os." + sel.Sel.Name
		}
		return ""
	}
	if !ok {
		return ""
	}
	if pkg, _ := sel.X.(*ast.Ident); pkg != nil && pkg.Name == "os" && (sel.Sel.Name == "Stdout" || sel.Sel.Name == "Stderr") {
		return "os." + sel.Sel.Name
	}
	return ""
}

// TestOutlets fails on an outlet that is not listed in outlets_test.go, with the
// path of hostilePaths that tries it or the reason why no foreign text gets
// there.
func TestOutlets(t *testing.T) {
	paths := make(map[string]bool)
	for _, p := range hostilePaths {
		paths[p.name] = true
	}
	found := outlets(t)
	for _, o := range found {
		if path, ok := listedOutlets[o]; !ok {
			t.Errorf("listedOutlets in outlets_test.go lacks an outlet: if it moved, rename its row, else add a path that tries it to hostilePaths, and\n%q: \"PATH\",", o)
		} else if !paths[path] && !strings.HasPrefix(path, "none: ") {
			t.Errorf("%s is tried by %q, which is no path", o, path)
		}
	}
	for o := range listedOutlets {
		if !slices.Contains(found, o) {
			t.Errorf("listedOutlets in outlets_test.go has %q, which is not in the source", o)
		}
	}
}
