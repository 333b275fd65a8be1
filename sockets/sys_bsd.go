//go:build darwin || freebsd

package sockets

import "golang.org/x/sys/unix"

// maxUnixPath is what sun_path holds, less the final NUL (unix(4)).
const maxUnixPath = 103

const truncFlag = 0

// reconnectable is false: after a failed connect, the socket has to be replaced.
const reconnectable = false

func connectOutcome(fd int, _ unix.Sockaddr) error { return askOutcome(fd) }

func dissolve(int, unix.Sockaddr) {}

// datagramEnd reports whether a receive on a datagram socket whose reading side was shut
// down has reached the end.
func datagramEnd(n int, err error) bool { return err == nil && n == 0 }

// recvPacket receives one message of a unixpacket, or its end. An empty message that the
// peer sent last counts as the end.
func recvPacket(fd int, p []byte) (n, flags int, ended bool, err error) {
	n, _, flags, _, err = unix.Recvmsg(fd, p, nil, truncFlag)
	return n, flags, err == nil && n == 0 && hungUp(fd), err
}

// hungUp reports whether the peer has closed.
func hungUp(fd int) bool { return polled(fd, unix.POLLHUP) }

// peerPID returns 0: the process of the peer is not known.
func peerPID(int) int { return 0 }
