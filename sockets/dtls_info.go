package sockets

import (
	"crypto/tls"
	"crypto/x509"

	"sosh/sockets/tlsconf"

	"github.com/pion/dtls/v3"
)

// dtls12 is DTLS 1.2 on the wire (RFC 6347, section 4.1).
const dtls12 = 0xfefd

// state returns the state of the connection as crypto/tls would. pion does not tell the
// name that the client asked for, which we know, nor the curve and the signature.
func (d *dtlsConn) state() tls.ConnectionState {
	state := tls.ConnectionState{Version: dtls12, HandshakeComplete: true, ServerName: d.name}
	if s, ok := d.conn.ConnectionState(); ok {
		state.CipherSuite, state.NegotiatedProtocol = uint16(s.CipherSuiteID), s.NegotiatedProtocol
		for _, der := range s.PeerCertificates {
			if c, err := x509.ParseCertificate(der); err == nil {
				state.PeerCertificates = append(state.PeerCertificates, c)
			}
		}
	}
	return state
}

func (d *dtlsConn) info() *tlsconf.Info {
	state := d.state()
	i := d.setup.NewInfo(state)
	i.Version = "DTLS 1.2"
	i.Cipher = dtls.CipherSuiteName(dtls.CipherSuiteID(state.CipherSuite))
	return i
}
