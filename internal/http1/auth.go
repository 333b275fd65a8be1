package http1

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"net/textproto"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// digestAlgorithms maps the names of hash functions that Digest uses, in lower case,
// to the functions.
var digestAlgorithms = map[string]func() hash.Hash{"": md5.New, "md5": md5.New, "sha-256": sha256.New}

// MaxChallenges is how many challenges of one response are read.
const MaxChallenges = 32

// Credentials say who a client is.
type Credentials struct {
	User, Password string
	Basic          string // what Basic sends: "USER:PASSWORD", or a text without a colon
}

// HasPassword reports whether there are both a user and a password, as Digest
// requires.
func (c *Credentials) HasPassword() bool { return strings.Contains(c.Basic, ":") }

// BasicHeader returns the value of an authorization field of Basic (RFC 7617).
func (c *Credentials) BasicHeader() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Basic))
}

// Answer answers the challenges in the Proxy-Authenticate fields of a response: the
// first challenge of Digest (RFC 7616) that it can answer, else Basic; "" if it can
// answer none. stale reports whether the proxy says that the answer before was right
// but for its nonce.
func (c *Credentials) Answer(header textproto.MIMEHeader, method, uri string) (answer string, stale bool) {
	for _, ch := range Challenges(header["Proxy-Authenticate"]) {
		switch ch.Scheme {
		case "basic":
			answer = c.BasicHeader()
		case "digest":
			_, known := digestAlgorithms[strings.ToLower(ch.Params["algorithm"])]
			if q, ok := ch.Params["qop"]; !known || ch.Params["nonce"] == "" || ok && !httpguts.HeaderValuesContainsToken([]string{q}, "auth") {
				continue
			}
			return c.answerDigest(ch.Params, method, uri), strings.EqualFold(ch.Params["stale"], "true")
		}
	}
	return answer, false
}

// answerDigest returns the field that answers a challenge of Digest.
func (c *Credentials) answerDigest(challenge map[string]string, method, uri string) string {
	p := map[string]string{"username": c.User, "realm": challenge["realm"], "nonce": challenge["nonce"], "uri": uri, "algorithm": challenge["algorithm"]}
	if challenge["qop"] != "" {
		p["qop"], p["nc"], p["cnonce"] = "auth", "00000001", nonce()
	}
	response, _ := DigestResponse(p, c.Password, method)
	var b strings.Builder
	fmt.Fprintf(&b, `Digest username=%s, realm=%s, nonce=%s, uri=%s, response="%s"`,
		quoted(c.User), quoted(p["realm"]), quoted(p["nonce"]), quoted(uri), response)
	if p["algorithm"] != "" {
		fmt.Fprintf(&b, ", algorithm=%s", p["algorithm"])
	}
	if challenge["opaque"] != "" {
		fmt.Fprintf(&b, ", opaque=%s", quoted(challenge["opaque"]))
	}
	if p["qop"] != "" {
		fmt.Fprintf(&b, `, qop=auth, nc=%s, cnonce="%s"`, p["nc"], p["cnonce"])
	}
	return b.String()
}

// DigestResponse returns the response parameter that goes with the other parameters p
// of an authorization field of Digest (RFC 7616, 3.4.1); ok is false if the algorithm
// is unknown.
func DigestResponse(p map[string]string, password, method string) (response string, ok bool) {
	algorithm, ok := digestAlgorithms[strings.ToLower(p["algorithm"])]
	if !ok {
		return "", false
	}
	sum := func(s string) string {
		h := algorithm()
		h.Write([]byte(s))
		return hex.EncodeToString(h.Sum(nil))
	}
	a1, a2 := sum(p["username"]+":"+p["realm"]+":"+password), sum(method+":"+p["uri"])
	if p["qop"] == "" {
		return sum(a1 + ":" + p["nonce"] + ":" + a2), true
	}
	return sum(a1 + ":" + p["nonce"] + ":" + p["nc"] + ":" + p["cnonce"] + ":" + p["qop"] + ":" + a2), true
}

// nonce returns a random number, to be used once.
func nonce() string {
	var b [16]byte
	rand.Read(b[:]) // which never fails
	return hex.EncodeToString(b[:])
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// A Challenge is one way to authenticate that a server offers, or a client's answer to
// one (RFC 9110, 11.3 and 11.4): a scheme with a token or with parameters.
type Challenge struct {
	Scheme string            // in lower case
	Token  string            // token68
	Params map[string]string // by their names in lower case
}

// Challenges reads fields with any number of challenges each, up to [MaxChallenges].
// Of a field it ignores a malformed challenge and all that follows it.
func Challenges(fields []string) (list []Challenge) {
	for _, field := range fields {
		s := authScanner(field)
		for len(list) < MaxChallenges {
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

// An authScanner is the part of a field that is still to be read.
type authScanner string

// blanks skips blanks, and reports whether there were any.
func (s *authScanner) blanks() bool {
	rest := strings.TrimLeft(string(*s), " \t")
	some := len(rest) < len(*s)
	*s = authScanner(rest)
	return some
}

// skip skips a separator and the blanks around it, and reports whether it was there.
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
func (s *authScanner) challenge() (c Challenge, ok bool) {
	c = Challenge{Scheme: strings.ToLower(s.token()), Params: make(map[string]string)}
	if c.Scheme == "" {
		return c, false
	}
	if blanks := s.blanks(); *s == "" || (*s)[0] == ',' {
		return c, true
	} else if !blanks {
		return c, false
	}
	// A token68 is followed by a comma or by the end.
	text, _, _ := strings.Cut(string(*s), ",")
	if text = strings.TrimRight(text, " \t"); isToken68(text) {
		c.Token = text
		*s = (*s)[len(text):]
		return c, true
	}
	for {
		before := *s
		name := strings.ToLower(s.token())
		if name == "" || !s.skip("=") {
			*s = before // the next scheme
			return c, name != "" && len(c.Params) > 0
		}
		value, ok := s.value()
		if _, twice := c.Params[name]; !ok || twice {
			return c, false
		}
		c.Params[name] = value
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

// isToken68 reports whether s is a token68 (RFC 9110, 11.2), as a parameter without a
// value ("realm=") is too.
func isToken68(s string) bool {
	return s != "" && strings.Trim(strings.TrimRight(s, "="), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/") == ""
}
