// Package sockets is the engine: named socket handles on which each method
// makes the system call of its name, at that moment, with that error.
//
// A [Table] holds handles by name, as a process's descriptor table holds
// descriptors by number. A [Handle] has a [Kind], a state, its addresses,
// options, counters and an inbox. What happens to handles is published as one
// ordered stream of [Event] values. Errors are of one type, [*Error].
//
// The package knows neither Lua nor terminals, and prints nothing. Below it are
// sockopt (the table of options), sockstat (what the kernel tells of a socket) and
// tlsconf (how TLS is spoken), which know no handles.
//
// # Goroutines
//
// A method runs on its caller's goroutine. These run beside the calls; [Table.Close]
// waits for all of them but those of the last three items:
//
//   - The receiver of a watched handle (Handle.receive) reads into the inbox. It ends with
//     Watch(false), with the end of the stream, or with the handle; [Handle.Serve] and
//     [Handle.StartTLS] end it too.
//   - The watch of a listener's queue (Handle.publishWaiting) publishes the connections that
//     wait. It ends with Watch(false), with Serve or with the handle, each of which closes
//     its descriptor.
//   - The acceptor of [Handle.Serve] accepts connections, or dispatches datagrams to the
//     handles of their senders. It ends with the handle.
//   - A served TLS listener has one for each new client (Handle.registerLater): it runs the
//     handshake, for 10 seconds at most, and calls the function given to Serve. It ends
//     with the handshake that fails, with that function, or with the listener.
//   - A served datagram handle whose silent peers are ended has one that looks for them
//     (Handle.endIdle). It ends with the handle.
//   - A TLS stream that could not write all it had to has one that writes the rest
//     (tlsStream.flushLater). It ends when nothing is left, with an error, or with the
//     handle.
//   - A DTLS client has one that reads its socket (dtlsConn.readSocket) and one that puts
//     what was decrypted into the inbox (dtlsConn.receive). Both end with the connection,
//     which the peer or Close ends.
//   - A served DTLS handle has one for each client (dtlsServer.run): it runs the handshake,
//     for 10 seconds at most, and then does what dtlsConn.receive does. It ends with the
//     client's connection or with the served handle. The one that replaces a client which
//     has begun anew only ends the old connection.
//   - [Pipe] runs each direction on a goroutine, and waits for both.
//   - Each DTLS connection of pion/dtls has goroutines of its own, for retransmission and
//     for reading. They end when dtlsConn.finish or dtlsConn.receive closes it.
//   - The deadline of a call that waits is a [context.AfterFunc], which runs for a moment
//     when the context of the call ends.
package sockets
