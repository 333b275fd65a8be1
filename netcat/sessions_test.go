package netcat

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFlagsHaveSessions: every flag of both tables is used by a session of its
// dialect in testdata/script.
func TestFlagsHaveSessions(t *testing.T) {
	files, err := filepath.Glob("../testdata/script/nc*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no sessions: ", err)
	}
	used := map[string]map[*flag]bool{"nc": {}, "ncat": {}}
	tables := map[string][]flag{"nc": openbsdFlags(), "ncat": ncatFlags()}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			_, call, ok := strings.Cut(line, "sosh nc")
			if !ok {
				continue
			}
			words := strings.Fields("nc" + call)
			if table := tables[words[0]]; table != nil {
				markUsed(table, words[1:], used[words[0]])
			}
		}
	}
	for dialect, table := range tables {
		for i := range table {
			if f := &table[i]; !used[dialect][f] && len(f.long) != 1 { // which is the letter's other name
				t.Errorf("no session uses sosh %s %s", dialect, strings.Join(f.names(), " or "))
			}
		}
	}
}

// markUsed notes which flags of a table stand among words.
func markUsed(table []flag, words []string, used map[*flag]bool) {
	for i := 0; i < len(words); i++ {
		word := strings.Trim(words[i], "'")
		if name, ok := strings.CutPrefix(word, "--"); ok {
			name, _, given := strings.Cut(name, "=")
			for j := range table {
				if f := &table[j]; f.long != "" && f.long == name {
					used[f] = true
					if f.arg != "" && !given {
						i++
					}
				}
			}
			continue
		}
		letters, ok := strings.CutPrefix(word, "-")
		for ok && letters != "" {
			letter := letters[:1]
			letters = letters[1:]
			for j := range table {
				if f := &table[j]; f.letter == letter {
					used[f] = true
					if f.arg != "" && letters == "" {
						i++
					}
					if f.arg != "" {
						letters = ""
					}
				}
			}
		}
	}
}
