package script

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sosh/internal/show"
	"sosh/sockets"
	"sosh/sockets/tlsconf"

	lua "github.com/yuin/gopher-lua"
)

var tlsVersions = []string{"1.0", "1.1", "1.2", "1.3"}

// tlsOptions are the options of the verbs that begin TLS or DTLS.
var tlsOptions = []Param{
	{Name: "verify", Type: BoolType, TLS: true, Doc: "verify the peer's certificate; default true"},
	{Name: "servername", Type: StringType, TLS: true, Doc: "host name to send (SNI) and to verify; default the host of the address"},
	{Name: "trust", Type: FileType, TLS: true, Doc: "PEM file with the CA certificates to trust, instead of the system's"},
	{Name: "pin", Type: StringType, TLS: true, Doc: "SHA-256 fingerprint of the peer's certificate; nothing else is verified"},
	{Name: "cert", Type: FileType, TLS: true, Doc: "PEM file with our certificate and its chain"},
	{Name: "key", Type: FileType, TLS: true, Doc: "PEM file with the private key, if it is not in the file of cert="},
	{Name: "clientcert", Type: ChoiceType, Values: []string{"demand", "ask", "none"}, TLS: true, Doc: "whether a server requests a client certificate: demand, ask or none; default demand with trust= or pin=, else none"},
	{Name: "alpn", Type: ListType, TLS: true, Doc: "application protocols in order of preference, such as h2,http/1.1"},
	{Name: "min", Type: ChoiceType, Values: tlsVersions, TLS: true, Doc: "lowest version, 1.0 to 1.3; default 1.2"},
	{Name: "max", Type: ChoiceType, Values: tlsVersions, TLS: true, Doc: "highest version, 1.0 to 1.3"},
	{Name: "ciphers", Type: ListType, TLS: true, Doc: "cipher suites for TLS 1.2 and earlier, by their IANA or OpenSSL names"},
	{Name: "keylog", Type: FileType, TLS: true, Doc: "file to which session secrets are appended, for Wireshark; default the variable SSLKEYLOGFILE"},
}

// TLSOptions returns the options of TLS, which every verb that starts TLS has.
func TLSOptions() []Param { return tlsOptions }

// withTLS returns a verb's own options, followed by those of TLS.
func withTLS(own ...Param) []Param { return append(own, tlsOptions...) }

// tlsOpts returns the TLS options of the call, and whether there are any.
func (c *Call) tlsOpts() (o tlsconf.Options, any bool) {
	for _, p := range tlsOptions {
		any = any || c.opts[p.Name].set
	}
	text := func(name string) string { return c.opts[name].str }
	o.NoVerify = c.opts["verify"].set && !c.OptionBool("verify")
	o.ServerName, o.Trust, o.Pin = text("servername"), text("trust"), text("pin")
	o.Cert, o.Key, o.KeyLog = text("cert"), text("key"), text("keylog")
	o.ClientCert = tlsconf.ClientCert(text("clientcert"))
	o.ALPN, o.Ciphers = c.opts["alpn"].list, c.opts["ciphers"].list
	o.Min, o.Max = tlsconf.Versions[text("min")], tlsconf.Versions[text("max")]
	return o, any
}

// setTLS applies the TLS options of the call to a handle.
func (c *Call) setTLS(h *sockets.Handle) error {
	o, any := c.tlsOpts()
	if !any {
		return nil
	}
	var err error
	c.Machine.Block(func() { err = h.SetTLS(o) })
	return c.tlsError(err)
}

// tlsError converts an error about a TLS option to an ArgumentError of this call.
func (c *Call) tlsError(err error) error {
	var p *sockets.ParamError
	var e *sockets.Error
	switch {
	case errors.As(err, &p) && p.Param == "servername":
		return &ArgumentError{Index: -1, Key: p.Param, Err: fmt.Errorf("%s: %w", p.Param, p.Err), Hint: "servername= sets the name, pin= the certificate itself; verify=false accepts any"}
	case errors.As(err, &p):
		return &ArgumentError{Index: -1, Key: p.Param, Err: fmt.Errorf("%s: %w", p.Param, p.Err)}
	case errors.As(err, &e):
		own := *e
		own.Op = c.Verb.Name
		return &own
	}
	return err
}

