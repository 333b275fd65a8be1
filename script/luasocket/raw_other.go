//go:build !linux

package luasocket

import "golang.org/x/sys/unix"

// connectRaw is not available on this system.
func connectRaw(int, *unix.RawSockaddr) error { return unix.EOPNOTSUPP }
