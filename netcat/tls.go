package netcat

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"sosh/sockets"
)

// tlsOptions are what the flags say of TLS, to a server of the name host.
func (n *netcat) tlsOptions(host string) sockets.TLSOptions {
	o := n.opt
	t := sockets.TLSOptions{
		Cert: o.tlsCert, Key: o.tlsKey, Trust: o.tlsTrust,
		NoVerify: !o.tlsVerify, ServerName: o.tlsServerName,
	}
	if t.ServerName == "" && !o.listen {
		t.ServerName = host
	}
	if o.tlsALPN != "" {
		t.ALPN = strings.Split(o.tlsALPN, ",")
	}
	if o.tlsCiphers != "" {
		t.Ciphers = strings.FieldsFunc(o.tlsCiphers, func(r rune) bool { return r == ':' || r == ',' || r == ' ' })
	}
	if o.listen && o.tlsVerify {
		t.ClientCert = sockets.ClientCertDemand
	}
	return t
}

// secureKind is the kind of socket that speaks TLS or DTLS itself, for an
// address.
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

// startTLS turns a connection to host into TLS, where its kind does not do so
// itself: on a unix socket, or behind a proxy.
func (n *netcat) startTLS(ctx context.Context, h *sockets.Handle) error {
	opts := n.tlsOptions(n.opt.host)
	if n.opt.unix && !n.opt.tlsVerify {
		opts.ServerName = n.opt.tlsServerName
	}
	return h.StartTLS(ctx, opts, n.opt.listen)
}

// unverified is why the peer's certificate would not be taken if it had to be
// verified, or "".
func (n *netcat) unverified(certs []*x509.Certificate) string {
	host := n.opt.tlsServerName
	if host == "" {
		host = n.opt.host
	}
	opts := x509.VerifyOptions{DNSName: host, Intermediates: x509.NewCertPool()}
	for _, c := range certs[1:] {
		opts.Intermediates.AddCert(c)
	}
	if _, err := certs[0].Verify(opts); err != nil {
		return strings.TrimPrefix(err.Error(), "x509: ")
	}
	return ""
}

// distinguishedName is a name as OpenSSL's one line has it: "O=Acme, CN=x".
func distinguishedName(name pkix.Name) string {
	short := map[string]string{"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU"}
	var parts []string
	for _, a := range name.Names {
		key := short[a.Type.String()]
		if key == "" {
			key = a.Type.String()
		}
		parts = append(parts, fmt.Sprintf("%s=%v", key, a.Value))
	}
	return strings.Join(parts, ", ")
}

// grouped is a fingerprint in groups of four digits.
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

// sayFingerprints tells who the peer is.
func (v *ncatVoice) sayFingerprints(c *x509.Certificate) {
	one, two := sha1.Sum(c.Raw), sha256.Sum256(c.Raw)
	v.n.say("Ncat: SHA-1 fingerprint: %s", grouped(one[:]))
	v.n.say("Ncat: SHA-256 fingerprint: %s", grouped(two[:]))
}

// secured tells of a connection that speaks TLS.
func (v *ncatVoice) secured(h *sockets.Handle) {
	state, _ := h.TLS()
	peer := unbracketed(h.PeerAddr())
	if len(state.PeerCertificates) == 0 {
		v.n.say("Ncat: SSL connection to %s.", peer)
		return
	}
	leaf := state.PeerCertificates[0]
	if !v.n.opt.tlsVerify {
		if why := v.n.unverified(state.PeerCertificates); why != "" {
			v.n.say("Ncat: Subject: %s", distinguishedName(leaf.Subject))
			v.n.say("Ncat: Issuer: %s", distinguishedName(leaf.Issuer))
			v.n.say("Ncat: Certificate verification failed (%s).", why)
		}
	}
	v.n.say("Ncat: SSL connection to %s. %s", peer, strings.Join(leaf.Subject.Organization, " "))
	v.sayFingerprints(leaf)
}

// tlsFailure is the reason that TLS itself gave, or nil.
func tlsFailure(err error) *sockets.TLSError {
	var t *sockets.TLSError
	if errors.As(err, &t) {
		return t
	}
	return nil
}
