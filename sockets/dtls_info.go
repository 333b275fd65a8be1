package sockets

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"strings"

	"github.com/pion/dtls/v3"
)

// dtls12 is DTLS 1.2 on the wire (RFC 6347, section 4.1).
const dtls12 = 0xfefd

// state is what pion tells, as crypto/tls would. It does not tell the name that
// the client asked for, which we know, nor which curve or signature were used.
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

func (d *dtlsConn) info() *TLSInfo {
	state := d.state()
	i := newTLSInfo(state, d.setup.how())
	i.Version = "DTLS 1.2"
	i.Cipher = dtls.CipherSuiteName(dtls.CipherSuiteID(state.CipherSuite))
	i.Fingerprint, i.Ephemeral = d.setup.own()
	return i
}

// spaced is "bad certificate" for "BadCertificate".
func spaced(s string) string {
	var b bytes.Buffer
	for i, r := range s {
		if i > 0 && 'A' <= r && r <= 'Z' && s[i-1] >= 'a' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}
