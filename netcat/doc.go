// Package netcat is sosh as nc: the command lines of OpenBSD's netcat and of
// nmap's ncat, over the handles of package sockets.
//
// Each dialect has a table of flags, which fill one options struct. Flags that can't be combined
// are refused in one place, before any work. Then a connection is made or accepted, and a session
// moves bytes in both directions until the network ends. All differences between the two netcats
// (behaviour, messages, exit status) are in their [dialect].
//
// The package imports sockets, packages below it, and internal packages, but nothing of the shell:
// no Lua, line editing or colours are set up before the first byte moves.
//
// # Goroutines
//
// Each belongs to one of these, which ends it and waits for it:
//
//   - Main runs on the caller's goroutine. The first thing that a signal must clean up (a path,
//     a program, the terminal's echo) starts the goroutine of signals.OnDeath, which ends with
//     the process; if a signal came first, Main waits for it.
//   - A session has one to send and one to receive and, if needed, one that watches the reader of
//     standard output and one that watches the peer. run stops the input and the output, cancels
//     the context, and has waited for all four when it returns.
//   - A server has one for each listener, one for each TLS handshake, and for
//     datagrams one that looks for silent peers. close closes the listeners and
//     cancels the handshakes. While it waits for a first datagram, there is one for
//     each listener, until firstDatagram returns.
//   - A hub has one that reads standard input, one that watches the reader of standard
//     output, one for each datagram socket, and for each client one that serves it:
//     with a program a session, for a proxy a proxyserver.Server, else a member with
//     another that sends its queue. close makes the clients leave, and has waited for all.
//   - A scan has --parallel workers, until all ports are tried or the run is over.
//   - A program has the goroutine of package child that waits for it.
//
// Any goroutine may print a message; each message is one write.
package netcat
