package sockets

import (
	"errors"

	"golang.org/x/sys/unix"
)

// recvQueue gives the bytes that have come and that nobody has read; of a
// datagram socket the size of the next one alone: SO_NREAD of getsockopt(2).
func recvQueue(fd int) (int, error) {
	return unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NREAD)
}

// sendQueue gives the bytes in the send buffer: of TCP, those that the peer
// has not acknowledged: SO_NWRITE of getsockopt(2).
func sendQueue(fd int) (int, error) {
	return unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NWRITE)
}

// acceptQueue would give the connections that wait on a listener, which
// darwin does not tell.
func acceptQueue(int) (waiting, limit int, err error) { return 0, 0, errors.ErrUnsupported }
