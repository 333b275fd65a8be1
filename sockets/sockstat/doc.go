// Package sockstat reads what the kernel tells of a socket: what waits in its queues, how
// many datagrams it has dropped, and the state of a TCP connection.
//
// It knows descriptors, not handles, and starts no goroutine. What a system does not
// tell is an error that is [errors.ErrUnsupported]. It imports nothing of sosh but
// internal/show and sockets/sockopt. Everything may be used concurrently.
package sockstat
