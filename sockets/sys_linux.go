package sockets

import "golang.org/x/sys/unix"

// maxUnixPath is what sun_path holds, less the final NUL (unix(7)).
const maxUnixPath = 107

// truncFlag makes recvmsg tell a datagram's true length (recv(2), MSG_TRUNC).
const truncFlag = unix.MSG_TRUNC

// reconnectable says that a socket can connect again after a connect failed;
// POSIX leaves it unspecified, Linux allows it, but of vsock.
const reconnectable = true

// connectOutcome asks how a connect under way went; EAGAIN means that it still
// is. On Linux it is connect itself that tells, once; until it has, another
// connect says ECONNABORTED or EALREADY. Of vsock it says EALREADY also once
// the connect has failed.
func connectOutcome(fd int, sa unix.Sockaddr) error {
	if _, ok := sa.(*unix.SockaddrVM); ok {
		return askOutcome(fd)
	}
	switch err := unix.Connect(fd, sa); err {
	case unix.EALREADY, unix.EINPROGRESS:
		return unix.EAGAIN
	case unix.EISCONN:
		return nil
	default:
		return err
	}
}

// dissolve takes back a connect that failed or is under way: connect(2) to
// AF_UNSPEC. What the kernel lets go of with it is given back: a port that bind
// chose, at local. The error that the end of a connect leaves behind is of no
// use to whoever reads next.
func dissolve(fd int, local unix.Sockaddr) {
	var sa unix.RawSockaddrAny // family 0 is AF_UNSPEC
	connectRaw(fd, &sa)
	unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if local != nil {
		unix.Bind(fd, local) // EINVAL if it is bound still
	}
}

// datagramEnd reports whether a receive says that a datagram socket whose
// reading side was shut down holds nothing more. Linux wakes who waits and then
// says EAGAIN, so that the receive would wait for ever.
func datagramEnd(_ int, err error) bool { return err == unix.EAGAIN }

// recvPacket receives one message of a unixpacket, or its end. Either can be a
// receive of 0 bytes: the message is looked at first, and where the peer has
// gone only what was a message brings credentials (unix(7), SO_PASSCRED).
func recvPacket(fd int, p []byte) (n, flags int, ended bool, err error) {
	n, _, _, _, err = unix.Recvmsg(fd, p, nil, truncFlag|unix.MSG_PEEK)
	if err != nil {
		return n, 0, false, err
	}
	if n > 0 || !hungUp(fd) {
		n, _, flags, _, err = unix.Recvmsg(fd, p, nil, truncFlag)
		return n, flags, false, err
	}
	was, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED)
	if err != nil {
		return 0, 0, false, err
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		return 0, 0, false, err
	}
	// Room for the credentials and nothing after them: a peer could send
	// descriptors.
	oob := make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	n, oobn, flags, _, err := unix.Recvmsg(fd, p, oob, truncFlag)
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, was)
	return n, flags, err == nil && oobn == 0, err
}

// hungUp reports whether the peer has closed, or shut down its writing side.
func hungUp(fd int) bool { return polled(fd, unix.POLLRDHUP) }
