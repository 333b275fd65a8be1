package proxyserver

import (
	"fmt"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"sosh/internal/http1"
)

// TestAuthorized has what the client's side says be taken by the server's, once.
func TestAuthorized(t *testing.T) {
	a := &http1.Credentials{User: "user", Password: "pass", Basic: "user:pass"}
	answer := func(a *http1.Credentials, uri, algorithm string) string {
		challenge := fmt.Sprintf(`Digest realm="Ncat", nonce="%s", qop="auth"`, nonces.issue(time.Now()))
		if algorithm != "" {
			challenge += ", algorithm=" + algorithm
		}
		answer, _ := a.Answer(textproto.MIMEHeader{"Proxy-Authenticate": {challenge}}, "GET", uri)
		return answer
	}
	good := answer(a, "/x", "SHA-256")
	for _, c := range []struct {
		header, uri string
		ok, stale   bool
	}{
		{good, "http://h/x", true, false},
		{good, "http://h/x", false, true},
		{answer(a, "http://h/x", ""), "http://h/x", true, false},
		{answer(a, "/y", ""), "http://h/x", false, false},
		{answer(&http1.Credentials{User: "user", Password: "PASS"}, "/x", ""), "http://h/x", false, false},
		{strings.Replace(answer(a, "/x", "MD5"), "=MD5", "=MD5-sess", 1), "http://h/x", false, false},
		{a.BasicHeader(), "/", true, false},
		{"basic  dXNlcjpwYXNz ", "/", true, false},
		{(&http1.Credentials{Basic: "user:pas"}).BasicHeader(), "/", false, false},
		{"", "/", false, false},
		{"Digest", "/", false, false},
	} {
		if ok, stale := authorized([]string{c.header}, a, "GET", c.uri); ok != c.ok || stale != c.stale {
			t.Errorf("%s for %s: %v, stale %v", c.header, c.uri, ok, stale)
		}
	}
}