func runStarttls(c *Call) error {
	h := c.Handle(0)
	o, _ := c.tlsOpts()
	o.KeepPlain = c.OptionBool("keep")
	server := c.OptionBool("server")
	if err := c.Wait(func(ctx context.Context) error { return h.StartTLS(ctx, o, server) }); err != nil {
		return c.tlsError(err)
	}
	c.Give(c.args[0].luaHandle(c))
	if c.l == nil {
		c.Notify("%s: %s%s", h.Name(), c.tlsSummary(h), c.ownCertificate(h))
	}
	return nil
}

// tlsSummary describes the TLS of a handle in one line, and which options had no effect.
func (c *Call) tlsSummary(h *sockets.Handle) string {
	i, err := h.Info()
	if err != nil || i.TLS == nil {
		return "no TLS"
	}
	t := i.TLS
	s := t.Version + ", " + t.Cipher
	if len(t.Chain) > 0 {
		s += ", " + t.Chain[0].Subject + " " + verified[t.Verified]
	}
	if len(t.Chain) > 0 && t.Chain[0].Weak != "" {
		s += ", with a key of " + t.Chain[0].Weak
	}
	if offered := c.OptionList("alpn"); len(offered) > 0 && t.ALPN == "" {
		s += ", without ALPN: the peer chose none of " + strings.Join(offered, ", ")
	} else if t.ALPN != "" {
		s += ", alpn " + t.ALPN
	}
	_, verify := c.opts["verify"]
	if _, trust := c.Option("trust"); trust && verify && !c.OptionBool("verify") && !c.OptionBool("server") {
		s += "; trust= has no effect with verify=false"
	}
	return s
}

var verified = map[string]string{"authority": "verified by its authority", "pin": "verified by its pin", "none": "not verified"}

// ownCertificate describes the temporary certificate of a server.
func (c *Call) ownCertificate(h *sockets.Handle) string {
	if c.l != nil {
		return ""
	}
	i, err := h.Info()
	if err != nil || i.TLS == nil || !i.TLS.Ephemeral {
		return ""
	}
	return "; its certificate is ephemeral, SHA-256 " + i.TLS.Fingerprint
}

func certDate(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// tlsText writes an Info of TLS as lines with a name and a value.
func tlsText(t *tlsconf.Info, line func(name string, format show.Trusted, args ...any)) {
	var parts []string
	for _, part := range []string{t.Version, t.Cipher} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if t.ALPN != "" {
		parts = append(parts, "alpn "+t.ALPN)
	}
	if t.ServerName != "" {
		parts = append(parts, "server name "+t.ServerName)
	}
	if t.Verified != "" {
		parts = append(parts, verified[t.Verified])
	}
	if len(parts) > 0 {
		line("tls", "%s", strings.Join(parts, ", "))
	}
	if t.Fingerprint != "" {
		kind := ""
		if t.Ephemeral {
			kind = " (ephemeral)"
		}
		line("own", "SHA-256 %s%s", t.Fingerprint, kind)
	}
	for i, c := range t.Chain {
		line(fmt.Sprintf("chain %d", i), "%s, by %s", c.Subject, c.Issuer)
		line("", "for %s, from %s to %s", c.Names, certDate(c.From), certDate(c.To))
		line("", "SHA-256 %s", c.Fingerprint)
		if c.Weak != "" {
			line("", "its key is %s", c.Weak)
		}
	}
}

// tlsTable returns an Info of TLS as a Lua table.
func tlsTable(L *lua.LState, t *tlsconf.Info) *lua.LTable {
	put := func(to *lua.LTable, key, s string) {
		if s != "" {
			to.RawSetString(key, lua.LString(s))
		}
	}
	tab := L.NewTable()
	put(tab, "version", t.Version)
	put(tab, "cipher", t.Cipher)
	put(tab, "alpn", t.ALPN)
	put(tab, "servername", t.ServerName)
	put(tab, "verified", t.Verified)
	put(tab, "fingerprint", t.Fingerprint)
	chain := L.NewTable()
	for _, c := range t.Chain {
		one := L.NewTable()
		put(one, "subject", c.Subject)
		put(one, "issuer", c.Issuer)
		put(one, "names", c.Names)
		put(one, "fingerprint", c.Fingerprint)
		put(one, "weak", c.Weak)
		one.RawSetString("from", lua.LNumber(c.From.Unix()))
		one.RawSetString("to", lua.LNumber(c.To.Unix()))
		chain.Append(one)
	}
	tab.RawSetString("chain", chain)
	return tab
}
