package lua51

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// gopher-lua's functions for any key find only strings and the array of a table.
var keyFunctions = regexp.MustCompile(`\.(RawGet|RawSet|RawGetH|RawSetH|ForEach|GetTable|SetTable|MaxN)\(|\.Next\((lua\.LNil|k)\)`)

// TestTableUsers looks for Go code that uses them.
func TestTableUsers(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(src), "\n") {
			if keyFunctions.MatchString(line) && !strings.HasSuffix(path, "internals_assign.go") {
				t.Errorf("%s:%d: %s\nuse lua51.Get, Set, Index or Each", path, i+1, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
