package sockets

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A TLSError is the cause when TLS or DTLS fails: why the peer's certificate
// was not taken, which alert came, or what came in the place of a record.
type TLSError struct {
	Reason string
	Hint   string
	Err    error // of crypto/tls or pion/dtls, or nil
}

func (e *TLSError) Error() string { return e.Reason }

// Unwrap returns the cause.
func (e *TLSError) Unwrap() error { return e.Err }

// ErrTruncated is the cause when a connection ended without close_notify: its
// end may not be the peer's.
var ErrTruncated = errors.New("the connection ended without close_notify (truncated?)")

// cause makes of an error of crypto/tls what the handle gives: the system's own
// error where that is the cause, else a *TLSError.
func (s *tlsStream) cause(err error, handshake bool) error {
	switch {
	case err == unix.EAGAIN:
		return err
	case s.readErr != nil && errors.Is(err, s.readErr):
		return s.readErr
	case s.ended && handshake && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return &TLSError{Reason: "the peer ended the connection during the handshake", Err: io.ErrUnexpectedEOF,
			Hint: "it may not support TLS, or none of the versions and suites offered"}
	case s.ended && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return &TLSError{Reason: ErrTruncated.Error(), Err: ErrTruncated}
	}
	return tlsCause(err)
}

// tlsCause says what an error of crypto/tls means.
func tlsCause(err error) error {
	var errno unix.Errno
	var closed closedError
	var known *TLSError
	if errors.As(err, &errno) || errors.As(err, &closed) || errors.As(err, &known) {
		return err
	}
	e := &TLSError{Reason: strings.TrimPrefix(err.Error(), "tls: "), Err: err}
	var verify *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var remote *net.OpError
	var pin pinError
	switch {
	case errors.As(err, &pin):
		e.Reason = pin.Error()
		if pin.fingerprint != "" {
			e.Hint = "its fingerprint is " + pin.fingerprint
		}
	case errors.As(err, &verify):
		e.Reason, e.Hint = verifyReason(verify)
	case errors.As(err, &header):
		e.Reason, e.Hint = headerReason(header)
	case errors.As(err, &remote) && remote.Op == "remote error":
		e.Reason = "the peer's alert: " + strings.TrimPrefix(remote.Err.Error(), "tls: ")
		e.Hint = alertHints[remote.Err.Error()]
	case strings.Contains(err.Error(), "client didn't provide a certificate"):
		e.Reason, e.Hint = "the client sent no certificate", "clientcert=demand requires one: cert= and key= of the client"
	}
	return e
}

var alertHints = map[string]string{
	"tls: handshake failure":              "the peer found no common cipher suite, or requires a certificate: cert= and key=",
	"tls: protocol version not supported": "the peer supports none of the versions offered: min= and max=",
	"tls: bad certificate":                "the peer rejects our certificate",
	"tls: no certificate":                 "the peer requires a certificate: cert= and key=",
	"tls: certificate required":           "the peer requires a certificate: cert= and key=",
	"tls: unknown certificate authority":  "the peer does not trust the CA of our certificate",
	"tls: no application protocol":        "the peer supports none of the protocols in alpn=",
	"tls: unrecognized name":              "the peer has no such name: servername=",
	"tls: certificate expired":            "our certificate has expired",
	"tls: unknown certificate":            "the peer rejects our certificate",
	"tls: inappropriate fallback":         "the peer supports a later version than max= allows",
	"tls: insufficient security level":    "the peer requires a stronger suite or version",
	"tls: error decrypting message":       "the peer could not decrypt or verify our message",
}

// verifyReason says why the peer's certificate was not taken.
func verifyReason(v *tls.CertificateVerificationError) (reason, hint string) {
	var leaf *x509.Certificate
	if len(v.UnverifiedCertificates) > 0 {
		leaf = v.UnverifiedCertificates[0]
	}
	const take = "trust= sets the CAs to trust, pin= the certificate itself; verify=false accepts any"
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	switch {
	case leaf == nil:
		return strings.TrimPrefix(v.Error(), "tls: "), ""
	case errors.As(v.Err, &unknown):
		by := "signed by " + subject(leaf.Issuer.String())
		if leaf.Issuer.String() == leaf.Subject.String() {
			by = "self-signed"
		}
		return fmt.Sprintf("the certificate of %s is not from a trusted CA (%s)", subject(leaf.Subject.String()), by), take
	case errors.As(v.Err, &name) && len(leaf.DNSNames) == 0 && len(leaf.IPAddresses) == 0 && leaf.Subject.CommonName != "":
		hint = "create it with -addext subjectAltName=DNS:" + printable(name.Host) + "; pin= accepts this one, verify=false any"
		if net.ParseIP(name.Host) != nil {
			hint = strings.Replace(hint, "DNS:", "IP:", 1)
		}
		return fmt.Sprintf("the certificate has no subjectAltName; its common name %s does not count", printable(leaf.Subject.CommonName)), hint
	case errors.As(v.Err, &name):
		hint = "servername= sets the expected name; verify=false accepts any"
		return fmt.Sprintf("the certificate is for %s, not for %s", names(leaf), name.Host), hint
	case errors.As(v.Err, &invalid) && invalid.Reason == x509.Expired:
		which := subject(invalid.Cert.Subject.String())
		if now := time.Now(); now.Before(invalid.Cert.NotBefore) {
			return fmt.Sprintf("the certificate of %s is not valid before %s", which, date(invalid.Cert.NotBefore)), "check the clock"
		}
		return fmt.Sprintf("the certificate of %s expired on %s", which, date(invalid.Cert.NotAfter)), "verify=false accepts it"
	}
	return "the certificate is not valid: " + strings.TrimPrefix(v.Err.Error(), "x509: "), take
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// subject is a name of a certificate, quoted where a peer put into it what
// would not show.
func subject(s string) string {
	if s == "" {
		return "(no name)"
	}
	return printable(s)
}

// names are whom a certificate is for.
func names(c *x509.Certificate) string {
	list := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		list = append(list, ip.String())
	}
	if len(list) == 0 {
		return subject(c.Subject.String())
	}
	return printable(strings.Join(list, ", "))
}

// printable quotes s if it holds what is no plain text.
func printable(s string) string {
	q := fmt.Sprintf("%+q", s)
	if strings.Trim(q, `"`) == s {
		return s
	}
	return q
}

// headerReason says what came in the place of a record.
func headerReason(h tls.RecordHeaderError) (reason, hint string) {
	head := h.RecordHeader[:]
	text := true
	for _, b := range head {
		text = text && (b >= ' ' && b < 0x7f || b == '\r' || b == '\n' || b == '\t')
	}
	if text {
		return fmt.Sprintf("the peer does not speak TLS: its first bytes look like plain text: %q", head), "the port may be wrong, or the server may need STARTTLS first"
	}
	return fmt.Sprintf("the peer does not speak TLS: its first bytes are % x (%s)", head, h.Msg), ""
}

// A pinError says that the peer has another certificate than the one expected.
type pinError struct{ fingerprint string }

func (e pinError) Error() string {
	if e.fingerprint == "" {
		return "the peer sent no certificate, so its fingerprint can't match pin="
	}
	return "the peer's certificate does not match pin="
}
