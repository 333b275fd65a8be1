//go:build !linux

package luasocket

import "golang.org/x/sys/unix"

// systemTCPOptions returns the options of TCP that not every system has.
func systemTCPOptions() map[string]option { return nil }

// getsockoptLinger is not available on this system.
func getsockoptLinger(int) (*unix.Linger, error) { return nil, unix.ENOPROTOOPT }
