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

// A tempRoot is the directory of a machine in which the directories of tempdir
// are. It is locked while the machine is there, so that another process can tell
// that one was left behind, by a sosh that was killed, and removes it.
type tempRoot struct {
	path string
	lock *os.File
}

// tempPattern is what the roots are called in the system's temporary directory.
const tempPattern = "sosh-tempdir-*"

// tempAge is how old a root is at least that is taken to be left behind: a newer
// one may not be locked yet.
const tempAge = time.Minute

var sweepOnce sync.Once

// Tempdir makes a directory that [Close] removes, with all in it, and
// returns its path.
func Tempdir(L *lua.LState) (string, error) {
	lib := libraryOf(L)
	if lib.temp.path == "" {
		sweepOnce.Do(sweepTempdirs)
		path, err := os.MkdirTemp("", tempPattern)
		if err != nil {
			return "", err
		}
		lib.temp.path = path
		// A daemon that the script starts, and that gives up root, reaches the
		// directories that are opened to it, and no others.
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

// sweepTempdirs removes the roots of this user that no process has locked.
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
