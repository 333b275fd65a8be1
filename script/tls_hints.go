package script

import "sosh/sockets/tlsconf"

// tlsHint returns the hint for a failure of TLS, in terms of the options of the verbs,
// or "".
func tlsHint(e *tlsconf.Error) string {
	switch e.Problem {
	case tlsconf.Untrusted:
		return "trust= sets the CAs to trust, pin= the certificate itself; verify=false accepts any"
	case tlsconf.NoAltName:
		return e.Hint + "; pin= accepts this one, verify=false any"
	case tlsconf.OtherName:
		return "servername= sets the expected name; verify=false accepts any"
	case tlsconf.Expired:
		return "verify=false accepts it"
	case tlsconf.NoClientCert:
		return "clientcert=demand requires one: cert= and key= of the client"
	case tlsconf.NoSuite:
		return "ciphers= selects suites of DTLS 1.2; the type of the key in cert= matters too"
	case tlsconf.AlertCame:
		return alertHints[e.Alert]
	}
	return e.Hint
}

// alertHints say what the peer may mean by an alert, as crypto/tls words it.
var alertHints = map[string]string{
	"handshake failure":              "the peer found no common cipher suite, or requires a certificate: cert= and key=",
	"protocol version not supported": "the peer supports none of the versions offered: min= and max=",
	"bad certificate":                "the peer rejects our certificate",
	"no certificate":                 "the peer requires a certificate: cert= and key=",
	"certificate required":           "the peer requires a certificate: cert= and key=",
	"unknown certificate authority":  "the peer does not trust the CA of our certificate",
	"no application protocol":        "the peer supports none of the protocols in alpn=",
	"unrecognized name":              "the peer has no such name: servername=",
	"certificate expired":            "our certificate has expired",
	"unknown certificate":            "the peer rejects our certificate",
	"inappropriate fallback":         "the peer supports a later version than max= allows",
	"insufficient security level":    "the peer requires a stronger suite or version",
	"error decrypting message":       "the peer could not decrypt or verify our message",
}
