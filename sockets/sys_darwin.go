package sockets

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// On darwin, the call that makes a descriptor can make it neither close-on-exec nor
// non-blocking. The fork lock keeps a child from inheriting it in between.

func newSocket(family, typ int) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(family, typ, 0)
	if err != nil {
		return -1, err
	}
	return tame(fd)
}

func acceptSocket(fd int) (int, unix.Sockaddr, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	nfd, sa, err := unix.Accept(fd)
	if err != nil {
		return -1, nil, err
	}
	nfd, err = tame(nfd)
	return nfd, sa, err
}

func tame(fd int) (int, error) {
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
