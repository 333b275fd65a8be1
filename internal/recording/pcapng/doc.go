// Package pcapng writes a recording as a capture in pcapng, for Wireshark, tshark and
// everything else that reads captures.
//
// The events of a recording are calls and their bytes, and not packets. The writer makes
// the packets that would have carried them: of a stream a TCP connection, with its
// handshake, its acknowledgements and its end; of a datagram socket UDP. Sockets that have
// no IP address, such as unix sockets, get addresses in 127.64.0.0/10 and 127.128.0.0/9,
// and a name resolution block with what they are called. Each packet has a comment that
// says which handle did what.
//
// Where two handles of a recording are the two ends of one connection, each byte stands in
// the capture once. TLS and DTLS stand as the ciphertext that was on the wire, if the
// recording has it, with the secrets to read it in a decryption secrets block.
//
// Memory is bounded: what is known of a connection is a few hundred bytes, and of the
// oldest ones it is forgotten when there are many.
//
// It imports no sockets and no Lua, and starts no goroutine.
package pcapng
