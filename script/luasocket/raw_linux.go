package luasocket

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// connectRaw is connect(2) with an address that x/sys/unix cannot write: AF_UNSPEC.
func connectRaw(fd int, sa *unix.RawSockaddr) error {
	_, _, errno := unix.Syscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(sa)), unsafe.Sizeof(*sa))
	if errno != 0 {
		return errno
	}
	return nil
}
