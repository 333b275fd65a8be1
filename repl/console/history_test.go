package console

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "history")
	cfg := Config{
		History: path,
		Keep:    func(line string) bool { return !strings.HasPrefix(line, " ") },
	}
	s := open(t, 40, 30, cfg)
	s.enter("one\r", "one")
	s.enter(" secret\r", " secret")
	s.enter("two\r", "two")
	s.enter("\r", "")
	s.enter("two\r", "two")
	s.enter("\x1b[200~a\nb\x1b[201~\r", "a\nb")
	want := []string{"one", "two", "a\nb"}
	if got := s.c.History(); !slices.Equal(got, want) {
		t.Errorf("history %q", got)
	}
	s.c.Close()
	for name, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		if st, err := os.Stat(name); err != nil || st.Mode() != mode {
			t.Errorf("%s: %v, %v", name, st.Mode(), err)
		}
	}

	s = open(t, 40, 30, cfg)
	if got := s.c.History(); !slices.Equal(got, want) {
		t.Errorf("history of the next session %q", got)
	}
	s.enter("\x1b[A\r", "a\nb")
	s.enter("t\x1b[A\r", "two") // what begins so
	s.enter("edited\x1b[A\x1b[B\r", "edited")
	s.enter("\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\r", "one") // one of them within the entry of two rows
	if len(s.warnings) > 0 {
		t.Errorf("warnings: %v", s.warnings)
	}
}

func TestHistoryMode(t *testing.T) {
	path := t.TempDir() + "/history"
	if err := os.WriteFile(path, []byte("one\n\n  \ntwo"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := open(t, 40, 12, Config{History: path})
	if st, err := os.Stat(path); err != nil || st.Mode() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	if got := s.c.History(); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("history %q", got)
	}
	s.enter("three\r", "three")
	if got, err := os.ReadFile(path); !strings.HasPrefix(string(got), "one\n\n  \ntwo\n{") || !strings.Contains(string(got), "three") || err != nil {
		t.Errorf("file %q, %v", got, err)
	}
}

// TestHistoryFails: one warning, and all else works.
func TestHistoryFails(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path string
		err        error
	}{
		{"no directory", file + "/history", syscall.ENOTDIR},
		{"a directory", filepath.Dir(file), syscall.EISDIR},
	}
	if runtime.GOOS == "linux" {
		tests = append(tests, struct {
			name, path string
			err        error
		}{"a full disk", "/dev/full", syscall.ENOSPC})
	}
	for _, test := range tests {
		s := open(t, 40, 12, Config{History: test.path})
		s.enter("one\r", "one")
		s.enter("two\r", "two")
		s.enter("\x1b[A\x1b[A\r", "one")
		if len(s.warnings) != 1 || !errors.Is(s.warnings[0], test.err) {
			t.Errorf("%s: warnings %v", test.name, s.warnings)
		}
	}
}
