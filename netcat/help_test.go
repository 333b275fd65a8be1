package netcat

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// flagWord is a flag as a text has it.
var flagWord = regexp.MustCompile(`(?:^|[\s(])(-[A-Za-z0-9]|--[a-z][a-z-]+)\b`)

// TestScreens: what --help tells fits a screen, has every flag, and no other.
func TestScreens(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		table      []flag
		known      []string // of the other dialect
	}{
		{"nc", openbsdScreen, openbsdFlags(), []string{"--ssl", "--help"}},
		{"ncat", ncatScreen, ncatFlags(), nil},
	} {
		lines := strings.Split(strings.TrimSuffix(tt.text, "\n"), "\n")
		if len(lines) < 24 || len(lines) > 50 {
			t.Errorf("%s: %d lines, want 24 to 50", tt.name, len(lines))
		}
		for _, l := range lines {
			if utf8.RuneCountInString(l) > 80 {
				t.Errorf("%s: more than 80 columns: %s", tt.name, l)
			}
		}
		has := map[string]bool{}
		for _, m := range flagWord.FindAllStringSubmatch(tt.text, -1) {
			has[m[1]] = true
		}
		for _, f := range tt.table {
			for _, name := range f.names() {
				if !f.hidden && !has[name] {
					t.Errorf("%s: nothing on %s", tt.name, name)
				}
				delete(has, name)
			}
		}
		for name := range has {
			if !slices.Contains(tt.known, name) {
				t.Errorf("%s: %s is no flag", tt.name, name)
			}
		}
	}
}
