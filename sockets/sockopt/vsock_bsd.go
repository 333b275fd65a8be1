//go:build darwin || freebsd

package sockopt

// AFVsock is the address family of vsock, or -1 on a system that has none.
const AFVsock = -1
