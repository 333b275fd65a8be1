package tlsconf

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"sosh/internal/owner"
)

// Options are the TLS or DTLS settings of one side. The zero value means a client that verifies
// its peer against the system's CAs, or a server with a temporary certificate. A [Setup] keeps a
// copy.
type Options struct {
	// Cert and Key are files in PEM: a certificate with its chain, the leaf
	// first, and its private key. Key is Cert unless given. A server without
	// Cert makes an ephemeral self-signed one, of ECDSA on P-256.
	Cert, Key string
	// Trust is a file in PEM with the authorities to verify the peer against;
	// the system's if empty. A server with Trust requires a certificate of its clients,
	// unless ClientCert says otherwise.
	Trust string
	// NoVerify accepts any certificate of the peer.
	NoVerify bool
	// ServerName is the host name or IP address that a client requests and verifies. If
	// it is empty, that is the host that the client connects to.
	ServerName string
	// ALPN are the application protocols, the preferred one first (RFC 7301).
	ALPN []string
	// Ciphers are the suites of TLS 1.2 and before, by their IANA names or those
	// of OpenSSL; nil is Go's choice. Those of TLS 1.3 cannot be chosen.
	Ciphers []string
	// Min and Max are versions, [tls.VersionTLS10] to [tls.VersionTLS13]. The defaults
	// are 1.2 and 1.3. DTLS is always 1.2, and refuses a range without it.
	Min, Max uint16
	// ClientCert says whether a server requests a certificate from its clients.
	ClientCert ClientCert
	// Pin is the SHA-256 fingerprint of the peer's certificate in hexadecimal, with or
	// without colons. With Pin, neither CAs nor names are checked.
	Pin string
	// KeyLog is a file to which the session's secrets are appended, in the format of
	// NSS, for programs such as Wireshark. The default is the variable SSLKEYLOGFILE.
	KeyLog string
	// CommonName makes a client accept the common name of a certificate as the name of
	// its host, if it has no subjectAltName of a host or an address.
	CommonName bool
	// AnyName makes a client verify the chain of the server's certificate, and not its name.
	AnyName bool
	// KeepPlain is for a stream that starts TLS later: bytes that are unread at that time
	// stay readable. Without it, they are an error.
	KeepPlain bool
}

// A ClientCert says whether a server requests a certificate of its clients.
type ClientCert string

// Whether a server requests client certificates. Received certificates are verified against Trust
// or the system's CAs, unless NoVerify or Pin is set. The empty string means demand if Trust or Pin
// is set, and none otherwise.
const (
	ClientCertNone   ClientCert = "none" // no certificate; Trust and Pin are refused
	ClientCertAsk    ClientCert = "ask"  // one, if the client has any
	ClientCertDemand ClientCert = "demand"
)

// Versions are the names of the versions and their numbers.
var Versions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// An OptionError says which of the [Options] is wrong, and why. Option is the name of the
// field in lower case: "cert", "trust", "pin", "ciphers", "min", "max", "clientcert" or
// "keylog".
type OptionError struct {
	Option string
	Err    error
}

func (e *OptionError) Error() string { return e.Option + ": " + e.Err.Error() }

// Unwrap returns the error of the option.
func (e *OptionError) Unwrap() error { return e.Err }

// A Setup is Options with their files read. It does not change, but for
// [Setup.Serve]; all else may be used concurrently.
type Setup struct {
	Options
	cert   *tls.Certificate
	roots  *x509.CertPool
	pin    []byte
	suites []uint16
}

// Load reads the files of o and checks the rest. Its error is an [*OptionError].
func (o Options) Load() (*Setup, error) {
	s := &Setup{Options: o}
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
			return nil, &OptionError{step.option, err}
		}
	}
	return s, nil
}

