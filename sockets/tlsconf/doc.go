// Package tlsconf has the configuration of one side of a TLS or DTLS connection: options,
// certificates, verification, and the explanation of errors.
//
//   - [Options] are the caller's wishes; [Options.Load] reads their files and makes a [Setup],
//     which provides the configuration of crypto/tls and the verification for pion/dtls.
//   - An [Error] explains an error of either library in plain words; callers use its [Problem]
//     for hints that name their own options.
//   - An [Info] is the result of a handshake. [SelfSigned] makes a certificate.
//
// It knows no handles and no connections, imports nothing of sosh but internal/owner, and
// starts no goroutine.
package tlsconf
