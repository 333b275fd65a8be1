package netcat

import "golang.org/x/sys/unix"

// termiosRequest is the ioctl that reads the state of a terminal, and fails for other files;
// termiosSet sets that state.
const (
	termiosRequest = unix.TCGETS
	termiosSet     = unix.TCSETS
)

// bytesRequest is the ioctl that returns the number of readable bytes.
const bytesRequest = unix.TIOCINQ // also by the name FIONREAD
