package history

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func start(t *testing.T, path string, limit int) *Store {
	t.Helper()
	s, err := Open(path, limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func add(t *testing.T, s *Store, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if err := s.Add(line); err != nil {
			t.Errorf("add %q: %v", line, err)
		}
	}
}

func want(t *testing.T, s *Store, lines ...string) {
	t.Helper()
	if got := s.Lines(); !slices.Equal(got, lines) {
		t.Errorf("%q, want %q", got, lines)
	}
}

func TestSessions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "history")
	a := start(t, path, 0)
	add(t, a, "one", "one", "two\n\trows", "\x1b[31m\u202e")
	b := start(t, path, 0)
	want(t, b, "one", "two\n\trows", "\x1b[31m\u202e")
	add(t, b, "of b")
	add(t, a, "of a")
	add(t, b, "of b again")
	// The own lines of a session are its latest.
	want(t, a, "of b", "of b again", "one", "two\n\trows", "\x1b[31m\u202e", "of a")
	want(t, b, "one", "two\n\trows", "\x1b[31m\u202e", "of a", "of b", "of b again")
	c := start(t, path, 0)
	want(t, c, "one", "two\n\trows", "\x1b[31m\u202e", "of b", "of a", "of b again")
	for name, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		if st, err := os.Stat(name); err != nil || st.Mode() != mode {
			t.Errorf("%s: %v, %v", name, st.Mode(), err)
		}
	}
	if b, err := os.ReadFile(path); err != nil || strings.Count(string(b), "\n") != 6 {
		t.Errorf("the file: %q, %v", b, err)
	}
}

// TestOldFormat: a file of an older sosh is read, and goes on in the new format; damaged lines are skipped.
func TestOldFormat(t *testing.T) {
	path := t.TempDir() + "/history"
	old := "one\n\n  \nx = [[a\U0010FF0Ab]]\nright\U0010202Eleft\n" + // as they were written
		"\x00\x00\x00\nbad \xff\n{\"t\":1,\"l\":\"cut o\n{\"t\":\"x\",\"l\":\"wrong\"}\n{\"t\":1}\n" + strings.Repeat("x", maxEntry+1) + "\nlast"
	if err := os.WriteFile(path, []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	s := start(t, path, 0)
	want(t, s, "one", "x = [[a\nb]]", "right\u202eleft", "last")
	if st, err := os.Stat(path); err != nil || st.Mode() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	add(t, s, "new")
	want(t, start(t, path, 0), "one", "x = [[a\nb]]", "right\u202eleft", "last", "new")
}

func TestMasked(t *testing.T) {
	path := t.TempDir() + "/history"
	s := start(t, path, 0)
	line := "dial h:80 c via=socks5://joe:hunter2@h:1"
	add(t, s, line)
	want(t, s, line) // this session can recall it
	want(t, start(t, path, 0), "dial h:80 c via=socks5://joe:***@h:1")
	if b, _ := os.ReadFile(path); strings.Contains(string(b), "hunter2") {
		t.Errorf("the file has the password: %s", b)
	}
}

// TestShorten: the file is bounded, through a symbolic link too, and other sessions go on with the shorter one.
func TestShorten(t *testing.T) {
	dir := t.TempDir()
	path, link := dir+"/history", dir+"/link"
	var b strings.Builder
	for i := range 10 {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	a, other := start(t, link, 4), start(t, link, 4)
	want(t, a, "line 6", "line 7", "line 8", "line 9")
	add(t, other, "other")
	add(t, a, "new")
	want(t, a, "line 8", "line 9", "other", "new")
	want(t, other, "line 8", "line 9", "new", "other")
	add(t, other, "2", "3", "4", "5", "6")
	want(t, a, "4", "5", "6", "new")
	want(t, other, "3", "4", "5", "6")
	got, _ := os.ReadFile(path)
	if n := strings.Count(string(got), "\n"); n > 6 {
		t.Errorf("%d lines", n)
	}
	if st, err := os.Stat(path); err != nil || st.Mode() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	if names, _ := os.ReadDir(dir); len(names) != 2 {
		t.Errorf("left over: %v", names)
	}
}

// TestAtOnce: sessions that add at once lose nothing, though the file is shortened meanwhile.
func TestAtOnce(t *testing.T) {
	path := t.TempDir() + "/history"
	const sessions, each = 8, 40
	var all sync.WaitGroup
	for i := range sessions {
		s := start(t, path, sessions*each)
		all.Go(func() {
			for j := range each {
				if err := s.Add(fmt.Sprintf("session %d line %d", i, j)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := start(t, path, 0).Lines(); len(got) != sessions*each {
		t.Errorf("%d lines", len(got))
	}
}

// TestOtherProcess: a session in another process that holds the lock delays a line, but does not stop it.
func TestOtherProcess(t *testing.T) {
	if _, err := exec.LookPath("flock"); err != nil {
		t.Skip("no flock")
	}
	path := t.TempDir() + "/history"
	s := start(t, path, 0)
	cmd := exec.Command("flock", path, "sh", "-c", "echo locked; cat")
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var b [7]byte
	if _, err := out.Read(b[:]); err != nil {
		t.Fatal(err)
	}
	add(t, s, "one")
	in.Close()
	cmd.Wait()
	want(t, start(t, path, 0), "one")
}

// TestFails: the history works in memory where the file does not, and says why.
func TestFails(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, cause := range map[string]error{file + "/history": syscall.ENOTDIR, filepath.Dir(file): syscall.EISDIR} {
		s, err := Open(path, 0)
		if !errors.Is(err, cause) {
			t.Errorf("%s: %v", path, err)
		}
		add(t, s, "one", "two")
		want(t, s, "one", "two")
	}
	if runtime.GOOS == "linux" {
		s := start(t, "/dev/full", 0)
		if err := s.Add("one"); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("a full disk: %v", err)
		}
		want(t, s, "one")
	}
	s := start(t, "", 0)
	add(t, s, "one")
	want(t, s, "one")
}

// TestEncode: what is written is read, whatever it is.
func TestEncode(t *testing.T) {
	for _, line := range []string{`a`, `"`, `\`, "\n", "\n\n\"x\\\"", `\n`, "\t\x1b\u2028<>&", "é日🚀", `","l":"`, `"}`} {
		e := entry{Time: 12, Line: line + "."}
		if got, ok := decode(e.encode()); !ok || got != e {
			t.Errorf("%q comes back as %q, %v", e.Line, got.Line, ok)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	path := b.TempDir() + "/history"
	var text strings.Builder
	for i := range MaxEntries {
		// As most lines are that send something.
		text.WriteString(entry{Time: int64(i), Line: fmt.Sprintf("send c \"line %d of the history\\r\\n\"", i)}.encode())
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, _ := Open(path, 0)
		s.Lines()
	}
}
