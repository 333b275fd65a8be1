package netcat

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"sosh/sockets"
	"sosh/sockets/tlsconf"
)

// tlsOptions returns the TLS options of the flags, for a connection to host.
func (n *netcat) tlsOptions(host string) tlsconf.Options {
	o := n.opt
	t := tlsconf.Options{
		Cert: o.tlsCert, Key: o.tlsKey, Trust: o.tlsTrust,
		NoVerify: !o.tlsVerify, CommonName: true, ServerName: o.tlsServerName, Ciphers: o.tlsCiphers,
	}
	if t.ServerName == "" && !o.listen {
		t.ServerName = host
	}
	if o.tlsALPN != "" {
		t.ALPN = strings.Split(o.tlsALPN, ",")
	}
	if o.listen && o.tlsVerify {
		t.ClientCert = tlsconf.ClientCertDemand
	}
	return t
}

// secureKind returns the kind of socket with built-in TLS or DTLS for an address.
func secureKind(datagrams bool, ip netip.Addr) sockets.Kind {
	switch {
	case datagrams && ip.Is4():
		return sockets.DTLS4
	case datagrams:
		return sockets.DTLS6
	case ip.Is4():
		return sockets.TLS4
	}
	return sockets.TLS6
}

// setTLS sets the TLS options of the flags on a socket with built-in TLS. For a socket that
// will start TLS later, on a connection, it only checks the options now.
func (n *netcat) setTLS(h *sockets.Handle) error {
	if !strings.Contains(string(h.Kind()), "tls") {
		trial, err := n.table.Socket(sockets.TLS4, "")
		if err != nil {
			return err
		}
		defer trial.Close()
		h = trial
	}
	return h.SetTLS(n.tlsOptions(n.opt.host))
}

// startTLS starts TLS on a connection to host that has no built-in TLS: on a unix socket, or
// through a proxy.
func (n *netcat) startTLS(ctx context.Context, h *sockets.Handle) error {
	opts := n.tlsOptions(n.opt.host)
	if n.opt.unix && !n.opt.tlsVerify {
		opts.ServerName = n.opt.tlsServerName
	}
	return h.StartTLS(ctx, opts, n.opt.listen)
}

// unverified returns why the chain of a peer's certificate would fail verification, not
// counting the name, or nil. trust is a file of certificates, or "" for those of the system.
func unverified(certs []*x509.Certificate, trust string) error {
	opts := x509.VerifyOptions{Intermediates: x509.NewCertPool()}
	if trust != "" {
		pem, err := os.ReadFile(trust)
		if err != nil {
			return err
		}
		opts.Roots = x509.NewCertPool()
		opts.Roots.AppendCertsFromPEM(pem)
	}
	for _, c := range certs[1:] {
		opts.Intermediates.AddCert(c)
	}
	_, err := certs[0].Verify(opts)
	return err
}

// opensslReason returns why a certificate was rejected, in the words of OpenSSL, which ncat
// prints; "" if OpenSSL has no words for it.
func opensslReason(leaf *x509.Certificate, err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore):
		return "certificate is not yet valid"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "certificate has expired"
	case errors.As(err, &unknown) && bytes.Equal(leaf.RawIssuer, leaf.RawSubject):
		return "self-signed certificate"
	case errors.As(err, &unknown):
		return "unable to get local issuer certificate"
	}
	return ""
}

// verifyFailed returns the failure that ends a run because the peer's certificate was
// rejected, or nil if err is another error.
func (v *ncatDialect) verifyFailed(err error) error {
	var verify *tls.CertificateVerificationError
	if !errors.As(err, &verify) || len(verify.UnverifiedCertificates) == 0 {
		return nil
	}
	leaf := verify.UnverifiedCertificates[0]
	if v.n.opt.verbose > 0 {
		v.sayNames(leaf)
	}
	reason, why := foreign(tlsFailure(err).Reason), verify.Err
	if errors.As(err, new(x509.HostnameError)) {
		// As in ncat, the chain is checked before the name.
		if chain := unverified(verify.UnverifiedCertificates, v.n.opt.tlsTrust); chain != nil {
			why, err = chain, chain
		}
	}
	if errors.As(err, new(x509.HostnameError)) {
		// ncat does not print the name in the certificate.
		return &failure{status: 2, err: err, text: "Ncat: Certificate verification failed (" + reason + ").\nNcat: Certificate verification error. QUITTING."}
	}
	reason = cmp.Or(opensslReason(leaf, why), reason)
	return &failure{status: 1, err: err, text: "Ncat: Certificate verification failed (" + reason + ")."}
}

// distinguishedName formats a name as OpenSSL does in one line: "O=Acme, CN=x".
func distinguishedName(name pkix.Name) string {
	short := map[string]string{"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU"}
	var parts []string
	for _, a := range name.Names {
		key := short[a.Type.String()]
		if key == "" {
			key = a.Type.String()
		}
		parts = append(parts, key+"="+fieldValue(fmt.Sprint(a.Value)))
	}
	return strings.Join(parts, ", ")
}

// grouped formats a fingerprint in groups of four digits.
func grouped(digest []byte) string {
	var b strings.Builder
	for i, c := range digest {
		if i > 0 && i%2 == 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%02X", c)
	}
	return b.String()
}

// sayFingerprints prints the fingerprints of the peer's certificate.
func (v *ncatDialect) sayFingerprints(c *x509.Certificate) {
	one, two := sha1.Sum(c.Raw), sha256.Sum256(c.Raw)
	v.n.say("Ncat: SHA-1 fingerprint: %s", grouped(one[:]))
	v.n.say("Ncat: SHA-256 fingerprint: %s", grouped(two[:]))
}

// secured reports a connection that uses TLS.
func (v *ncatDialect) secured(h *sockets.Handle) {
	state, _ := h.TLS()
	peer := peerName(h.PeerAddr())
	if len(state.PeerCertificates) == 0 {
		v.n.say("Ncat: SSL connection to %s.", peer)
		return
	}
	leaf := state.PeerCertificates[0]
	if !v.n.opt.tlsVerify {
		if err := unverified(state.PeerCertificates, v.n.opt.tlsTrust); err != nil {
			v.sayNames(leaf)
			v.n.say("Ncat: Certificate verification failed (%s).", cmp.Or(opensslReason(leaf, err), foreign(strings.TrimPrefix(err.Error(), "x509: "))))
		}
	}
	v.n.say("Ncat: SSL connection to %s. %s", peer, foreign(strings.Join(leaf.Subject.Organization, " ")))
	v.sayFingerprints(leaf)
	for _, c := range state.PeerCertificates {
		if key, ok := c.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < safeRSA {
			v.n.say("Ncat: Warning: the certificate of %s has an RSA key of %d bits (expected %d or more).", distinguishedName(c.Subject), key.N.BitLen(), safeRSA)
		}
	}
}

// safeRSA is the smallest size in bits of an RSA key that -v does not warn about
// (NIST SP 800-131A).
const safeRSA = 2048

// sayNames prints the names in a certificate that was not verified.
func (v *ncatDialect) sayNames(c *x509.Certificate) {
	v.n.say("Ncat: Subject: %s", distinguishedName(c.Subject))
	v.n.say("Ncat: Issuer: %s", distinguishedName(c.Issuer))
	v.sayFingerprints(c)
}

// tlsFailure returns the error of TLS itself, or nil.
func tlsFailure(err error) *tlsconf.Error {
	var t *tlsconf.Error
	if errors.As(err, &t) {
		return t
	}
	return nil
}
