package luasocket

import (
	"crypto/tls"
	"fmt"
	"os"
	"strings"

	"sosh/internal/ciphers"
	"sosh/script/lua51"
	"sosh/sockets/tlsconf"

	lua "github.com/yuin/gopher-lua"
)

// sslVersion is the version of LuaSec that this package implements.
const sslVersion = "1.2.0"

// An sslContext is the result of ssl.newcontext.
type sslContext struct {
	opts   tlsconf.Options
	server bool
}

// ssl is what the TLS objects of one machine share.
type ssl struct {
	core    *core
	context *lua.LTable // the metatable of contexts
	cert    *lua.LTable // of certificates
}

// openSSL makes the module ssl.
func (c *core) openSSL(L *lua.LState) lua.LValue {
	c.open(L)
	s := &ssl{core: c, context: L.NewTable(), cert: newCertificateType(L)}
	s.context.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LString(fmt.Sprintf("SSL context: %p", L.Get(1))))
		return 1
	}))
	s.openConnections(L)
	t := L.NewTable()
	t.RawSetString("_VERSION", lua.LString(sslVersion))
	t.RawSetString("_COPYRIGHT", lua.LString("LuaSec "+sslVersion+", as sosh has it"))
	for name, f := range map[string]lua.LGFunction{
		"newcontext": s.newContext, "wrap": s.wrap,
		"loadcertificate": func(L *lua.LState) int { return loadCertificate(L, s.cert) },
	} {
		t.RawSetString(name, L.NewFunction(f))
	}
	config := L.NewTable()
	set := func(name string, words ...string) {
		list := L.NewTable()
		for _, w := range words {
			list.RawSetString(w, lua.LTrue)
		}
		config.RawSetString(name, list)
	}
	set("protocols", "tlsv1", "tlsv1_1", "tlsv1_2", "tlsv1_3")
	set("options", sslOptions...)
	set("curves", "X25519", "P-256", "P-384", "P-521")
	set("capabilities", "alpn", "curves_list", "ecdh_auto")
	t.RawSetString("config", config)
	return t
}

// sslOptions are the accepted options; some have no effect.
var sslOptions = []string{"all", "no_sslv2", "no_sslv3", "no_tlsv1", "no_tlsv1_1", "no_tlsv1_2", "no_tlsv1_3", "no_compression",
	"no_renegotiation", "no_ticket", "cipher_server_preference", "single_dh_use", "single_ecdh_use", "dont_insert_empty_fragments"}

// sslProtocols are the lowest and the highest version of each protocol; 0 is the default.
var sslProtocols = map[string][2]uint16{
	"any": {0, 0}, "sslv23": {0, 0},
	"tlsv1":   {tls.VersionTLS10, tls.VersionTLS10},
	"tlsv1_1": {tls.VersionTLS11, tls.VersionTLS11},
	"tlsv1_2": {tls.VersionTLS12, tls.VersionTLS12},
	"tlsv1_3": {tls.VersionTLS13, tls.VersionTLS13},
}

// words returns a parameter that is a word or a list of words.
func words(v lua.LValue) (list []string) {
	switch v := v.(type) {
	case lua.LString:
		return []string{string(v)}
	case *lua.LTable:
		for i := 1; i <= v.Len(); i++ {
			list = append(list, v.RawGetInt(i).String())
		}
	}
	return list
}

// newContext is ssl.newcontext(params).
func (s *ssl) newContext(L *lua.LState) int {
	params := lua51.CheckTable(L, 1)
	ctx, err := contextOf(L, params)
	if err != nil {
		return fail(L, err)
	}
	ud := L.NewUserData()
	ud.Value, ud.Metatable = ctx, s.context
	L.Push(ud)
	return 1
}

func contextOf(L *lua.LState, params *lua.LTable) (*sslContext, error) {
	text := func(name string) string {
		v, _ := params.RawGetString(name).(lua.LString)
		return string(v)
	}
	ctx := &sslContext{}
	if params.RawGetString("protocol") == lua.LNil {
		return nil, word("no protocol (expected any, tlsv1_2 or tlsv1_3)")
	}
	versions, ok := sslProtocols[text("protocol")]
	if !ok {
		return nil, word("invalid protocol (" + text("protocol") + ")")
	}
	switch text("mode") {
	case "client":
	case "server":
		ctx.server = true
	default:
		return nil, word("invalid mode (" + text("mode") + ")")
	}
	o := &ctx.opts
	o.Min, o.Max = versions[0], versions[1]
	for _, f := range []struct{ param, what string }{{"key", "private key"}, {"certificate", "certificate"}, {"cafile", "CA locations"}} {
		if path := text(f.param); path != "" {
			if _, err := os.ReadFile(path); err != nil {
				return nil, word("error loading " + f.what + " (" + errorText(err) + ")")
			}
		}
	}
	o.Key, o.Cert, o.Trust = text("key"), text("certificate"), text("cafile")
	if o.Cert == "" {
		o.Key = ""
	}
	o.NoVerify, o.AnyName = true, true
	for _, w := range words(params.RawGetString("verify")) {
		switch w {
		case "none":
		case "peer", "client_once":
			o.NoVerify = false
			if ctx.server && o.ClientCert == "" {
				o.ClientCert = tlsconf.ClientCertAsk
			}
		case "fail_if_no_peer_cert":
			if ctx.server {
				o.ClientCert = tlsconf.ClientCertDemand
			}
		default:
			return nil, word("invalid verify option (" + w + ")")
		}
	}
	if ctx.server && o.ClientCert == "" {
		o.ClientCert, o.Trust = tlsconf.ClientCertNone, ""
	}
	if err := addOptions(o, words(params.RawGetString("options"))); err != nil {
		return nil, err
	}
	if list := text("ciphers"); list != "" {
		suites, err := ciphers.Parse(list)
		if err != nil {
			return nil, word("error setting cipher list (no cipher match)")
		}
		o.Ciphers = suites
	}
	switch alpn := params.RawGetString("alpn").(type) {
	case *lua.LNilType:
	case lua.LString, *lua.LTable:
		o.ALPN = words(alpn)
	default:
		return nil, word("invalid ALPN parameter")
	}
	if _, err := ctx.opts.Load(); err != nil {
		return nil, word(err.Error())
	}
	return ctx, nil
}

// addOptions narrows the versions by the options no_tlsv1 and so on.
func addOptions(o *tlsconf.Options, options []string) error {
	banned := make(map[string]bool)
	for _, w := range options {
		known := false
		for _, k := range sslOptions {
			known = known || k == w
		}
		if !known {
			return word("invalid option (" + w + ")")
		}
		banned[strings.TrimPrefix(w, "no_")] = strings.HasPrefix(w, "no_")
	}
	if o.Min != 0 || o.Max != 0 {
		return nil
	}
	for _, v := range []struct {
		name    string
		version uint16
	}{{"tlsv1_3", tls.VersionTLS13}, {"tlsv1_2", tls.VersionTLS12}, {"tlsv1_1", tls.VersionTLS11}, {"tlsv1", tls.VersionTLS10}} {
		if !banned[v.name] {
			if v.version != tls.VersionTLS13 {
				o.Max = v.version
			}
			break
		}
	}
	if banned["tlsv1_2"] && !banned["tlsv1_3"] {
		o.Min = tls.VersionTLS13
	}
	return nil
}
