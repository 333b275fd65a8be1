// Package owner checks who owns a file before it is written. It imports nothing of sosh, and its
// function may be called concurrently.
package owner

import (
	"fmt"
	"os"
)

// Stranger returns a warning about a file that was opened for writing by name, if the file or a
// symbolic link of that name belongs to another user, who can read or change the content; else
// "". Devices cause no warning.
func Stranger(f *os.File, name string) string {
	info, err := f.Stat() // Fd would make the file blocking
	if err == nil && info.Mode()&os.ModeCharDevice == 0 && userOf(info) != os.Geteuid() {
		return fmt.Sprintf("belongs to another user (uid %d), who can read and change what is written", userOf(info))
	}
	info, err = os.Lstat(name)
	if err == nil && info.Mode()&os.ModeSymlink != 0 && userOf(info) != os.Geteuid() {
		return fmt.Sprintf("is a symbolic link that another user made (uid %d)", userOf(info))
	}
	return ""
}
