package history

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// MaxEntries is the default limit of entries, and maxSize how many bytes of the file are read. A file that has grown to
// one and a half times a limit is shortened.
const (
	MaxEntries = 50000
	maxSize    = 32 << 20
	maxEntry   = 2 << 20 // a longer line of the file is damaged
)

// A Store is the history of one session, with its file. It may be used concurrently.
type Store struct {
	path  string
	limit int

	mu     sync.Mutex
	file   *os.File // what others was read from, nil: nothing; it stays open, so that a replaced file is noticed
	offset int64    // how far
	count  int      // entries in the file
	others []string // entries of the file, without this session's own
	own    []string
	mine   map[entry]bool // the same as they are in the file
	lines  []string       // others and own; nil: to be made
	broken error          // the file can't be used
}

// Open reads the history from the file at path. It creates the file and its directory if they do not exist, and makes the
// file private to its owner. An empty path keeps the history in memory. limit is the number of entries, MaxEntries if it is 0. The Store
// can be used even if there is an error; it keeps what could be read.
func Open(path string, limit int) (*Store, error) {
	if limit == 0 {
		limit = MaxEntries
	}
	s := &Store{path: path, limit: limit, mine: make(map[entry]bool)}
	if path == "" {
		return s, nil
	}
	s.broken = create(path)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s, errors.Join(s.broken, s.refresh())
}

// Lines returns the entries, the oldest first: those of the file, and then this session's own. It looks whether the
// file has grown. The caller must not change the slice.
func (s *Store) Lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh() // what could be read before is good enough
	if s.lines == nil {
		s.lines = append(append(make([]string, 0, len(s.others)+len(s.own)), s.others...), s.own...)
		s.lines = s.lines[max(0, len(s.lines)-s.limit):]
	}
	return s.lines
}

// Add adds an entry, unless it repeats this session's last one, and appends it to the file at once. If the file could not be
// opened, only the memory has it, and there is no error.
func (s *Store) Add(line string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.own); n > 0 && s.own[n-1] == line {
		return nil
	}
	s.own = append(s.own, line)
	s.own = s.own[max(0, len(s.own)-s.limit):]
	s.lines = nil
	if s.path == "" || s.broken != nil {
		return nil
	}
	return s.append(entry{Time: time.Now().UnixMilli(), Line: Mask(line, isFile)})
}

func isFile(name string) bool {
	st, err := os.Stat(name)
	return err == nil && st.Mode().IsRegular()
}

// create creates the file if it does not exist, and ends its last line if a full disk or an editor left it without an end.
// It returns an error if the file can't be appended to.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return err
	}
	if st.Mode().Perm()&0o077 != 0 {
		if err := f.Chmod(0o600); err != nil {
			return err
		}
	}
	var last [1]byte
	if n, _ := f.ReadAt(last[:], st.Size()-1); n == 1 && last[0] != '\n' {
		_, err = f.WriteString("\n")
	}
	return err
}

// open opens the file to append. It opens for reading too, since a FIFO would block otherwise.
func open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
}

// append adds an entry to the file. Another session may have replaced the file by a shorter one, so it is opened each time.
func (s *Store) append(e entry) error {
	f, unlock, err := openLocked(s.path)
	if err != nil {
		return err
	}
	defer unlock()
	s.refresh()
	text := e.encode()
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	s.mine[e] = true
	if s.file != nil && sameFile(f, s.file) {
		s.offset, s.count = s.offset+int64(len(text)), s.count+1
	}
	if s.count > s.limit+s.limit/2 || s.offset > maxSize+maxSize/2 {
		return s.shorten()
	}
	return nil
}

// refresh reads what the file has more than before, or all of it if it is another one. The caller holds mu.
func (s *Store) refresh() error {
	if s.path == "" {
		return nil
	}
	st, err := os.Stat(s.path)
	if err != nil || !st.Mode().IsRegular() {
		return err
	}
	if s.file != nil {
		old, err := s.file.Stat()
		if err == nil && os.SameFile(st, old) && st.Size() == s.offset {
			return nil
		}
		if err != nil || !os.SameFile(st, old) || st.Size() < s.offset {
			s.file.Close()
			s.file = nil
		}
	}
	if s.file == nil {
		f, err := os.Open(s.path)
		if err != nil {
			return err
		}
		s.file = f
		if st, err = f.Stat(); err != nil {
			return err
		}
		s.offset, s.count, s.others = max(0, st.Size()-maxSize), 0, nil
	}
	return s.read(s.file)
}

func sameFile(a, b *os.File) bool {
	x, err1 := a.Stat()
	y, err2 := b.Stat()
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// Close closes the file. What was read stays; Add does not write any more.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.path = ""
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// read reads the whole lines behind offset.
func (s *Store) read(f *os.File) error {
	b, err := io.ReadAll(io.NewSectionReader(f, s.offset, 2*maxSize))
	whole := strings.LastIndexByte(string(b), '\n') + 1
	for line := range strings.Lines(string(b[:whole])) {
		s.count++
		if e, ok := decode(line); ok && (len(s.mine) == 0 || !s.mine[e]) {
			s.others = append(s.others, e.Line)
		}
	}
	s.offset += int64(whole)
	s.others = s.others[max(0, len(s.others)-s.limit):]
	s.lines = nil
	return err
}

// shorten replaces the file by one with its last entries. The caller holds the lock of the file.
func (s *Store) shorten() error {
	path, err := filepath.EvalSymlinks(s.path)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var lines []string
	for line := range strings.Lines(string(b)) {
		if _, ok := decode(line); ok {
			lines = append(lines, line)
		}
	}
	lines = lines[max(0, len(lines)-s.limit):]
	size := 0
	for i := len(lines) - 1; i >= 0; i-- {
		if size += len(lines[i]); size > maxSize {
			lines = lines[i+1:]
			break
		}
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.Join(lines, ""))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	return s.refresh()
}
