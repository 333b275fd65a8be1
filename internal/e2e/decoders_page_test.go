package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDecodersPage runs the programs of doc/decoders.md. TestLiveDecodersPage in
// package repl runs what is typed at a prompt.
func TestDecodersPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../doc/decoders.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ran := 0
	pageBlock := regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	for _, m := range pageBlock.FindAllStringSubmatch(string(page), -1) {
		switch kind, text := m[1], m[2]; kind {
		case "lua":
			name := strings.TrimPrefix(text[:strings.Index(text, "\n")], "-- ")
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		case "console":
			command, want, _ := strings.Cut(text, "\n")
			cmd := exec.Command("sosh", strings.Fields(strings.TrimPrefix(command, "$ sosh "))...)
			cmd.Dir = dir
			out, _ := cmd.CombinedOutput()
			if ran++; !strings.Contains(strings.ReplaceAll(string(out), "\n  ", "\n"), strings.TrimSpace(want)) {
				t.Errorf("%s\n got %s\nwant %s", command, out, want)
			}
		}
	}
	if ran < 2 {
		t.Errorf("%d commands ran", ran)
	}
}
