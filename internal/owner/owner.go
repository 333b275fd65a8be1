// Package owner says whose file one is about to write to. It imports nothing of
// sosh, and its function may be called concurrently.
package owner

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Stranger returns what is to be said of a file that was opened for writing by a
// name, where it, or a symbolic link of that name, is of another user, who may read
// or change what is written; else "". A device is nobody's.
func Stranger(f *os.File, name string) string {
	var st unix.Stat_t
	if unix.Fstat(int(f.Fd()), &st) == nil && st.Mode&unix.S_IFMT != unix.S_IFCHR && int(st.Uid) != os.Geteuid() {
		return fmt.Sprintf("belongs to another user (uid %d), who can read and change what is written", st.Uid)
	}
	if unix.Lstat(name, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK && int(st.Uid) != os.Geteuid() {
		return fmt.Sprintf("is a symbolic link that another user made (uid %d)", st.Uid)
	}
	return ""
}
