package http1

import (
	"net/textproto"
	"strings"
	"testing"
)

// TestDigest has the examples of RFC 7616, 3.9.1.
func TestDigest(t *testing.T) {
	for algorithm, want := range map[string]string{
		"MD5":     "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		got, _ := DigestResponse(map[string]string{
			"username": "Mufasa", "realm": "http-auth@example.org", "uri": "/dir/index.html", "algorithm": algorithm,
			"nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "nc": "00000001", "qop": "auth",
			"cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
		}, "Circle of Life", "GET")
		if got != want {
			t.Errorf("%s: %s, want %s", algorithm, got, want)
		}
	}
}

// TestChallenges answers what a proxy may ask for with what is allowed there.
func TestChallenges(t *testing.T) {
	a := &Credentials{User: `a"b`, Password: "c:d", Basic: `a"b:c:d`}
	for _, c := range []struct {
		challenges []string
		want       string // the beginning
	}{
		{nil, ""},
		{[]string{"Negotiate"}, ""},
		{[]string{`Basic realm="x"`}, "Basic YSJiOmM6ZA=="},
		{[]string{`Basic realm="x"`, `Digest realm="x, y", nonce="n", qop="auth-int, auth", algorithm=SHA-256`}, `Digest username="a\"b", realm="x, y", nonce="n", uri="h:1", response="`},
		{[]string{`Digest realm="x", nonce="n", qop="auth-int"`, `Basic realm="x"`}, "Basic "},
		{[]string{`Digest realm="x", nonce="n", algorithm=SHA-512-256`}, ""},
		{[]string{`digest realm="x" , nonce=n`}, "Digest "},
		{[]string{`Digest realm="x", nonce="unended`}, ""},
		{[]string{`Digest realm`, `Digest =`, `Digest nonce=""`, `Digest nonce=n, nonce=m`, `Digest realm="x"; nonce=n`}, ""},
		// Several in one field, with schemes that have no parameters or a token.
		{[]string{`Basic realm="r", Digest realm="r", nonce="n", qop="auth"`}, "Digest "},
		{[]string{`Basic realm="r", NTLM, Digest realm="r",nonce="n",qop="auth"`}, "Digest "},
		{[]string{`NTLM, Basic realm="r"`}, "Basic "},
		{[]string{`, ,NTLM ,, Basic realm="r",`}, "Basic "},
		{[]string{`Negotiate abcd==, Digest realm="r", nonce="n"`}, "Digest "},
		{[]string{`Negotiate abcd==`, `Basic`}, "Basic "},
		{[]string{`Basic realm="a, Digest nonce=n"`}, "Basic "},
		{[]string{`Digest realm="r"`, `Basic realm="r"`}, "Basic "},
	} {
		h := textproto.MIMEHeader{"Proxy-Authenticate": c.challenges}
		if got, _ := a.Answer(h, "CONNECT", "h:1"); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%q: %s, want %s...", c.challenges, got, c.want)
		}
	}
}
