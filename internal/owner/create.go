package owner

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrForeign is the error of [Create] for a file or a symbolic link of another user.
var ErrForeign = errors.New("belongs to another user")

// Create creates a file for what only this user may read, with mode 0600, or empties the one
// that is there and gives it that mode. With exclusive, a file that is there is an error.
//
// In a directory in which everybody may make files, such as /tmp, a symbolic link, a file or a
// FIFO of another user is not opened: the error is an [ErrForeign]. Elsewhere, warning says that
// the file is another user's.
//
// It does not wait: the error is ENXIO for a FIFO that nobody reads. Writes to a FIFO can be
// interrupted by closing the file.
func Create(name string, exclusive bool) (f *os.File, warning string, err error) {
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND | unix.O_NONBLOCK | unix.O_NOCTTY
	if exclusive {
		flags |= os.O_EXCL
	}
	f, err = os.OpenFile(name, flags|unix.O_NOFOLLOW, 0o600)
	if errors.Is(err, unix.ELOOP) && !exclusive {
		if info, err := os.Lstat(name); err == nil && userOf(info) != os.Geteuid() && shared(name) {
			return nil, "", fmt.Errorf("%s is a symbolic link and %w (uid %d)", name, ErrForeign, userOf(info))
		}
		f, err = os.OpenFile(name, flags, 0o600)
	}
	if err != nil {
		return nil, "", err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, "", err
	}
	regular, own := info.Mode().IsRegular(), userOf(info) == os.Geteuid()
	if !own && info.Mode()&os.ModeDevice == 0 && shared(name) {
		f.Close()
		return nil, "", fmt.Errorf("%s %w (uid %d)", name, ErrForeign, userOf(info))
	} else if own && regular {
		f.Chmod(0o600)
	}
	if regular {
		if err := f.Truncate(0); err != nil {
			f.Close()
			return nil, "", err
		}
	}
	return f, Stranger(f, name), nil
}

// shared reports whether everybody may make files in the directory of a file, and nobody may
// replace those of others, as in /tmp.
func shared(name string) bool {
	info, err := os.Stat(filepath.Dir(name))
	return err == nil && info.Mode()&os.ModeSticky != 0 && info.Mode().Perm()&0o002 != 0
}

// userOf returns the user who owns a file.
func userOf(info os.FileInfo) int {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}
