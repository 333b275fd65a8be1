package show

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Errno returns the name of an error number, such as "ECONNREFUSED", or "" if it has
// none. Where two names stand for one number, it is the one that the manual pages of
// the system calls use.
func Errno(errno syscall.Errno) string {
	if errno == unix.EOPNOTSUPP {
		return "EOPNOTSUPP" // on Linux ENOTSUP is the same number
	}
	return unix.ErrnoName(errno)
}
