package sockets

import "golang.org/x/sys/unix"

// maxUnixPath is what sun_path holds, less the final NUL (unix(7)).
const maxUnixPath = 107

// truncFlag makes recvmsg return the full length of a datagram (recv(2), MSG_TRUNC).
const truncFlag = unix.MSG_TRUNC

// reconnectable says that a socket can connect again after a failed connect. POSIX
// leaves that open; Linux allows it, except for vsock.
const reconnectable = true

// connectOutcome returns the result of a connect in progress, or EAGAIN while it is
// still in progress. On Linux, connect itself returns the result, once; before that it
// returns ECONNABORTED or EALREADY. For vsock it returns EALREADY even after the connect
// has failed.
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

// dissolve undoes a connect that has failed or is in progress, by connect(2) to
// AF_UNSPEC. The kernel may release the port that bind had chosen, so dissolve binds to
// local again. It also clears the pending error of the connect, which must not reach the
// next read.
func dissolve(fd int, local unix.Sockaddr) {
	var sa unix.RawSockaddrAny // family 0 is AF_UNSPEC
	connectRaw(fd, &sa)
	unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if local != nil {
		unix.Bind(fd, local) // EINVAL if it is still bound
	}
}

// datagramEnd reports whether a receive on a datagram socket whose reading side was shut
// down has reached the end. Linux wakes the waiting receive and then returns EAGAIN, so
// that the receive would wait for ever.
func datagramEnd(_ int, err error) bool { return err == unix.EAGAIN }

// recvPacket receives one message of a unixpacket, or its end. Both can be a receive of
// 0 bytes. So it peeks first; if the peer is gone, only a message comes with credentials
// (unix(7), SO_PASSCRED).
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
	// There is room for the credentials only, since a peer could send descriptors.
	oob := make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	n, oobn, flags, _, err := unix.Recvmsg(fd, p, oob, truncFlag)
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, was)
	return n, flags, err == nil && oobn == 0, err
}

// hungUp reports whether the peer has closed, or shut down its writing side.
func hungUp(fd int) bool { return polled(fd, unix.POLLRDHUP) }

// peerPID returns the process that connected, or that listens; 0 if it is not known.
func peerPID(fd int) int {
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0
	}
	return int(cred.Pid)
}
