package proxyserver

import (
	"crypto/subtle"
	"net/url"
	"strings"
	"time"

	"sosh/internal/http1"
)

// same compares in constant time, so that the time does not reveal how much agrees.
func same(x, y string) bool { return subtle.ConstantTimeCompare([]byte(x), []byte(y)) == 1 }

// authorized reports whether the Proxy-Authorization fields of a request prove the
// credentials a. stale: they do, except that their nonce was used before or is too old.
func authorized(fields []string, a *http1.Credentials, method, uri string) (ok, stale bool) {
	if len(fields) != 1 {
		return false, false
	}
	if scheme, token, _ := strings.Cut(fields[0], " "); strings.EqualFold(scheme, "basic") {
		return same(strings.Trim(token, " \t"), strings.TrimPrefix(a.BasicHeader(), "Basic ")), false
	}
	list := http1.Challenges(fields)
	if len(list) != 1 || list[0].Scheme != "digest" || !a.HasPassword() {
		return false, false
	}
	p := list[0].Params
	want, ok := http1.DigestResponse(p, a.Password, method)
	if !ok || !same(p["username"], a.User) || p["realm"] != "Ncat" {
		return false, false
	}
	if q, ok := p["qop"]; ok && q != "auth" {
		return false, false
	}
	// Some clients send the whole URI here, others only the path.
	if u, err := url.Parse(uri); p["uri"] != uri && (err != nil || p["uri"] != u.RequestURI()) {
		return false, false
	}
	if !same(p["response"], want) {
		return false, false
	}
	ok = nonces.redeem(p["nonce"], time.Now())
	return ok, !ok
}
