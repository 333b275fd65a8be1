package repl

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sosh/internal/show"
	"sosh/repl/console"
)

// The limits of a listing: it must not hold up the keys.
const (
	maxEntries = 10000 // read of a directory
	maxNotes   = 500   // files whose size is looked up
)

// files completes a path. quote spells a path for the reader of the line, and
// returns "" where it can't.
func files(part string, quote func(string) string) []console.Candidate {
	dir, base := filepath.Split(part)
	list := dir
	if list == "" {
		list = "."
	}
	if strings.HasPrefix(list, "~/") {
		if home, err := os.UserHomeDir(); err == nil {
			list = home + list[1:]
		}
	}
	var found []console.Candidate
	entries := make(map[string]fs.DirEntry)
	for _, e := range readDir(list) {
		name := e.Name()
		if strings.HasPrefix(name, ".") && !strings.HasPrefix(base, ".") {
			continue
		}
		text := quote(dir + name)
		if text == "" {
			continue
		}
		entries[dir+name] = e
		found = append(found, console.Candidate{Text: text + " ", Name: dir + name})
	}
	found = matching(part, len(dir), found)
	for i := range found {
		c := &found[i]
		e := entries[c.Name]
		directory := e.IsDir()
		if i < maxNotes {
			c.Note, directory = fileNote(list, e)
		}
		if directory {
			c.Text, c.Name, c.Note = quote(c.Name+"/"), c.Name+"/", ""
		}
	}
	return found
}

// readDir returns the entries of a directory in the order of their names; none if it can't
// be read.
func readDir(dir string) []fs.DirEntry {
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.IsDir() {
		return nil
	}
	entries, _ := f.ReadDir(maxEntries)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries
}

// fileNote says what a file is: its size, or its type. directory is set for a link to one,
// too.
func fileNote(dir string, e fs.DirEntry) (note string, directory bool) {
	st, err := os.Stat(filepath.Join(dir, e.Name()))
	switch {
	case err != nil:
		return "", e.IsDir()
	case st.IsDir():
		return "", true
	case st.Mode().IsRegular():
		return show.Size(st.Size()), false
	case st.Mode()&fs.ModeSocket != 0:
		return "socket", false
	case st.Mode()&fs.ModeNamedPipe != 0:
		return "named pipe", false
	case st.Mode()&fs.ModeDevice != 0:
		return "device", false
	}
	return "", false
}
