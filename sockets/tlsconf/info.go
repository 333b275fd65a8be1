package tlsconf

import (
	"crypto/tls"
	"crypto/x509"
	"time"
)

// An Info is the result of a TLS or DTLS handshake, or the TLS settings of a listener.
type Info struct {
	Version    string // "TLS 1.3", "DTLS 1.2"; empty of a listener
	Cipher     string // the suite, by its IANA name
	ALPN       string // the application protocol, or empty
	ServerName string // the name requested by the client, or empty
	Verified   string // how the peer's certificate was verified: "authority", "pin" or "none"; empty without a certificate
	Chain      []CertInfo
	// Fingerprint is the SHA-256 of this side's own certificate, or empty.
	Fingerprint string
	Ephemeral   bool // that certificate is temporary
}

// A CertInfo is one certificate of a chain. Its texts come from the peer, but
// hold no control characters.
type CertInfo struct {
	Subject, Issuer string
	Names           string // the hosts and addresses that it is for
	From, To        time.Time
	Weak            string // the weakness of its key: "RSA of 1024 bits, a weak key"; or empty
	Fingerprint     string // SHA-256, as [Fingerprint]
}

func newCertInfo(c *x509.Certificate) CertInfo {
	return CertInfo{
		Subject: subject(c.Subject.String()), Issuer: subject(c.Issuer.String()), Names: names(c),
		Weak: weakKey(c), From: c.NotBefore, To: c.NotAfter, Fingerprint: Fingerprint(c),
	}
}

// Verified returns how the peer's certificate is verified: by "authority", "pin" or
// "none".
func (s *Setup) Verified() string {
	switch {
	case s.pin != nil:
		return "pin"
	case s.NoVerify:
		return "none"
	}
	return "authority"
}

// Own returns the fingerprint of this side's certificate, or "", and whether that certificate
// is temporary.
func (s *Setup) Own() (fingerprint string, ephemeral bool) {
	if s.cert == nil {
		return "", false
	}
	return Fingerprint(&x509.Certificate{Raw: s.cert.Certificate[0]}), s.Cert == ""
}

// NewInfo returns the Info for the state after a handshake.
func (s *Setup) NewInfo(state tls.ConnectionState) *Info {
	i := &Info{
		Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite),
		ALPN: printable(state.NegotiatedProtocol), ServerName: printable(state.ServerName),
	}
	for _, c := range state.PeerCertificates {
		i.Chain = append(i.Chain, newCertInfo(c))
		i.Verified = s.Verified()
	}
	i.Fingerprint, i.Ephemeral = s.Own()
	return i
}

// ServerInfo returns the Info of a server, or nil if it has no certificate yet.
func (s *Setup) ServerInfo() *Info {
	if s.cert == nil {
		return nil
	}
	i := new(Info)
	i.Fingerprint, i.Ephemeral = s.Own()
	return i
}
