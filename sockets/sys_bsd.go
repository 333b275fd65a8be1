//go:build darwin || freebsd

package sockets

import "golang.org/x/sys/unix"

// maxUnixPath is what sun_path holds, less the final NUL (unix(4)).
const maxUnixPath = 103

const truncFlag = 0

// reconnectable is false: a socket whose connect failed has to be made anew.
const reconnectable = false

func dissolve(int) error { return unix.EOPNOTSUPP }

// hungUp reports whether the peer has closed.
func hungUp(fd int) bool { return polled(fd, unix.POLLHUP) }
