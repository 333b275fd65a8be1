// Package ciphers parses OpenSSL's cipher strings, openssl-ciphers(1), for the suites of
// crypto/tls. It imports no package of this module.
package ciphers

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
)

// A suite is a cipher suite of TLS 1.2 or earlier, with the keywords that select it in OpenSSL's
// cipher strings (openssl-ciphers(1)).
type suite struct {
	name     string // of OpenSSL
	keywords []string
	insecure bool
}

// cipherSuites returns all suites, the secure ones first.
func cipherSuites() (list []suite) {
	for _, insecure := range []bool{false, true} {
		from := tls.CipherSuites()
		if insecure {
			from = tls.InsecureCipherSuites()
		}
		for _, c := range from {
			if exchange, rest, ok := strings.Cut(strings.TrimPrefix(c.Name, "TLS_"), "_WITH_"); ok {
				list = append(list, newSuite(exchange, rest, insecure))
			}
		}
	}
	return list
}

// newSuite makes a suite from the two parts of its IANA name, such as ECDHE_RSA and
// AES_128_GCM_SHA256.
func newSuite(exchange, rest string, insecure bool) suite {
	s := suite{insecure: insecure}
	add := func(keywords ...string) { s.keywords = append(s.keywords, keywords...) }
	switch exchange {
	case "RSA":
		add("kRSA", "RSA", "aRSA")
		exchange = ""
	case "ECDHE_RSA":
		add("kECDHE", "kEECDH", "ECDHE", "EECDH", "aRSA")
	case "ECDHE_ECDSA":
		add("kECDHE", "kEECDH", "ECDHE", "EECDH", "aECDSA", "ECDSA")
	}
	cipher, mac := rest[:strings.LastIndex(rest, "_")], rest[strings.LastIndex(rest, "_")+1:]
	switch {
	case strings.HasPrefix(cipher, "CHACHA20"):
		add("CHACHA20", "TLSv1.2")
		rest = "CHACHA20_POLY1305"
	case strings.HasSuffix(cipher, "_GCM"):
		add("AESGCM", "AES", "AES"+cipher[4:7], "TLSv1.2")
	case strings.HasPrefix(cipher, "AES"):
		add("AES", "AES"+cipher[4:7], map[string]string{"SHA": "SHA1"}[mac], mac)
		add(map[bool]string{true: "TLSv1.2", false: "SSLv3"}[mac == "SHA256"], "TLSv1.0", "TLSv1")
	case strings.HasPrefix(cipher, "3DES"):
		add("3DES", "SHA1", "SHA", "SSLv3")
		rest = "DES_CBC3_SHA"
	case strings.HasPrefix(cipher, "RC4"):
		add("RC4", "SHA1", "SHA", "SSLv3")
		rest = "RC4_SHA"
	}
	if !insecure {
		add("ALL", "DEFAULT", "HIGH")
	}
	rest = strings.NewReplacer("AES_128_CBC", "AES128", "AES_256_CBC", "AES256", "AES_128", "AES128", "AES_256", "AES256").Replace(rest)
	s.name = strings.ReplaceAll(strings.TrimPrefix(exchange+"_"+rest, "_"), "_", "-")
	return s
}

// selectedBy reports whether an element of a cipher string selects the suite: by its name, or by
// keywords joined by + that all select it.
func (s suite) selectedBy(element string) bool {
	if element == s.name {
		return true
	}
	for word := range strings.SplitSeq(element, "+") {
		if !slices.Contains(s.keywords, word) {
			return false
		}
	}
	return true
}

// Parse parses an OpenSSL cipher string: elements that add suites, remove them (-) or exclude them
// (!), and commands (@), which have no effect here. It returns the OpenSSL names of the suites; nil
// means the default of crypto/tls. As in OpenSSL, an element that selects no suite is ignored, but
// it is an error if no suite remains. An element selects insecure suites only if it selects no
// secure one.
func Parse(list string) ([]string, error) {
	all := cipherSuites()
	chosen := make([]bool, len(all))
	banned := make([]bool, len(all))
	// A command needs no separator: DEFAULT@SECLEVEL=1.
	for _, element := range strings.FieldsFunc(strings.ReplaceAll(list, "@", ":@"), func(r rune) bool { return r == ':' || r == ',' || r == ';' || r == ' ' }) {
		operator := element[0]
		if strings.IndexByte("!-+@", operator) >= 0 {
			element = element[1:]
		} else {
			operator = 0
		}
		if iana, ok := fromIANA(element); ok {
			element = iana
		}
		secure := false
		for i, s := range all {
			if s.insecure && secure && operator == 0 || !s.selectedBy(element) {
				continue
			}
			secure = secure || !s.insecure
			switch operator {
			case 0:
				chosen[i] = !banned[i]
			case '-':
				chosen[i] = false
			case '!':
				chosen[i], banned[i] = false, true
			}
		}
	}
	var names []string
	usual := true
	for i, s := range all {
		if chosen[i] {
			names = append(names, s.name)
		}
		usual = usual && chosen[i] == !s.insecure
	}
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("no cipher suite %q (expected names such as ECDHE-RSA-AES128-GCM-SHA256, or a cipher string of OpenSSL such as HIGH:!aNULL)", list)
	case usual:
		return nil, nil
	}
	return names, nil
}

// fromIANA returns the OpenSSL name for the IANA name of a suite.
func fromIANA(name string) (string, bool) {
	exchange, rest, ok := strings.Cut(strings.TrimPrefix(name, "TLS_"), "_WITH_")
	if !ok || !strings.Contains(rest, "_") {
		return "", false
	}
	return newSuite(exchange, rest, false).name, true
}
