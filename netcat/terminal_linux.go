package netcat

import "golang.org/x/sys/unix"

// termiosRequest is the ioctl that a terminal alone answers, and termiosSet the
// one that sets what it asks for.
const (
	termiosRequest = unix.TCGETS
	termiosSet     = unix.TCSETS
)

// bytesRequest is the ioctl that tells how many bytes there are to read.
const bytesRequest = unix.TIOCINQ // also by the name FIONREAD
