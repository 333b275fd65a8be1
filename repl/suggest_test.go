package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSuggest(t *testing.T) {
	s := completionShell(t)
	entries := []string{
		"dial 127.0.0.1:1 a", "send con first", "ls", "send con second", "dial 127.0.0.1:2 a", "send con second",
		"dial u:pw@h via=http://u:secret@h:1", "send con password=hunter2", "send con $***", "for i = 1, 2 do\n  ls\nend",
	}
	for _, test := range []struct{ line, want string }{
		{"", ""},
		{"  ", ""},
		{"se", "nd con second"},
		{"send con f", "irst"},
		{"send con second", ""},
		{"send con s", "econd"},
		{"dial ", "127.0.0.1:2 a"},
		{"SEND", ""},
		{"dial u", ""},
		{"send con p", ""},
		{"send con $", ""},
		{"for ", "i = 1, 2 do\n  ls\nend"},
	} {
		if got := s.suggestFrom(test.line, entries); got != test.want {
			t.Errorf("%q: %q, want %q", test.line, got, test.want)
		}
	}
	// A shorter line, and then a history that has grown.
	if got := s.suggestFrom("l", entries); got != "s" {
		t.Errorf("l: %q", got)
	}
	if got := s.suggestFrom("l", append(entries, "listen x")); got != "isten x" {
		t.Errorf("l: %q after listen was entered", got)
	}
}

// TestSuggestPlaces: what was entered for the same peer comes first, then what was entered
// in the same directory, then the newest.
func TestSuggestPlaces(t *testing.T) {
	s := completionShell(t)
	s.directory = "/here"
	peer := s.placeOf("send con").target
	if peer == "" {
		t.Fatal("con has no peer")
	}
	if got := s.placeOf("dial 127.0.0.9:1 x"); got != (place{"/here", "127.0.0.9:1"}) {
		t.Errorf("the place of dial is %+v", got)
	}
	var entries []string
	add := func(line string, at place) {
		entries = append(entries, line)
		s.places.add(line, at)
	}
	add("send con peer", place{"/there", peer})
	add("send con both", place{"/here", peer})
	add("send con peer too", place{"/there", peer})
	add("send con here", place{"/here", "127.0.0.9:1"})
	add("send con nothing", place{"/there", ""})
	for want := range strings.FieldsSeq("both peer_too peer here nothing") {
		want = strings.ReplaceAll(want, "_", " ")
		got := s.suggestFrom("send con ", entries)
		if got != want {
			t.Fatalf("%q is suggested, want %q", got, want)
		}
		var rest []string
		for _, e := range entries {
			if e != "send con "+got {
				rest = append(rest, e)
			}
		}
		entries = rest
	}
}

func TestPlacesFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "places")
	var p places
	p.load(path)
	p.add("a", place{"/d", "t"})
	p.add("b", place{"/d", ""})
	p.add("a", place{"/e", "t"})
	p.add("a", place{"/e", "t"})
	b, err := os.ReadFile(path)
	if err != nil || strings.Count(string(b), "\n") != 3 || strings.Contains(string(b), "/d") {
		t.Errorf("the file is %q (%v), want three lines of hashes", b, err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v (%v)", st.Mode(), err)
	}
	var q places
	q.load(path)
	for _, test := range []struct {
		line string
		here place
		want int
	}{
		{"a", place{"/e", "t"}, 3},
		{"a", place{"/d", "t"}, 2},
		{"a", place{"/e", ""}, 1},
		{"b", place{"/d", ""}, 1},
		{"b", place{"", ""}, 0},
		{"c", place{"/d", "t"}, 0},
	} {
		if got := q.rank(test.line, test.here); got != test.want {
			t.Errorf("rank(%q, %v) is %d, want %d", test.line, test.here, got, test.want)
		}
	}
	// A file that has grown too long, and damaged lines.
	var long strings.Builder
	long.WriteString("no hash\n\n1 2\n")
	for i := range 2*maxPlaces + 1 {
		fmt.Fprintf(&long, "%x 1 0\n", i)
	}
	if err := os.WriteFile(path, []byte(long.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	q.load(path)
	if b, _ := os.ReadFile(path); strings.Count(string(b), "\n") != maxPlaces || !strings.HasSuffix(string(b), fmt.Sprintf("%x 1 0\n", 2*maxPlaces)) {
		t.Errorf("a file of %d lines was shortened to %d", 2*maxPlaces+1, strings.Count(string(b), "\n"))
	}
}

func BenchmarkTyping(b *testing.B) {
	s := completionShell(b)
	var entries []string
	for i := range 50000 {
		entries = append(entries, fmt.Sprintf("send con number %d", i))
	}
	const line = `send con "a text" timeout=3; recv con 100 timeout=5; x = con:recv(10)`
	b.Run("paint", func(b *testing.B) {
		for b.Loop() {
			s.paintLine(line)
		}
	})
	b.Run("status", func(b *testing.B) {
		for b.Loop() {
			s.statusRow(line, len(line))
		}
	})
	b.Run("suggest", func(b *testing.B) {
		for b.Loop() {
			s.suggestFrom("send con x", entries)
			s.suggestFrom("send con 1", entries)
		}
	})
}
