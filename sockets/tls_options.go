package sockets

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"sosh/internal/owner"
)

// TLSOptions say how a handle speaks TLS or DTLS. The zero value is a client
// that verifies its peer against the system's authorities, or a server that
// makes itself a certificate. It is a value: a handle keeps a copy.
type TLSOptions struct {
	// Cert and Key are files in PEM: a certificate with its chain, the leaf
	// first, and its private key. Key is Cert unless given. A server without
	// Cert makes an ephemeral self-signed one, of ECDSA on P-256.
	Cert, Key string
	// Trust is a file in PEM with the authorities to verify the peer against;
	// the system's if empty. Of a server they are those of its clients, which it
	// then demands a certificate of unless ClientCert says otherwise.
	Trust string
	// NoVerify takes any certificate of the peer. [Handle.TLS] shows which.
	NoVerify bool
	// ServerName is what a client asks for and verifies: a host name or an IP
	// address. Without it it is the host that connect was given.
	ServerName string
	// ALPN are the application protocols, the preferred one first (RFC 7301).
	ALPN []string
	// Ciphers are the suites of TLS 1.2 and before, by their IANA names or those
	// of OpenSSL; nil is Go's choice. Those of TLS 1.3 cannot be chosen.
	Ciphers []string
	// Min and Max are versions: [tls.VersionTLS10] to [tls.VersionTLS13]. 0 is
	// 1.2 and 1.3. DTLS is 1.2 whatever they are, and refuses others.
	Min, Max uint16
	// ClientCert is what a server asks of its clients.
	ClientCert ClientCert
	// Pin is the SHA-256 fingerprint of the peer's certificate in hexadecimal,
	// with colons or without. It decides alone: neither authorities nor names
	// count then.
	Pin string
	// KeyLog is a file to which the session's secrets are appended, in the
	// format of NSS, for programs such as Wireshark; empty is that of the
	// environment's SSLKEYLOGFILE, if any.
	KeyLog string
	// CommonName has a client take the common name of a certificate for that of
	// its host, where it has no subjectAltName of a host or an address.
	CommonName bool
	// KeepPlain has [Handle.StartTLS] take what was not received before it for
	// what it is, in place of failing.
	KeepPlain bool
}

// A ClientCert says what a server asks of its clients.
type ClientCert string

// What a server asks of its clients. Certificates that come are verified
// against Trust or the system's authorities, unless NoVerify is set or a Pin
// decides. The empty string demands a certificate where Trust or Pin is given,
// and asks for none otherwise.
const (
	ClientCertNone   ClientCert = "none" // no certificate; Trust and Pin are refused
	ClientCertAsk    ClientCert = "ask"  // one, if the client has any
	ClientCertDemand ClientCert = "demand"
)

// TLSVersions are the names of the versions and their numbers.
var TLSVersions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// A tlsSetup is TLSOptions with their files read. It is not changed once made,
// but for the certificate of a server that has none.
type tlsSetup struct {
	TLSOptions
	cert   *tls.Certificate
	roots  *x509.CertPool
	pin    []byte
	suites []uint16
}

// load reads the files of o and checks the rest. Its error is a *ParamError
// that names the option as the verbs do.
func (o TLSOptions) load() (*tlsSetup, error) {
	s := &tlsSetup{TLSOptions: o}
	if s.KeyLog == "" {
		s.KeyLog = os.Getenv("SSLKEYLOGFILE")
	}
	for _, step := range []struct {
		option string
		load   func() error
	}{
		{"cert", s.loadCert}, {"trust", s.loadTrust}, {"pin", s.loadPin}, {"ciphers", s.loadCiphers},
		{"min", s.checkVersions}, {"clientcert", s.checkClientCert}, {"keylog", s.checkKeyLog},
	} {
		if err := step.load(); err != nil {
			return nil, &ParamError{step.option, err}
		}
	}
	return s, nil
}

func (s *tlsSetup) loadCert() error {
	if s.Cert == "" {
		if s.Key != "" {
			return errors.New("a key without its certificate (expected cert= too)")
		}
		return nil
	}
	key := s.Key
	if key == "" {
		key = s.Cert
	}
	c, err := tls.LoadX509KeyPair(s.Cert, key)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			return err
		}
		return fmt.Errorf("%s: %w (expected PEM with a certificate and its key)", s.Cert, err)
	}
	s.cert = &c
	return nil
}

func (s *tlsSetup) loadTrust() error {
	if s.Trust == "" {
		return nil
	}
	pem, err := os.ReadFile(s.Trust)
	if err != nil {
		return err
	}
	s.roots = x509.NewCertPool()
	if !s.roots.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s has no certificate in it (expected PEM)", s.Trust)
	}
	return nil
}

func (s *tlsSetup) loadPin() (err error) {
	if s.Pin == "" {
		return nil
	}
	text := strings.ReplaceAll(strings.ReplaceAll(s.Pin, ":", ""), " ", "")
	if s.pin, err = hex.DecodeString(text); err != nil || len(s.pin) != sha256.Size {
		return fmt.Errorf("bad fingerprint %q (expected SHA-256, 64 hexadecimal digits)", s.Pin)
	}
	return nil
}

func (s *tlsSetup) loadCiphers() error {
	for _, name := range s.Ciphers {
		id, err := cipherSuite(name)
		if err != nil {
			return err
		}
		s.suites = append(s.suites, id)
	}
	return nil
}

