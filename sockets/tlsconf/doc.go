// Package tlsconf is how one side of a connection speaks TLS or DTLS: its options,
// certificates and verification, and what went wrong.
//
//   - [Options] are what a caller asks for; [Options.Load] reads their files and makes a
//     [Setup], from which come the configuration of crypto/tls and the verification of
//     pion/dtls.
//   - An [Error] says in plain words what an error of either library means; its [Problem]
//     is for callers that know how their options are called.
//   - An [Info] is what a handshake has settled. [SelfSigned] makes a certificate.
//
// It knows no handles and no connections, imports nothing of sosh but internal/owner, and
// starts no goroutine.
package tlsconf
