//go:build darwin || freebsd

package netcat

import "golang.org/x/sys/unix"

// termiosRequest is the ioctl that reads the state of a terminal, and fails for other files;
// termiosSet sets that state.
const (
	termiosRequest = unix.TIOCGETA
	termiosSet     = unix.TIOCSETA
)

// bytesRequest is the ioctl that returns the number of readable bytes.
const bytesRequest = 0x4004667f // FIONREAD
