package luasocket

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/md5" // #nosec G501 -- a digest that programs ask for
	"crypto/rsa"
	"crypto/sha1" // #nosec G505 -- LuaSec's default digest of a certificate
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"hash"
	"strings"
	"time"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// newCertificateType makes the metatable of certificates.
func newCertificateType(L *lua.LState) *lua.LTable {
	methods := map[string]func(L *lua.LState, c *x509.Certificate) int{
		"subject":          func(L *lua.LState, c *x509.Certificate) int { return pushNames(L, c.Subject) },
		"issuer":           func(L *lua.LState, c *x509.Certificate) int { return pushNames(L, c.Issuer) },
		"notbefore":        func(L *lua.LState, c *x509.Certificate) int { return pushTime(L, c.NotBefore) },
		"notafter":         func(L *lua.LState, c *x509.Certificate) int { return pushTime(L, c.NotAfter) },
		"serial":           pushSerial,
		"digest":           pushDigest,
		"pem":              func(L *lua.LState, c *x509.Certificate) int { return pushPEM(L, "CERTIFICATE", c.Raw) },
		"pubkey":           pushPublicKey,
		"validat":          pushValid,
		"extensions":       pushExtensions,
		"getsignaturename": pushSignature,
		"issued":           pushIssued,
		"setencode": func(L *lua.LState, _ *x509.Certificate) int {
			lua51.CheckOption(L, 2, "", "ai5", "utf8")
			L.Push(lua.LTrue)
			return 1
		},
	}
	index, meta := L.NewTable(), L.NewTable()
	for name, f := range methods {
		index.RawSetString(name, L.NewFunction(func(L *lua.LState) int { return f(L, checkCertificate(L, 1)) }))
	}
	meta.RawSetString("__index", index)
	meta.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LString(fmt.Sprintf("X509 certificate: %p", L.Get(1))))
		return 1
	}))
	meta.RawSetString("__eq", L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LBool(checkCertificate(L, 1).Equal(checkCertificate(L, 2))))
		return 1
	}))
	return meta
}

func newCertificate(L *lua.LState, meta *lua.LTable, c *x509.Certificate) *lua.LUserData {
	ud := L.NewUserData()
	ud.Value, ud.Metatable = c, meta
	return ud
}

func checkCertificate(L *lua.LState, n int) *x509.Certificate {
	if ud, ok := L.Get(n).(*lua.LUserData); ok {
		if c, ok := ud.Value.(*x509.Certificate); ok {
			return c
		}
	}
	lua51.ArgError(L, n, "SSL:Certificate expected")
	return nil
}

// loadCertificate makes a certificate of a text in PEM, or pushes nil.
func loadCertificate(L *lua.LState, meta *lua.LTable) int {
	block, _ := pem.Decode([]byte(lua51.CheckString(L, 1)))
	if block != nil {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			L.Push(newCertificate(L, meta, c))
			return 1
		}
	}
	L.Push(lua.LNil)
	return 1
}

// oidNames are the long names of the attributes of a name (RFC 5280, appendix A).
var oidNames = map[string]string{
	"2.5.4.3": "commonName", "2.5.4.4": "surname", "2.5.4.5": "serialNumber", "2.5.4.6": "countryName", "2.5.4.7": "localityName",
	"2.5.4.8": "stateOrProvinceName", "2.5.4.9": "streetAddress", "2.5.4.10": "organizationName", "2.5.4.11": "organizationalUnitName",
	"2.5.4.12": "title", "2.5.4.17": "postalCode", "2.5.4.42": "givenName", "1.2.840.113549.1.9.1": "emailAddress",
	"0.9.2342.19200300.100.1.25": "domainComponent", "0.9.2342.19200300.100.1.1": "userId",
}

func pushNames(L *lua.LState, name pkix.Name) int {
	list := L.NewTable()
	for _, a := range name.Names {
		t := L.NewTable()
		oid := a.Type.String()
		t.RawSetString("oid", lua.LString(oid))
		if long := oidNames[oid]; long != "" {
			t.RawSetString("name", lua.LString(long))
		}
		t.RawSetString("value", lua.LString(fmt.Sprint(a.Value)))
		list.Append(t)
	}
	L.Push(list)
	return 1
}

func pushTime(L *lua.LState, t time.Time) int {
	L.Push(lua.LString(t.UTC().Format("Jan _2 15:04:05 2006") + " GMT"))
	return 1
}

