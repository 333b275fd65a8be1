package tlsconf

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// An Error is the cause when TLS or DTLS fails: why the peer's certificate was refused, which
// alert was received, or which bytes were received in place of a record.
type Error struct {
	Reason  string
	Hint    string  // what may help; may be empty
	Problem Problem // kind of the failure, for hints that name options
	Alert   string  // the alert that the peer sent, as crypto/tls words it: "bad certificate"; or ""
	Err     error   // of crypto/tls or pion/dtls, or nil
}

// A Problem is a kind of failure that an option may help against.
type Problem int

// The problems.
const (
	NoProblem    Problem = iota
	Untrusted            // the peer's certificate is not from a trusted CA, or not valid
	NoAltName            // it has no subjectAltName
	OtherName            // it is for another host
	Expired              // it has expired
	NoClientCert         // the client sent no certificate
	NoSuite              // there is no cipher suite in common
	AlertCame            // the peer has sent an alert; see [Error.Alert]
)

func (e *Error) Error() string { return e.Reason }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Explain converts an error of crypto/tls to an [*Error]. It returns errors of the system,
// [net.ErrClosed] and an *Error unchanged.
func Explain(err error) error {
	var errno unix.Errno
	var known *Error
	if errors.As(err, &errno) || errors.Is(err, net.ErrClosed) || errors.As(err, &known) {
		return err
	}
	e := &Error{Reason: strings.TrimPrefix(err.Error(), "tls: "), Err: err}
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
		e.explainVerify(verify)
	case errors.As(err, &header):
		e.Reason, e.Hint = headerReason(header)
	case errors.As(err, &remote) && remote.Op == "remote error":
		return alert(strings.TrimPrefix(remote.Err.Error(), "tls: "), err)
	case strings.Contains(err.Error(), "client didn't provide a certificate"):
		e.Reason, e.Problem = "the client sent no certificate", NoClientCert
	}
	return e
}

// alert returns the error for an alert from the peer.
func alert(name string, err error) *Error {
	return &Error{Reason: "the peer's alert: " + name, Problem: AlertCame, Alert: name, Err: err}
}

// ExplainDTLS is [Explain] for errors of pion/dtls, which have a text only.
func ExplainDTLS(err error) error {
	text := strings.TrimPrefix(err.Error(), "dtls fatal: ")
	if _, name, ok := strings.Cut(text, "alert: Alert "); ok {
		_, name, _ = strings.Cut(name, ": ")
		return alert(spaced(name), err)
	}
	switch {
	case strings.Contains(text, "required client verification"):
		return &Error{Reason: "the client sent no certificate", Problem: NoClientCert, Err: err}
	case strings.Contains(text, "do not support any shared cipher suites"):
		return &Error{Reason: "no cipher suite in common", Problem: NoSuite, Err: err}
	}
	return Explain(err)
}

// spaced returns "bad certificate" for "BadCertificate".
func spaced(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && 'A' <= r && r <= 'Z' && s[i-1] >= 'a' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// explainVerify says why the peer's certificate was refused.
func (e *Error) explainVerify(v *tls.CertificateVerificationError) {
	if len(v.UnverifiedCertificates) == 0 {
		e.Reason = strings.TrimPrefix(v.Error(), "tls: ")
		return
	}
	leaf := v.UnverifiedCertificates[0]
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	switch {
	case errors.As(v.Err, &unknown):
		by := "signed by " + subject(leaf.Issuer.String())
		if leaf.Issuer.String() == leaf.Subject.String() {
			by = "self-signed"
		}
		e.Problem = Untrusted
		e.Reason = fmt.Sprintf("the certificate of %s is not from a trusted CA (%s)", subject(leaf.Subject.String()), by)
	case errors.As(v.Err, &name) && len(leaf.DNSNames) == 0 && len(leaf.IPAddresses) == 0 && leaf.Subject.CommonName != "":
		e.Problem = NoAltName
		e.Hint = "create it with -addext subjectAltName=DNS:" + printable(name.Host)
		if net.ParseIP(name.Host) != nil {
			e.Hint = strings.Replace(e.Hint, "DNS:", "IP:", 1)
		}
		e.Reason = fmt.Sprintf("the certificate has no subjectAltName; its common name %s does not count", printable(leaf.Subject.CommonName))
	case errors.As(v.Err, &name):
		e.Problem = OtherName
		e.Reason = fmt.Sprintf("the certificate is for %s, not for %s", names(leaf), name.Host)
	case errors.As(v.Err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore):
		e.Hint = "check the clock"
		e.Reason = fmt.Sprintf("the certificate of %s is not valid before %s", subject(invalid.Cert.Subject.String()), date(invalid.Cert.NotBefore))
	case errors.As(v.Err, &invalid) && invalid.Reason == x509.Expired:
		e.Problem = Expired
		e.Reason = fmt.Sprintf("the certificate of %s expired on %s", subject(invalid.Cert.Subject.String()), date(invalid.Cert.NotAfter))
	default:
		e.Problem = Untrusted
		e.Reason = "the certificate is not valid: " + strings.TrimPrefix(v.Err.Error(), "x509: ")
	}
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// subject returns a name of a certificate, in quotes if the peer has put characters into
// it that do not display.
func subject(s string) string {
	if s == "" {
		return "(no name)"
	}
	return printable(s)
}

// names returns the hosts that a certificate is for.
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

// printable returns s, in quotes if it is not plain text.
func printable(s string) string {
	q := fmt.Sprintf("%+q", s)
	if strings.Trim(q, `"`) == s {
		return s
	}
	return q
}

// headerReason describes the bytes that were received in place of a record.
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

// A pinError says that the peer has another certificate than the pinned one.
type pinError struct{ fingerprint string }

func (e pinError) Error() string {
	if e.fingerprint == "" {
		return "the peer sent no certificate, so its fingerprint can't match the pin"
	}
	return "the peer's certificate does not match the pin"
}
