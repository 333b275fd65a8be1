package sockstat

import "golang.org/x/sys/unix"

// From sys/filio.h, which golang.org/x/sys does not have: _IOR('f', 127, int)
// and _IOR('f', 119, int).
const (
	fionread  = 0x4004667f
	fionwrite = 0x40046677
)

// RecvQueue returns how many received bytes nobody has read: FIONREAD of ioctl(2).
func RecvQueue(fd int) (int, error) { return unix.IoctlGetInt(fd, fionread) }

// SendQueue returns how many bytes are in the send buffer; of TCP, those that the peer
// has not acknowledged: FIONWRITE of ioctl(2).
func SendQueue(fd int) (int, error) { return unix.IoctlGetInt(fd, fionwrite) }

// AcceptQueue returns how many connections wait on a listener to be accepted, and how
// many the kernel lets wait: SO_LISTENQLEN and SO_LISTENQLIMIT of getsockopt(2). If the
// socket does not listen, the error is EINVAL.
func AcceptQueue(fd int) (waiting, limit int, err error) {
	limit, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_LISTENQLIMIT)
	if err != nil {
		return 0, 0, err
	}
	if limit == 0 {
		return 0, 0, unix.EINVAL
	}
	waiting, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_LISTENQLEN)
	return waiting, limit, err
}