func (s *Setup) loadCert() error {
	if s.Cert == "" {
		if s.Key != "" {
			return errors.New("a key without its certificate (expected both)")
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
		if s.Key == "" {
			return fmt.Errorf("%s: %w (expected PEM with a certificate and its key, unless the key is given too)", s.Cert, err)
		}
		return fmt.Errorf("%s with the key %s: %w (expected PEM, and the certificate's own key)", s.Cert, s.Key, err)
	}
	s.cert = &c
	return nil
}

func (s *Setup) loadTrust() error {
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

func (s *Setup) loadPin() (err error) {
	if s.Pin == "" {
		return nil
	}
	text := strings.ReplaceAll(strings.ReplaceAll(s.Pin, ":", ""), " ", "")
	if s.pin, err = hex.DecodeString(text); err != nil || len(s.pin) != sha256.Size {
		return fmt.Errorf("bad fingerprint %q (expected SHA-256, 64 hexadecimal digits)", s.Pin)
	}
	return nil
}

func (s *Setup) loadCiphers() error {
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

// plainSuite returns what the IANA name and the OpenSSL name of a suite have in common:
// OpenSSL leaves out parts that were once the usual choice.
func plainSuite(name string) string {
	s := strings.NewReplacer("_WITH_", "", "_CBC_", "", "-CBC-", "", "_", "", "-", "").Replace(strings.ToUpper(name))
	s = strings.TrimPrefix(strings.TrimPrefix(s, "TLS"), "RSA")
	if strings.Contains(s, "CHACHA20") {
		s = strings.TrimSuffix(s, "SHA256")
	}
	return strings.NewReplacer("3DESEDE", "DESCBC3", "RC4128", "RC4").Replace(s)
}

func (s *Setup) checkVersions() error {
	if s.Min != 0 && s.Max != 0 && s.Min > s.Max {
		return fmt.Errorf("no version is from %s to %s", tls.VersionName(s.Min), tls.VersionName(s.Max))
	}
	return nil
}

// CheckDTLS returns an [*OptionError] if the versions exclude DTLS 1.2, the only supported one.
func (s *Setup) CheckDTLS() error {
	for _, v := range []struct {
		option string
		no     bool
	}{{"min", s.Min > tls.VersionTLS12}, {"max", s.Max != 0 && s.Max < tls.VersionTLS12}} {
		if v.no {
			return &OptionError{v.option, errors.New("sosh supports only DTLS 1.2 (expected no version, or 1.2)")}
		}
	}
	return nil
}

func (s *Setup) checkClientCert() error {
	switch s.ClientCert {
	case ClientCertNone:
		if s.Trust != "" || s.Pin != "" {
			return errors.New("with none there is no certificate to verify by trusted CAs or a pin (expected demand or ask)")
		}
		return nil
	case "", ClientCertAsk, ClientCertDemand:
		return nil
	}
	return fmt.Errorf("bad clientcert %q (expected demand, ask or none)", s.ClientCert)
}

// checkKeyLog opens the file once, so that an error does not occur during the handshake.
func (s *Setup) checkKeyLog() error {
	if s.KeyLog == "" {
		return nil
	}
	_, err := keyLog(s.KeyLog).Write(nil)
	return err
}

// A keyLog appends to the file of its name. It opens the file for each write: a session
// writes a few times, at its start. It writes no secrets to a file of another user.
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

// Suites returns the cipher suites that were chosen; nil leaves the choice to the library.
func (s *Setup) Suites() []uint16 { return s.suites }

// Certificate returns the certificate of this side, or nil.
func (s *Setup) Certificate() *tls.Certificate { return s.cert }

// KeyLogWriter returns the writer for secrets, or nil.
func (s *Setup) KeyLogWriter() io.Writer {
	if s.KeyLog == "" {
		return nil
	}
	return keyLog(s.KeyLog)
}

// Config returns the configuration of one side of TLS; host is the one that a client
// connects to, which it verifies unless ServerName is set.
func (s *Setup) Config(server bool, host string) *tls.Config {
	// #nosec G402 -- versions before 1.2 are for trying old peers, and only by name
	c := &tls.Config{
		NextProtos: s.ALPN, CipherSuites: s.suites, MinVersion: s.Min, MaxVersion: s.Max,
		// Sessions are not resumed, and if the peer closes with unread tickets, that
		// resets the connection.
		SessionTicketsDisabled: true,
	}
	if s.Min == 0 && s.Max != 0 && s.Max < tls.VersionTLS12 {
		c.MinVersion = s.Max
	}
	if s.cert != nil {
		c.Certificates = []tls.Certificate{*s.cert}
	}
	c.KeyLogWriter = s.KeyLogWriter()
	if s.pin != nil {
		c.VerifyConnection = func(state tls.ConnectionState) error { return s.checkPin(state.PeerCertificates) }
	}
	if server {
		if c.ClientAuth = s.ClientAuth(); c.ClientAuth == tls.RequireAndVerifyClientCert || c.ClientAuth == tls.VerifyClientCertIfGiven {
			c.ClientCAs = s.roots
		}
		return c
	}
	if s.cert != nil {
		// Send our certificate to every server that requests one, even if the server does
		// not list its CA.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return s.cert, nil }
	}
	c.RootCAs, c.ServerName = s.roots, s.ServerName
	if c.ServerName == "" {
		c.ServerName = host
	}
	c.InsecureSkipVerify = !s.Verifies()
	if (s.CommonName || s.AnyName) && s.Verifies() {
		name := c.ServerName
		c.InsecureSkipVerify = true // crypto/tls supports neither common names nor any name
		c.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error { return s.Verify(raw, false, name) }
	}
	return c
}
