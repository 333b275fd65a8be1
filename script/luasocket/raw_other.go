//go:build !linux

package luasocket

import "golang.org/x/sys/unix"

// connectRaw is not to be had here.
func connectRaw(int, *unix.RawSockaddr) error { return unix.EOPNOTSUPP }
