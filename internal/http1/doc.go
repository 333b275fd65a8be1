// Package http1 reads and writes what a proxy needs of HTTP/1: heads of messages,
// bodies in chunks, and authentication with Basic and Digest. What two readers could
// understand in two ways is an error (RFC 9112, section 11).
//
// Package net/http and the libraries for Digest would do, but every start of nc would pay
// for the set-up of net/http, about 0.2 ms; the fuzz tests compare the two.
//
// The package knows readers and writers, no sockets. It imports nothing of sosh but
// internal/show and starts no goroutine.
package http1
