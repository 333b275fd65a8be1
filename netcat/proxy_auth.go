package netcat

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
)

// Basic (RFC 7617) and Digest (RFC 7616) authentication with a proxy. The
// libraries for Digest come with all of net/http, whose set-up every start
// would pay for.

// digestAlgorithms are the hash functions of Digest by the names they have
// there, in lower case.
var digestAlgorithms = map[string]func() hash.Hash{"": md5.New, "md5": md5.New, "sha-256": sha256.New}

func basicAuthorization(a *credentials) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(a.user+":"+a.password))
}

// authorization answers the challenges of a proxy: Digest where that can be
// had, else Basic; "" if it can't answer any.
func authorization(header textproto.MIMEHeader, a *credentials, method, uri string) string {
	basic := ""
	for _, challenge := range header.Values("Proxy-Authenticate") {
		scheme, rest, _ := strings.Cut(challenge, " ")
		switch strings.ToLower(scheme) {
		case "basic":
			basic = basicAuthorization(a)
		case "digest":
			p := authParams(rest)
			if _, ok := digestAlgorithms[strings.ToLower(p["algorithm"])]; !ok {
				continue
			}
			if q := p["qop"]; q != "" && !hasToken(q, "auth") {
				continue
			}
			return digestAuthorization(p, a, method, uri)
		}
	}
	return basic
}

func hasToken(list, token string) bool {
	for t := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(t), token) {
			return true
		}
	}
	return false
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

// authParams reads NAME=VALUE, NAME="VALUE"... (RFC 9110, 11.2).
func authParams(s string) map[string]string {
	p := make(map[string]string)
	for s = strings.TrimSpace(s); s != ""; {
		name, rest, ok := strings.Cut(s, "=")
		if !ok {
			return p
		}
		name, rest = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(rest)
		var value strings.Builder
		if strings.HasPrefix(rest, `"`) {
			i := 1
			for ; i < len(rest) && rest[i] != '"'; i++ {
				if rest[i] == '\\' && i+1 < len(rest) {
					i++
				}
				value.WriteByte(rest[i])
			}
			rest = rest[min(i+1, len(rest)):]
		} else {
			word, _, _ := strings.Cut(rest, ",")
			value.WriteString(strings.TrimSpace(word))
			rest = rest[len(word):]
		}
		p[name] = value.String()
		s = strings.TrimLeft(rest, " ,\t")
	}
	return p
}