// cipherSuite returns the suite of a name: that of IANA
// (TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256) or of OpenSSL
// (ECDHE-RSA-AES128-GCM-SHA256).
func cipherSuite(name string) (uint16, error) {
	for _, c := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		switch later := c.SupportedVersions[0] == tls.VersionTLS13; {
		case later && strings.EqualFold(c.Name, name):
			return 0, fmt.Errorf("%s is a suite of TLS 1.3, whose suites can't be chosen", name)
		case !later && plainSuite(c.Name) == plainSuite(name):
			return c.ID, nil
		}
	}
	return 0, fmt.Errorf("no cipher suite %q (expected a name such as ECDHE-RSA-AES128-GCM-SHA256)", name)
}

// plainSuite is what the names of a suite by IANA and by OpenSSL have in
// common: the latter leave out what was usual once.
func plainSuite(name string) string {
	s := strings.NewReplacer("_WITH_", "", "_CBC_", "", "-CBC-", "", "_", "", "-", "").Replace(strings.ToUpper(name))
	s = strings.TrimPrefix(strings.TrimPrefix(s, "TLS"), "RSA")
	if strings.Contains(s, "CHACHA20") {
		s = strings.TrimSuffix(s, "SHA256")
	}
	return strings.NewReplacer("3DESEDE", "DESCBC3", "RC4128", "RC4").Replace(s)
}

func (s *tlsSetup) checkVersions() error {
	if s.Min != 0 && s.Max != 0 && s.Min > s.Max {
		return fmt.Errorf("no version is from %s to %s", tls.VersionName(s.Min), tls.VersionName(s.Max))
	}
	return nil
}

// checkDTLS refuses the versions that pion/dtls has not.
func (s *tlsSetup) checkDTLS() error {
	for _, v := range []struct {
		option string
		no     bool
	}{{"min", s.Min > tls.VersionTLS12}, {"max", s.Max != 0 && s.Max < tls.VersionTLS12}} {
		if v.no {
			return &ParamError{v.option, errors.New("sosh supports only DTLS 1.2 (expected no version, or 1.2)")}
		}
	}
	return nil
}

func (s *tlsSetup) checkClientCert() error {
	switch s.ClientCert {
	case ClientCertNone:
		if s.Trust != "" || s.Pin != "" {
			return errors.New("with none there is no certificate to verify by trust= or pin= (expected demand or ask)")
		}
		return nil
	case "", ClientCertAsk, ClientCertDemand:
		return nil
	}
	return fmt.Errorf("bad clientcert %q (expected demand, ask or none)", s.ClientCert)
}

// checkKeyLog finds out now what writing to it would say in mid-handshake.
func (s *tlsSetup) checkKeyLog() error {
	if s.KeyLog == "" {
		return nil
	}
	_, err := keyLog(s.KeyLog).Write(nil)
	return err
}

// A keyLog appends to the file of its name. It keeps none open: a session
// writes to it a few times at its start. A file of another user gets no secrets.
type keyLog string

func (k keyLog) Write(p []byte) (int, error) {
	f, err := os.OpenFile(string(k), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	if stranger := owner.Stranger(f, string(k)); stranger != "" {
		f.Close()
		return 0, fmt.Errorf("%s: %s", string(k), stranger)
	}
	n, err := f.Write(p)
	return n, errors.Join(err, f.Close())
}

// config is the configuration of one side; host is whom a client means.
func (s *tlsSetup) config(server bool, host string) *tls.Config {
	// #nosec G402 -- versions before 1.2 are for trying old peers, and only by name
	c := &tls.Config{
		NextProtos: s.ALPN, CipherSuites: s.suites, MinVersion: s.Min, MaxVersion: s.Max,
		// Nothing is ever resumed, and tickets that the peer has not read make
		// its close a reset.
		SessionTicketsDisabled: true,
	}
	if s.Min == 0 && s.Max != 0 && s.Max < tls.VersionTLS12 {
		c.MinVersion = s.Max
	}
	if s.cert != nil {
		c.Certificates = []tls.Certificate{*s.cert}
	}
	if s.KeyLog != "" {
		c.KeyLogWriter = keyLog(s.KeyLog)
	}
	if s.pin != nil {
		c.VerifyConnection = func(state tls.ConnectionState) error { return s.checkPin(state.PeerCertificates) }
	}
	if server {
		if c.ClientAuth = s.clientAuth(); c.ClientAuth == tls.RequireAndVerifyClientCert || c.ClientAuth == tls.VerifyClientCertIfGiven {
			c.ClientCAs = s.roots
		}
		return c
	}
	if s.cert != nil {
		// It is shown to whoever asks, not only to who names its authority.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return s.cert, nil }
	}
	c.RootCAs, c.ServerName = s.roots, s.ServerName
	if c.ServerName == "" {
		c.ServerName = host
	}
	c.InsecureSkipVerify = !s.verifies()
	if s.CommonName && s.verifies() {
		name := c.ServerName
		c.InsecureSkipVerify = true // crypto/tls knows no common names
		c.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error { return s.verify(raw, false, name) }
	}
	return c
}

// clientAuth is what a server asks of its clients. Without a file of authorities
// a certificate is verified against the system's: crypto/x509 takes a nil pool
// for those.
func (s *tlsSetup) clientAuth() tls.ClientAuthType {
	verify := s.verifies()
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

// verifies reports whether the peer's certificate has to be by an authority.
func (s *tlsSetup) verifies() bool { return !s.NoVerify && s.pin == nil }

func (s *tlsSetup) checkPin(chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return pinError{}
	}
	sum := sha256.Sum256(chain[0].Raw)
	if subtle.ConstantTimeCompare(sum[:], s.pin) != 1 {
		return pinError{Fingerprint(chain[0])}
	}
	return nil
}

// Fingerprint is the SHA-256 of a certificate: pairs of hexadecimal digits with
// colons between them, as OpenSSL writes it.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return strings.ReplaceAll(strings.ToUpper(fmt.Sprintf("% x", sum[:])), " ", ":")
}