func pushSerial(L *lua.LState, c *x509.Certificate) int {
	text := strings.ToUpper(hex.EncodeToString(c.SerialNumber.Bytes()))
	L.Push(lua.LString(text))
	return 1
}

func pushDigest(L *lua.LState, c *x509.Certificate) int {
	name := lua51.OptString(L, 2, "sha1")
	var h hash.Hash
	switch name {
	case "sha1":
		h = sha1.New() // #nosec G401 -- see above
	case "md5":
		h = md5.New() // #nosec G401 -- see above
	case "sha224":
		h = sha256.New224()
	case "sha256":
		h = sha256.New()
	case "sha384":
		h = sha512.New384()
	case "sha512":
		h = sha512.New()
	default:
		return fail(L, word("digest algorithm not supported ("+name+")"))
	}
	h.Write(c.Raw)
	L.Push(lua.LString(hex.EncodeToString(h.Sum(nil))))
	return 1
}

func pushPEM(L *lua.LState, kind string, der []byte) int {
	L.Push(lua.LString(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
	return 1
}

// pushPublicKey pushes the key in PEM, its kind and its size in bits.
func pushPublicKey(L *lua.LState, c *x509.Certificate) int {
	pushPEM(L, "PUBLIC KEY", c.RawSubjectPublicKeyInfo)
	kind, bits := "Unknown", 0
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		kind, bits = "RSA", k.N.BitLen()
	case *ecdsa.PublicKey:
		kind, bits = "EC", k.Curve.Params().BitSize
	case ed25519.PublicKey:
		kind, bits = "ED25519", 8*len(k)
	}
	L.Push(lua.LString(kind))
	L.Push(lua.LNumber(bits))
	return 3
}

func pushValid(L *lua.LState, c *x509.Certificate) int {
	at := time.Unix(int64(lua51.CheckNumber(L, 2)), 0)
	L.Push(lua.LBool(!at.Before(c.NotBefore) && !at.After(c.NotAfter)))
	return 1
}

// pushExtensions pushes the alternative names, the one extension that LuaSec decodes.
func pushExtensions(L *lua.LState, c *x509.Certificate) int {
	t := L.NewTable()
	names := L.NewTable()
	add := func(kind, value string) {
		list, ok := names.RawGetString(kind).(*lua.LTable)
		if !ok {
			list = L.NewTable()
			names.RawSetString(kind, list)
		}
		list.Append(lua.LString(value))
	}
	for _, s := range c.DNSNames {
		add("dNSName", s)
	}
	for _, s := range c.EmailAddresses {
		add("rfc822Name", s)
	}
	for _, u := range c.URIs {
		add("uniformResourceIdentifier", u.String())
	}
	for _, ip := range c.IPAddresses {
		add("iPAddress", ip.String())
	}
	if len(c.DNSNames)+len(c.EmailAddresses)+len(c.URIs)+len(c.IPAddresses) > 0 {
		names.RawSetString("name", lua.LString("X509v3 Subject Alternative Name"))
		t.RawSetString("2.5.29.17", names)
	}
	L.Push(t)
	return 1
}

// signatureNames are OpenSSL's names of signatures.
var signatureNames = map[x509.SignatureAlgorithm]string{
	x509.SHA1WithRSA: "sha1WithRSAEncryption", x509.SHA256WithRSA: "sha256WithRSAEncryption", x509.SHA384WithRSA: "sha384WithRSAEncryption",
	x509.SHA512WithRSA: "sha512WithRSAEncryption", x509.ECDSAWithSHA256: "ecdsa-with-SHA256", x509.ECDSAWithSHA384: "ecdsa-with-SHA384",
	x509.ECDSAWithSHA512: "ecdsa-with-SHA512", x509.PureEd25519: "ED25519", x509.SHA256WithRSAPSS: "rsassaPss",
}

func pushSignature(L *lua.LState, c *x509.Certificate) int {
	name := signatureNames[c.SignatureAlgorithm]
	if name == "" {
		name = c.SignatureAlgorithm.String()
	}
	L.Push(lua.LString(name))
	return 1
}

// pushIssued pushes whether c has issued the other certificate.
func pushIssued(L *lua.LState, c *x509.Certificate) int {
	L.Push(lua.LBool(checkCertificate(L, 2).CheckSignatureFrom(c) == nil))
	return 1
}
