package lualib

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// A tempRoot is the directory that holds the directories of tempdir for one state.
// It is locked as long as the state is used, so that another process recognizes and
// removes a root that a killed sosh left behind.
type tempRoot struct {
	path string
	lock *os.File
}

// tempPattern is the pattern of the roots' names in the system's temporary
// directory.
const tempPattern = "sosh-tempdir-*"

// tempAge is the age from which an unlocked root counts as left behind: a newer one
// may not be locked yet.
const tempAge = time.Minute

var sweepOnce sync.Once

// Tempdir makes a directory and returns its path; [Close] removes it with all that
// is in it.
func Tempdir(L *lua.LState) (string, error) {
	lib := libraryOf(L)
	if lib.temp.path == "" {
		sweepOnce.Do(sweepTempdirs)
		path, err := os.MkdirTemp("", tempPattern)
		if err != nil {
			return "", err
		}
		lib.temp.path = path
		// A daemon that the script starts, and that drops root, can then reach the
		// directories that the script opens to it.
		if err := os.Chmod(path, 0o711); err != nil {
			return "", err
		}
		lib.temp.lock, _ = lockDir(path) // without it another process may remove it, once it is old
	}
	return os.MkdirTemp(lib.temp.path, "")
}

// removeTempdirs removes what tempdir made.
func (lib *library) removeTempdirs() {
	if lib.temp.path == "" {
		return
	}
	os.RemoveAll(lib.temp.path)
	if lib.temp.lock != nil {
		lib.temp.lock.Close()
	}
	lib.temp = tempRoot{}
}

// lockDir opens a directory and locks it. The lock ends with the process.
func lockDir(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sweepTempdirs removes this user's old roots that no process has locked.
func sweepTempdirs() {
	list, _ := filepath.Glob(filepath.Join(os.TempDir(), tempPattern))
	for _, path := range list {
		info, err := os.Lstat(path)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < tempAge {
			continue
		}
		if st, ok := info.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != os.Getuid() {
			continue
		}
		if f, err := lockDir(path); err == nil {
			os.RemoveAll(path)
			f.Close()
		}
	}
}
