package tlsconf

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
)

// Verify verifies the chain of a peer, in DER with the leaf first, as crypto/tls does. server means
// that the peer is a client; otherwise host is the name that the leaf must be valid for. If
// verification fails, the error is a [*tls.CertificateVerificationError].
func (s *Setup) Verify(raw [][]byte, server bool, host string) error {
	var chain []*x509.Certificate
	for _, der := range raw {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		chain = append(chain, c)
	}
	switch {
	case s.pin != nil:
		return s.checkPin(chain)
	case s.NoVerify:
		return nil
	case len(chain) == 0 && server:
		return nil // if a certificate is required, the library refuses it
	case len(chain) == 0:
		return errors.New("the server sent no certificate")
	}
	opts := x509.VerifyOptions{Roots: s.roots, DNSName: host, Intermediates: x509.NewCertPool()}
	if server {
		opts.DNSName, opts.KeyUsages = "", []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	} else if s.AnyName || s.CommonName && commonNameIs(chain[0], host) {
		opts.DNSName = ""
	}
	for _, c := range chain[1:] {
		opts.Intermediates.AddCert(c)
	}
	if _, err := chain[0].Verify(opts); err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: chain, Err: err}
	}
	return nil
}

// ClientAuth returns whether a server requests client certificates.
func (s *Setup) ClientAuth() tls.ClientAuthType {
	verify := s.Verifies()
	switch ask := s.ClientCert; {
	case ask == ClientCertDemand, s.pin != nil, ask == "" && s.roots != nil && verify:
		if verify {
			return tls.RequireAndVerifyClientCert
		}
		return tls.RequireAnyClientCert
	case ask == ClientCertAsk && verify:
		return tls.VerifyClientCertIfGiven
	case ask == ClientCertAsk:
		return tls.RequestClientCert
	}
	return tls.NoClientCert
}

// Verifies reports whether the peer's certificate must be signed by a trusted CA.
func (s *Setup) Verifies() bool { return !s.NoVerify && s.pin == nil }

// checkPin compares the leaf with the pin.
func (s *Setup) checkPin(chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return pinError{}
	}
	sum := sha256.Sum256(chain[0].Raw)
	if subtle.ConstantTimeCompare(sum[:], s.pin) != 1 {
		return pinError{Fingerprint(chain[0])}
	}
	return nil
}

// commonNameIs reports whether a certificate without a subjectAltName of a host or an address is
// valid for host by its common name, which may begin with "*." for one label.
func commonNameIs(c *x509.Certificate, host string) bool {
	if len(c.DNSNames) > 0 || len(c.IPAddresses) > 0 || host == "" {
		return false
	}
	name := c.Subject.CommonName
	if suffix, ok := strings.CutPrefix(name, "*."); ok && net.ParseIP(host) == nil {
		_, rest, _ := strings.Cut(host, ".")
		return strings.Contains(suffix, ".") && strings.EqualFold(rest, suffix)
	}
	return strings.EqualFold(name, host)
}
