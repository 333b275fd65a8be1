package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSecurityPage: each promise of doc/security.md names tests that exist.
func TestSecurityPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(top, "doc", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := exec.Command("grep", "-rhoE", "--include=*_test.go", "^func Test[A-Za-z0-9]+", top).Output()
	if err != nil {
		t.Fatal(err)
	}
	tests := make(map[string]bool)
	for _, line := range strings.Fields(string(list)) {
		tests[line] = true
	}
	namedSession := regexp.MustCompile("`([a-z0-9_]+\\.txtar)`")
	namedTest := regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
	promises := 0
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| promise") {
			continue
		}
		promises++
		sessions, names := namedSession.FindAllStringSubmatch(line, -1), namedTest.FindAllStringSubmatch(line, -1)
		if len(sessions)+len(names) == 0 {
			t.Errorf("a promise without a test: %s", line)
		}
		for _, s := range sessions {
			if _, err := os.Stat(filepath.Join(top, "testdata", "script", s[1])); err != nil {
				t.Error(err)
			}
		}
		for _, n := range names {
			if !tests[n[1]] {
				t.Errorf("no test is called %s", n[1])
			}
		}
	}
	if promises < 40 {
		t.Errorf("the page has %d promises", promises)
	}
}
