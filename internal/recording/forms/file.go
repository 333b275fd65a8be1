package forms

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sosh/internal/owner"
	"sosh/internal/recording"

	"golang.org/x/sys/unix"
)

// A File is a recording that is being written, in the form of its name. One goroutine writes;
// Path, Warning, Size, Blocked and Abandon may be called concurrently.
type File struct {
	path    string
	form    form
	options Options
	warning string
	w       recording.Writer
	size    atomic.Int64
	since   atomic.Int64  // start of the running call, in nanoseconds since started; 0 between calls
	gone    chan struct{} // closed by Abandon

	mu      sync.Mutex
	regular bool     // file is a regular file
	file    *os.File // nil while a FIFO has no reader, and after the end
}

// started is a time in the past, from which File.since counts.
var started = time.Now().Add(-time.Second)

// Create creates the file, with mode 0600, or empties it. It does not wait: Begin
// opens a FIFO that has no reader yet. It returns the errors of owner.Create, and an error for an
// unknown extension.
// The path [Stdout] is standard output, which must not be a terminal.
func Create(path string, o Options) (*File, error) { return create(path, o, false) }

// CreateNew is Create for a file that must not exist yet.
func CreateNew(path string, o Options) (*File, error) { return create(path, o, true) }

func create(path string, o Options, exclusive bool) (*File, error) {
	form, err := formOf(path)
	if err != nil {
		return nil, err
	}
	if o.Title == "" {
		o.Title = strings.TrimSuffix(filepath.Base(path), form.suffix)
	}
	f := &File{path: path, form: form, options: o, gone: make(chan struct{})}
	if path == Stdout {
		f.path = standardOutputName
		f.file, err = standardOutput()
	} else {
		f.file, f.warning, err = owner.Create(path, exclusive)
	}
	if errors.Is(err, unix.ENXIO) {
		f.file, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	f.regular = isRegular(f.file)
	return f, nil
}

// isRegular reports whether file, which may be nil, is a regular file.
func isRegular(file *os.File) bool {
	if file == nil {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode().IsRegular()
}

// standardOutputName names standard output in messages; it is no path.
const standardOutputName = "standard output"

// standardOutput returns a copy of the descriptor, so that its end is an error and does not end
// the process with SIGPIPE.
func standardOutput() (*os.File, error) {
	info, err := os.Stdout.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.Mode()&os.ModeCharDevice != 0 && isTerminal(os.Stdout):
		return nil, errors.New("standard output is a terminal (expected a pipe or a file for the capture)")
	}
	fd, err := unix.FcntlInt(os.Stdout.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	return os.NewFile(uintptr(fd), standardOutputName), nil
}

// isTerminal reports whether f is a terminal.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	return err == nil
}

// Path returns the name that the file was created by.
func (f *File) Path() string { return f.path }

// Same reports whether path is the file, or another name of it.
func (f *File) Same(path string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return path == f.path || f.file != nil && isSame(f.file, path)
}

// Warning returns a warning if the file belongs to another user, otherwise "".
func (f *File) Warning() string { return f.warning }

// Size returns how many bytes were written to the file.
func (f *File) Size() int64 { return f.size.Load() }

// Blocked returns how long the current write, or the opening of a FIFO without a reader, has been
// blocked; 0 if the writer is not waiting.
func (f *File) Blocked() time.Duration {
	if since := f.since.Load(); since != 0 {
		return time.Since(started) - time.Duration(since)
	}
	return 0
}

// Abandon interrupts a call that waits for the file, if the system supports it, and makes later
// calls fail.
func (f *File) Abandon() {
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-f.gone:
	default:
		close(f.gone)
	}
	if f.file != nil {
		f.file.SetWriteDeadline(time.Unix(1, 0)) // fails for a regular file
	}
}

// fifoPause is how long Begin waits before it tries again to open a FIFO.
const fifoPause = 20 * time.Millisecond

// Begin writes the beginning of the recording. It waits until a FIFO has a reader.
func (f *File) Begin(h recording.Header) (err error) {
	for f.file == nil {
		f.since.CompareAndSwap(0, int64(time.Since(started)))
		select {
		case <-f.gone:
			return errors.New("the FIFO has no reader")
		case <-time.After(fifoPause):
		}
		file, warning, err := owner.Create(f.path, false)
		if errors.Is(err, unix.ENXIO) {
			continue
		}
		if err != nil {
			return err
		}
		f.mu.Lock()
		f.file, f.warning, f.regular = file, warning, isRegular(file)
		f.mu.Unlock()
	}
	f.since.Store(0)
	f.w, err = f.form.new(output{f}, h, f.options)
	return err
}

// Write writes an event.
func (f *File) Write(ev recording.Event) error { return f.w.Write(ev) }

// Flush hands everything written so far to the system.
func (f *File) Flush() error { return f.w.Flush() }

// Close ends the recording and closes the file. It returns the first error of the two.
func (f *File) Close() (err error) {
	if f.w != nil {
		err = f.w.Close()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return err
	}
	if cerr := f.file.Close(); err == nil {
		err = cerr
	}
	f.file = nil
	return err
}

// Moved reports that another program has renamed, removed or truncated the file; otherwise "".
func (f *File) Moved() string {
	info, err := f.file.Stat()
	if err != nil || !f.regular || f.file.Name() != f.path {
		return ""
	}
	now := info
	if f.path != standardOutputName {
		now, err = os.Stat(f.path)
	}
	switch {
	case err != nil || !os.SameFile(info, now):
		return "was renamed or removed; the recording still goes to the original file"
	case info.Size() < f.size.Load():
		return fmt.Sprintf("was truncated to %d bytes; the recording continues, without its beginning", info.Size())
	}
	return ""
}

// maxWrite is the size of one write to a pipe or a device, in bytes, so that a reader which is slow but reads is not
// taken for one that does not read.
const maxWrite = 16 << 10

// output is the file for its writer.
type output struct{ f *File }

func (o output) Write(p []byte) (n int, err error) {
	maxWrite := maxWrite
	if o.f.regular {
		maxWrite = len(p)
	}
	for n < len(p) && err == nil {
		var m int
		o.f.since.Store(int64(time.Since(started)))
		m, err = o.f.file.Write(p[n:min(n+maxWrite, len(p))])
		o.f.since.Store(0)
		o.f.size.Add(int64(m))
		n += m
	}
	return n, err
}
