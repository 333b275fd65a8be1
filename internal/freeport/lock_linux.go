package freeport

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// lock binds an abstract unix socket named after the block: it belongs to one
// process of this network namespace at a time, as the ports do, and goes away
// with that process (unix(7)).
func lock(first int) (int, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: fmt.Sprintf("@sosh-ports-%d", first)}); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
