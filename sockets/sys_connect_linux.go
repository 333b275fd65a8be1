package sockets

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// connectRaw is connect(2) with an address that package unix has no type for.
func connectRaw(fd int, sa *unix.RawSockaddrAny) error {
	_, _, errno := unix.Syscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(sa)), unsafe.Sizeof(sa.Addr))
	if errno != 0 {
		return errno
	}
	return nil
}
