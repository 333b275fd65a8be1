// Package netcat is sosh as nc: the command lines of OpenBSD's netcat and of
// nmap's ncat, over the handles of package sockets.
//
// Two tables of flags, [flag] by flag, fill one options struct; what does not go
// together is refused in one place, before any work. Then there is a connection,
// made or accepted, and a session that moves bytes both ways until the network
// ends. What one of the two does otherwise than the other, what it says, and with
// which status it exits, is in its [dialect], and nowhere else.
//
// The package imports sockets and packages below it, and internal
// packages, and nothing of the shell: no Lua, no line editing and no colours are set up
// before the first byte has moved.
//
// # Goroutines
//
// Each belongs to one of these, which ends it and waits for it:
//
//   - Main runs on the caller's goroutine. The first thing that a signal has to clean
//     up (a path, a program, the terminal's echo) starts the one of signals.OnDeath,
//     which ends with the process; Main waits for it where a signal came first.
//   - A session has one to send and one to receive, and where they are needed one
//     that watches the reader of standard output and one that watches the peer. run
//     stops the input and the output and cancels the context, and has waited for all
//     four when it returns.
//   - A server has one for each listener, one for each TLS handshake, and for
//     datagrams one that looks for silent peers. close closes the listeners and
//     cancels the handshakes. Where a datagram is to come first there is one for each
//     listener, until firstDatagram returns.
//   - A hub has one that reads standard input, one that watches the reader of standard
//     output, one for each datagram socket, and for each client one that serves it:
//     with a program a session, for a proxy a proxyserver.Server, else a member with
//     another that sends its queue. close makes the clients leave, and has waited for all.
//   - A scan has --parallel workers, until all ports were tried or the run is over.
//   - A program has the one of package child that waits for it.
//
// A message is written by the goroutine that has something to say, in one write.
package netcat
