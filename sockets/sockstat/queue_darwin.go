package sockstat

import (
	"errors"

	"golang.org/x/sys/unix"
)

// RecvQueue returns how many received bytes nobody has read; of a datagram socket, the
// size of the next datagram: SO_NREAD of getsockopt(2).
func RecvQueue(fd int) (int, error) {
	return unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NREAD)
}

// SendQueue returns how many bytes are in the send buffer; of TCP, those that the peer
// has not acknowledged: SO_NWRITE of getsockopt(2).
func SendQueue(fd int) (int, error) {
	return unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NWRITE)
}

// AcceptQueue is not supported: darwin does not tell.
func AcceptQueue(int) (waiting, limit int, err error) { return 0, 0, errors.ErrUnsupported }
