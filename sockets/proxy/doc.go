// Package proxy connects through proxies (SOCKS4, SOCKS4a, SOCKS5 and HTTP CONNECT), also through
// a chain of them, with authentication.
//
//   - A [Hop] is one proxy; [Parse] reads it from text such as "socks5://HOST:PORT".
//   - A [Dialer] connects to the first hop, and asks each hop to connect to the next one, and
//     the last one to connect to the host.
//   - An [Error] says which hop has refused, or what is wrong with its answer.
//
// It is only the client side. The caller reports events and provides credentials: the package
// knows nothing of nc, ncat or the shell. It imports sockets, internal/http1 and internal/show,
// and starts no goroutine.
package proxy
