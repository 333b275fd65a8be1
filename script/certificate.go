package script

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"time"

	"sosh/internal/luadoc"
	"sosh/script/lua51"
	"sosh/script/lualib"
	"sosh/sockets/tlsconf"

	lua "github.com/yuin/gopher-lua"
)

var certificateFunctions = []Function{
	{
		Name: "certificate", Params: "[options]", Returns: []luadoc.Result{{Type: "table", Doc: ": cert and key, the paths of PEM files; cert_pem and key_pem, their texts; fingerprint"}},
		Summary: "create a self-signed certificate, for a server under test",
		Help: `The files can be given to cert= and key= and to a program under test; they are removed when the script ends. The file cert also fits trust=, and fingerprint (SHA-256 of the certificate) fits pin=.
The options are hosts and days. hosts are names and IP addresses, in a table or separated by commas; default localhost, 127.0.0.1 and ::1. days is the period of validity, by default 30 days; with days = -1, the certificate expired yesterday.`,
		Example: `local c = certificate{hosts = "example.org"}
local srv = serve("tls://127.0.0.1:0", function(s) s:send("hello") end, {cert = c.cert, key = c.key})
print(dial("tls://" .. srv:getsockname(), {trust = c.cert, servername = "example.org"}):recv())
print(dial("tls://" .. srv:getsockname(), {pin = c.fingerprint}):recv())
srv:close()`,
		Prints: "hello\nhello\n",
		Run:    makeCertificate,
	},
}

// maxHosts is the maximum number of hosts of a certificate.
const maxHosts = 1000

func makeCertificate(L *lua.LState) int {
	hosts, days := []string{"localhost", "127.0.0.1", "::1"}, 30.0
	if L.GetTop() > 0 {
		opts := lua51.CheckTable(L, 1)
		for k, v := range lua51.Each(opts) {
			ok := false
			switch lua.LVAsString(k) {
			case "hosts":
				hosts, ok = toList(v)
				ok = ok && len(hosts) > 0 && len(hosts) <= maxHosts
			case "days":
				var n lua.LNumber
				n, ok = v.(lua.LNumber)
				days, ok = float64(n), ok && n > -36500 && n < 36500
			default:
				lualib.Failf(L, "certificate", "no option %q (it has hosts and days)", lua.LVAsString(lua51.ToString(L, k)))
			}
			if !ok {
				lualib.Failf(L, "certificate", "bad %s %s (expected hosts, a list of names, and days, a number)", lua.LVAsString(k), lua.LVAsString(lua51.ToString(L, v)))
			}
		}
	}
	const day = 24 * time.Hour
	to := time.Now().Add(time.Duration(days * float64(day)))
	from := time.Now().Add(-time.Hour)
	if to.Before(from) {
		from = to.Add(-day)
	}
	cert, err := tlsconf.SelfSigned(hosts, from, to)
	if err != nil {
		lualib.Failf(L, "certificate", "%v", err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		lualib.Failf(L, "certificate", "%v", err)
	}
	dir, err := lualib.Tempdir(L)
	if err != nil {
		lualib.Failf(L, "certificate", "%v", err)
	}
	t := L.NewTable()
	for name, block := range map[string]*pem.Block{
		"cert": {Type: "CERTIFICATE", Bytes: cert.Certificate[0]},
		"key":  {Type: "PRIVATE KEY", Bytes: key},
	} {
		text, path := pem.EncodeToMemory(block), filepath.Join(dir, name+".pem")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			lualib.Failf(L, "certificate", "%v", err)
		}
		t.RawSetString(name, lua.LString(path))
		t.RawSetString(name+"_pem", lua.LString(text))
	}
	t.RawSetString("fingerprint", lua.LString(tlsconf.Fingerprint(cert.Leaf)))
	L.Push(t)
	return 1
}
