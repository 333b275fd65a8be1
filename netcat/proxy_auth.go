package netcat

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// Basic (RFC 7617) and Digest (RFC 7616) authentication with a proxy. The
// libraries for Digest come with all of net/http, whose set-up every start
// would pay for.

// digestAlgorithms are the hash functions of Digest by the names they have
// there, in lower case.
var digestAlgorithms = map[string]func() hash.Hash{"": md5.New, "md5": md5.New, "sha-256": sha256.New}

func basicAuthorization(a *credentials) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(a.given))
}

// same compares in a time that does not tell how much agrees.
func same(x, y string) bool { return subtle.ConstantTimeCompare([]byte(x), []byte(y)) == 1 }

// maxChallenges is how many challenges of one answer are looked at.
const maxChallenges = 32

// authorization answers the challenges of a proxy: the first of Digest that it
// can, else Basic; "" if it can't answer any. stale says that the last answer was right but for
// its nonce.
func authorization(header textproto.MIMEHeader, a *credentials, method, uri string) (answer string, stale bool) {
	for _, c := range challenges(header["Proxy-Authenticate"]) {
		switch c.scheme {
		case "basic":
			answer = basicAuthorization(a)
		case "digest":
			_, known := digestAlgorithms[strings.ToLower(c.params["algorithm"])]
			if q, ok := c.params["qop"]; !known || c.params["nonce"] == "" || ok && !httpguts.HeaderValuesContainsToken([]string{q}, "auth") {
				continue
			}
			return digestAuthorization(c.params, a, method, uri), strings.EqualFold(c.params["stale"], "true")
		}
	}
	return answer, false
}

// digestAuthorization is the header that answers a challenge of Digest.
func digestAuthorization(p map[string]string, a *credentials, method, uri string) string {
	c := map[string]string{"username": a.user, "realm": p["realm"], "nonce": p["nonce"], "uri": uri, "algorithm": p["algorithm"]}
	if p["qop"] != "" {
		c["qop"], c["nc"], c["cnonce"] = "auth", "00000001", nonce()
	}
	response := digestResponse(c, a.password, method)
	var b strings.Builder
	fmt.Fprintf(&b, `Digest username=%s, realm=%s, nonce=%s, uri=%s, response="%s"`,
		quoted(a.user), quoted(p["realm"]), quoted(p["nonce"]), quoted(uri), response)
	if p["algorithm"] != "" {
		fmt.Fprintf(&b, ", algorithm=%s", p["algorithm"])
	}
	if p["opaque"] != "" {
		fmt.Fprintf(&b, ", opaque=%s", quoted(p["opaque"]))
	}
	if c["qop"] != "" {
		fmt.Fprintf(&b, `, qop=auth, nc=%s, cnonce="%s"`, c["nc"], c["cnonce"])
	}
	return b.String()
}

// digestResponse is the response that goes with credentials (RFC 7616, 3.4.1).
func digestResponse(c map[string]string, password, method string) string {
	sum := func(s string) string {
		h := digestAlgorithms[strings.ToLower(c["algorithm"])]()
		h.Write([]byte(s))
		return hex.EncodeToString(h.Sum(nil))
	}
	a1, a2 := sum(c["username"]+":"+c["realm"]+":"+password), sum(method+":"+c["uri"])
	if c["qop"] == "" {
		return sum(a1 + ":" + c["nonce"] + ":" + a2)
	}
	return sum(a1 + ":" + c["nonce"] + ":" + c["nc"] + ":" + c["cnonce"] + ":" + c["qop"] + ":" + a2)
}

// nonce is a number that is used once.
func nonce() string {
	var b [16]byte
	rand.Read(b[:]) // which never fails
	return hex.EncodeToString(b[:])
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// A challenge is one of those that a server offers, or an answer to one (RFC
// 9110, 11.3 and 11.4): a scheme with a token or with parameters.
type challenge struct {
	scheme string            // in lower case
	token  string            // token68
	params map[string]string // by their names in lower case
}

// challenges reads fields with any number of challenges each. What follows
// something malformed in a field is not read, nor is that challenge.
func challenges(fields []string) (list []challenge) {
	for _, field := range fields {
		s := authScanner(field)
		for len(list) < maxChallenges {
			for s.skip(",") {
			}
			if s == "" {
				break
			}
			c, ok := s.challenge()
			if !ok {
				break
			}
			list = append(list, c)
		}
	}
	return list
}

// An authScanner is what is left of a field.
type authScanner string

// blanks skips them, and reports whether there were any.
func (s *authScanner) blanks() bool {
	rest := strings.TrimLeft(string(*s), " \t")
	some := len(rest) < len(*s)
	*s = authScanner(rest)
	return some
}

// skip skips a separator, and the blanks around it.
func (s *authScanner) skip(separator string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(string(*s), " \t"), separator)
	if ok {
		*s = authScanner(rest)
		s.blanks()
	}
	return ok
}

