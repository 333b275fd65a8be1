package sockopt

import "golang.org/x/sys/unix"

// AFVsock is the address family of vsock, or -1 on a system that has none.
const AFVsock = unix.AF_VSOCK
