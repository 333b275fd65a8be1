package sockets

import (
	"crypto/tls"
	"crypto/x509"
	"time"
)

// A TLSInfo is what a TLS or DTLS handshake has settled, or how a listener will
// speak it.
type TLSInfo struct {
	Version    string // "TLS 1.3", "DTLS 1.2"; empty of a listener
	Cipher     string // the suite, by its IANA name
	ALPN       string // the application protocol, or empty
	ServerName string // what the client asked for, or empty
	Verified   string // how the peer's certificate was: "by its authority", "by its pin", "not at all"; empty where it showed none
	Chain      []CertInfo
	// Fingerprint is the SHA-256 of this side's own certificate, or empty.
	Fingerprint string
}

// A CertInfo is one certificate of a chain. Its texts come from the peer, but
// hold no control characters.
type CertInfo struct {
	Subject, Issuer string
	Names           string // the hosts and addresses that it is for
	From, To        time.Time
	Fingerprint     string // SHA-256, as [Fingerprint]
}

func newCertInfo(c *x509.Certificate) CertInfo {
	return CertInfo{
		Subject: subject(c.Subject.String()), Issuer: subject(c.Issuer.String()), Names: names(c),
		From: c.NotBefore, To: c.NotAfter, Fingerprint: Fingerprint(c),
	}
}

// how is how the peer's certificate is verified.
func (s *tlsSetup) how(server bool) string {
	switch {
	case s.pin != nil:
		return "by its pin"
	case s.NoVerify, server && s.roots == nil:
		return "not at all"
	}
	return "by its authority"
}

func fingerprintOf(der []byte) string {
	if der == nil {
		return ""
	}
	return Fingerprint(&x509.Certificate{Raw: der})
}

func (s *tlsStream) info() *TLSInfo {
	state := s.conn.ConnectionState()
	i := &TLSInfo{
		Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite),
		ALPN: printable(state.NegotiatedProtocol), ServerName: printable(state.ServerName), Fingerprint: fingerprintOf(s.own),
	}
	for _, c := range state.PeerCertificates {
		i.Chain = append(i.Chain, newCertInfo(c))
		i.Verified = s.how
	}
	return i
}

// tlsInfo is the TLS of a handle, or nil.
func (h *Handle) tlsInfo() *TLSInfo {
	if s := h.tls.Load(); s != nil {
		return s.info()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.setup != nil && h.setup.cert != nil {
		return &TLSInfo{Fingerprint: fingerprintOf(h.setup.cert.Certificate[0])}
	}
	return nil
}
