//go:build darwin || freebsd

package netcat

import "golang.org/x/sys/unix"

// termiosRequest is the ioctl that a terminal alone answers.
const termiosRequest = unix.TIOCGETA
