package sockets

import "golang.org/x/sys/unix"

// maxUnixPath is what sun_path holds, less the final NUL (unix(7)).
const maxUnixPath = 107

// truncFlag makes recvmsg tell a datagram's true length (recv(2), MSG_TRUNC).
const truncFlag = unix.MSG_TRUNC

// reconnectable says that a socket can connect again after a connect failed;
// POSIX leaves it unspecified, Linux allows it.
const reconnectable = true

// dissolve takes back a connect under way: connect(2) to AF_UNSPEC.
func dissolve(fd int) error {
	var sa unix.RawSockaddrAny // family 0 is AF_UNSPEC
	return connectRaw(fd, &sa)
}

// hungUp reports whether the peer has closed, or shut down its writing side.
func hungUp(fd int) bool { return polled(fd, unix.POLLRDHUP) }
