// Package proxy connects by way of proxies: SOCKS4, SOCKS4a, SOCKS5 and HTTP CONNECT,
// one after the other, with authentication.
//
//   - A [Hop] is one proxy; [Parse] reads it from text such as "socks5://HOST:PORT".
//   - A [Dialer] connects to the first hop, and has each hop connect to the next one and
//     the last one to the host.
//   - An [Error] says which hop has refused, or how its answer is wrong.
//
// It is the client side alone. What the person at the terminal is told, and where
// credentials come from, is the caller's: the package knows nothing of nc, ncat or the
// shell. It imports sockets, internal/http1 and internal/show, and starts no goroutine.
package proxy
