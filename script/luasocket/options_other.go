//go:build !linux

package luasocket

import "golang.org/x/sys/unix"

// systemTCPOptions are the options of TCP that not every system has.
var systemTCPOptions = map[string]option{}

// getsockoptLinger is not available on this system.
func getsockoptLinger(int) (*unix.Linger, error) { return nil, unix.ENOPROTOOPT }
