// Package owner checks who owns a file before it is written. It imports nothing of sosh, and its
// function may be called concurrently.
package owner

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Stranger returns a warning about a file that was opened for writing by name, if the file or a
// symbolic link of that name belongs to another user, who can read or change the content; else
// "". Devices cause no warning.
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