// token reads a token (RFC 9110, 5.6.2), or returns "" where none begins.
func (s *authScanner) token() string {
	i := 0
	for i < len(*s) && httpguts.IsTokenRune(rune((*s)[i])) {
		i++
	}
	t := (*s)[:i]
	*s = (*s)[i:]
	return string(t)
}

// challenge reads a scheme and what belongs to it.
func (s *authScanner) challenge() (c challenge, ok bool) {
	c = challenge{scheme: strings.ToLower(s.token()), params: make(map[string]string)}
	if c.scheme == "" {
		return c, false
	}
	if blanks := s.blanks(); *s == "" || (*s)[0] == ',' {
		return c, true
	} else if !blanks {
		return c, false
	}
	// Only what is followed by a comma or by nothing is a token68.
	text, _, _ := strings.Cut(string(*s), ",")
	if text = strings.TrimRight(text, " \t"); isToken68(text) {
		c.token = text
		*s = (*s)[len(text):]
		return c, true
	}
	for {
		before := *s
		name := strings.ToLower(s.token())
		if name == "" || !s.skip("=") {
			*s = before // the next scheme
			return c, name != "" && len(c.params) > 0
		}
		value, ok := s.value()
		if _, twice := c.params[name]; !ok || twice {
			return c, false
		}
		c.params[name] = value
		s.blanks()
		if *s == "" {
			return c, true
		}
		if !s.skip(",") {
			return c, false
		}
		for s.skip(",") {
		}
		if *s == "" {
			return c, true
		}
	}
}

// value reads a token or a quoted string.
func (s *authScanner) value() (string, bool) {
	if *s == "" || (*s)[0] != '"' {
		t := s.token()
		return t, t != ""
	}
	var b strings.Builder
	for i := 1; i < len(*s); i++ {
		switch c := (*s)[i]; {
		case c == '"':
			*s = (*s)[i+1:]
			return b.String(), true
		case c == '\\' && i+1 < len(*s):
			i++
			b.WriteByte((*s)[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// isToken68 reports whether s is one (RFC 9110, 11.2); a parameter without a
// value, as in "realm=", is one too.
func isToken68(s string) bool {
	return s != "" && strings.Trim(strings.TrimRight(s, "="), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/") == ""
}

// authorized reports whether the Proxy-Authorization fields of a request are that of
// a; stale that they are but for their challenge, which has been answered before or
// is too old.
func authorized(fields []string, a *credentials, method, uri string) (ok, stale bool) {
	if len(fields) != 1 {
		return false, false
	}
	if scheme, token, _ := strings.Cut(fields[0], " "); strings.EqualFold(scheme, "basic") {
		return same(strings.Trim(token, " \t"), strings.TrimPrefix(basicAuthorization(a), "Basic ")), false
	}
	list := challenges(fields)
	if len(list) != 1 || list[0].scheme != "digest" || !a.pair() {
		return false, false
	}
	p := list[0].params
	if _, ok := digestAlgorithms[strings.ToLower(p["algorithm"])]; !ok || !same(p["username"], a.user) || p["realm"] != "Ncat" {
		return false, false
	}
	if q, ok := p["qop"]; ok && q != "auth" {
		return false, false
	}
	// Clients differ in whether a resource has its host in front there.
	if u, err := url.Parse(uri); p["uri"] != uri && (err != nil || p["uri"] != u.RequestURI()) {
		return false, false
	}
	if !same(p["response"], digestResponse(p, a.password, method)) {
		return false, false
	}
	ok = nonces.redeem(p["nonce"], time.Now())
	return ok, !ok
}
