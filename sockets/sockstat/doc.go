// Package sockstat reads the kernel's state of a socket: the length of its queues, the number of
// dropped datagrams, and the state of a TCP connection.
//
// It knows descriptors, not handles, and starts no goroutine. If a system does not report a value,
// the error is [errors.ErrUnsupported]. It imports nothing of sosh but internal/show and
// sockets/sockopt. Everything may be used concurrently.
package sockstat
