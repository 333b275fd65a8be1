package tlsconf

import (
	"crypto/tls"
	"strings"
	"testing"
)

// The names of a suite by IANA and by OpenSSL are for the same.
func TestCipherNames(t *testing.T) {
	for openssl, iana := range map[string]string{
		"ECDHE-RSA-AES128-GCM-SHA256":   "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
		"ECDHE-ECDSA-AES256-GCM-SHA384": "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
		"ECDHE-RSA-CHACHA20-POLY1305":   "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
		"ECDHE-RSA-AES128-SHA":          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
		"AES128-SHA":                    "TLS_RSA_WITH_AES_128_CBC_SHA",
		"AES256-GCM-SHA384":             "TLS_RSA_WITH_AES_256_GCM_SHA384",
		"DES-CBC3-SHA":                  "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
		"ECDHE-RSA-DES-CBC3-SHA":        "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
		"RC4-SHA":                       "TLS_RSA_WITH_RC4_128_SHA",
	} {
		a, aerr := cipherSuite(openssl)
		b, berr := cipherSuite(strings.ToLower(iana))
		if aerr != nil || berr != nil || a != b || tls.CipherSuiteName(a) != iana {
			t.Errorf("%s is %s (%v), %s is %s (%v)", openssl, tls.CipherSuiteName(a), aerr, iana, tls.CipherSuiteName(b), berr)
		}
	}
}
