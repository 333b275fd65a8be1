package luasocket

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"sosh/script/lua51"
	"sosh/sockets/tlsconf"

	lua "github.com/yuin/gopher-lua"
)

// openConnections makes the class of connections.
func (s *ssl) openConnections(L *lua.LState) {
	const class = "SSL:Connection"
	c := s.core
	s.core.newClass(L, class, with(c.sharedMethods(class), map[string]lua.LGFunction{
		"send":     c.on(class, send),
		"receive":  c.on(class, receive),
		"getstats": c.on(class, getstats),
		"setstats": c.on(class, setstats),
		"close": c.on(class, func(_ *lua.LState, o *object) int {
			o.close()
			return 0
		}),
		"dohandshake":          c.on(class, doHandshake),
		"sni":                  c.on(class, setSNI),
		"want":                 c.on(class, want),
		"info":                 c.on(class, connectionInfo),
		"getalpn":              c.on(class, func(L *lua.LState, o *object) int { return pushState(L, o, pushALPN) }),
		"getsniname":           c.on(class, func(L *lua.LState, o *object) int { return pushState(L, o, pushSNI) }),
		"getpeercertificate":   c.on(class, s.peerCertificate),
		"getpeerchain":         c.on(class, s.peerChain),
		"getpeerverification":  c.on(class, peerVerification),
		"exportkeyingmaterial": c.on(class, exportKeys),
		"getfinished":          c.on(class, notSupported),
		"getpeerfinished":      c.on(class, notSupported),
		"setdane":              c.on(class, notSupported),
		"settlsa":              c.on(class, notSupported),
	}))
	meta := c.classes[class].meta
	meta.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LString(fmt.Sprintf("SSL connection: %p", L.Get(1))))
		return 1
	}))
}

// wrap is ssl.wrap(socket, params or context): the connection takes over the descriptor of the
// socket, which then behaves as closed.
func (s *ssl) wrap(L *lua.LState) int {
	ud, _ := L.Get(1).(*lua.LUserData)
	var o *object
	if ud != nil {
		o, _ = ud.Value.(*object)
	}
	if o == nil || o.h == nil {
		lua51.ArgError(L, 1, "a connected socket expected")
	}
	var ctx *sslContext
	switch v := L.Get(2).(type) {
	case *lua.LTable:
		var err error
		if ctx, err = contextOf(L, v); err != nil {
			return fail(L, err)
		}
	case *lua.LUserData:
		ctx, _ = v.Value.(*sslContext)
	}
	if ctx == nil {
		lua51.ArgError(L, 2, "a context or its parameters expected")
	}
	fd := o.fd()
	h := o.h
	o.h, o.closed = nil, true
	conn := s.core.push(L, "SSL:Connection", h.Kind(), h)
	conn.secure = &secure{ctx: ctx, opts: ctx.opts, fd: fd}
	conn.ended = word("handshake not done")
	return 1
}

// secure is the TLS state of an object.
type secure struct {
	ctx   *sslContext
	opts  tlsconf.Options // the options of ctx, with the name of sni
	fd    int             // kept here: a handle that uses TLS does not return it
	shake *attempt
	done  bool // the handshake has succeeded
	more  bool // the TLS library may hold decrypted bytes
}

// doHandshake is dohandshake(). Like a connect, it continues in the background after its timeout.
func doHandshake(L *lua.LState, o *object) int {
	s := o.secure
	if o.h == nil {
		return failFalse(L, errClosed)
	}
	if s.shake == nil {
		ctx, cancel := context.WithCancel(context.Background())
		a := &attempt{done: make(chan struct{}), cancel: cancel}
		s.shake = a
		h, opts, server := o.h, s.opts, s.ctx.server
		go func() {
			defer cancel()
			a.err = h.StartTLS(ctx, opts, server)
			close(a.done)
		}()
	}
	a := s.shake
	left := o.span()
	err := left.wait(L, func(ctx context.Context) error {
		select {
		case <-a.done:
			return a.err
		case <-ctx.Done():
		}
		select {
		case <-a.done:
			return a.err
		default:
			return errTimeout
		}
	})
	switch {
	case err == nil:
		s.done, o.ended = true, nil
		L.Push(lua.LTrue)
		return 1
	case err == errTimeout:
		return failFalse(L, word("wantread"))
	}
	return failFalse(L, word(handshakeText(err)))
}

// failFalse pushes false and the text of an error.
func failFalse(L *lua.LState, err error) int {
	fail(L, err)
	L.Replace(-2, lua.LFalse)
	return 2
}

// handshakeText is OpenSSL's text for common failures, and ours for the others.
func handshakeText(err error) string {
	var secure *tlsconf.Error
	if !errors.As(err, &secure) {
		return errorText(err)
	}
	switch secure.Problem {
	case tlsconf.Untrusted, tlsconf.Expired:
		return "certificate verify failed"
	case tlsconf.NoClientCert:
		return "peer did not return a certificate"
	case tlsconf.NoSuite:
		return "no shared cipher"
	case tlsconf.AlertCame:
		return "alert " + secure.Alert
	}
	return secure.Reason
}

func want(L *lua.LState, o *object) int {
	text := "nothing"
	if a := o.secure.shake; a != nil && !a.over() {
		text = "read"
	}
	L.Push(lua.LString(text))
	return 1
}

// setSNI is sni(name) of a client, before its handshake.
func setSNI(L *lua.LState, o *object) int {
	name, ok := L.Get(2).(lua.LString)
	if !ok {
		lua51.ArgError(L, 2, "the name of a host expected (a server with several contexts is not supported)")
	}
	o.secure.opts.ServerName = string(name)
	return 0
}

// state returns the state of the connection after its handshake.
func (o *object) state() (tls.ConnectionState, bool) {
	if o.h == nil || !o.secure.done {
		return tls.ConnectionState{}, false
	}
	return o.h.TLS()
}

// notSupported is the method for features that crypto/tls lacks.
func notSupported(L *lua.LState, _ *object) int {
	return fail(L, word("not supported by this TLS library"))
}

// exportKeys is exportkeyingmaterial(label, size [, context]) (RFC 5705).
func exportKeys(L *lua.LState, o *object) int {
	label, size := lua51.CheckString(L, 2), lua51.CheckInt(L, 3)
	state, ok := o.state()
	if !ok {
		return fail(L, word("handshake not done"))
	}
	var extra []byte
	if L.Get(4) != lua.LNil {
		extra = []byte(lua51.CheckString(L, 4))
	}
	if size < 1 || size > 1<<16 {
		lua51.ArgError(L, 3, "invalid size")
	}
	key, err := state.ExportKeyingMaterial(label, extra, size)
	if err != nil {
		return fail(L, word(err.Error()))
	}
	L.Push(lua.LString(key))
	return 1
}

// pushState pushes a value of the connection state, or nil.
func pushState(L *lua.LState, o *object, push func(tls.ConnectionState) string) int {
	if state, ok := o.state(); ok {
		if text := push(state); text != "" {
			L.Push(lua.LString(text))
			return 1
		}
	}
	L.Push(lua.LNil)
	return 1
}

func pushALPN(s tls.ConnectionState) string { return s.NegotiatedProtocol }
func pushSNI(s tls.ConnectionState) string  { return s.ServerName }

// connectionInfo is info([field]).
func connectionInfo(L *lua.LState, o *object) int {
	state, ok := o.state()
	if !ok {
		L.Push(lua.LNil)
		return 1
	}
	suite := cipherName(state.CipherSuite)
	bits := 256
	if strings.Contains(suite, "128") {
		bits = 128
	}
	t := L.NewTable()
	for name, v := range map[string]lua.LValue{
		"protocol": lua.LString(strings.ReplaceAll(tls.VersionName(state.Version), "TLS ", "TLSv")),
		"cipher":   lua.LString(suite),
		"bits":     lua.LNumber(bits), "algbits": lua.LNumber(bits),
		"export": lua.LFalse,
	} {
		t.RawSetString(name, v)
	}
	if L.Get(2) == lua.LNil {
		L.Push(t)
		return 1
	}
	L.Push(t.RawGetString(lua51.CheckString(L, 2)))
	return 1
}

// cipherName returns the name of a suite as OpenSSL has it: that of IANA for TLS 1.3, and
// without its TLS, WITH and CBC for older versions.
func cipherName(id uint16) string {
	name := tls.CipherSuiteName(id)
	if !strings.Contains(name, "_WITH_") {
		return name
	}
	return strings.NewReplacer("TLS_", "", "RSA_WITH_", "RSA-", "WITH_", "", "AES_", "AES", "_CBC", "", "_", "-").Replace(name)
}

func (o *object) chain() []*x509.Certificate {
	state, _ := o.state()
	return state.PeerCertificates
}

// peerCertificate is getpeercertificate([n=1]).
func (s *ssl) peerCertificate(L *lua.LState, o *object) int {
	n := lua51.OptInt(L, 2, 1)
	if n < 1 {
		lua51.ArgError(L, 2, "invalid certificate index")
	}
	chain := o.chain()
	if n > len(chain) {
		L.Push(lua.LNil)
		return 1
	}
	L.Push(newCertificate(L, s.cert, chain[n-1]))
	return 1
}

func (s *ssl) peerChain(L *lua.LState, o *object) int {
	t := L.NewTable()
	for _, c := range o.chain() {
		t.Append(newCertificate(L, s.cert, c))
	}
	L.Push(t)
	return 1
}

// peerVerification is getpeerverification(): true, or false and the reason.
func peerVerification(L *lua.LState, o *object) int {
	chain := o.chain()
	if len(chain) == 0 {
		return failFalse(L, word("no peer certificate"))
	}
	opts := o.secure.opts
	opts.NoVerify, opts.AnyName = false, true
	setup, err := opts.Load()
	if err == nil {
		var raw [][]byte
		for _, c := range chain {
			raw = append(raw, c.Raw)
		}
		err = setup.Verify(raw, o.secure.ctx.server, "")
	}
	if err == nil {
		L.Push(lua.LTrue)
		return 1
	}
	return failFalse(L, word(verifyText(chain, err)))
}

// verifyText is OpenSSL's text for a chain that does not verify.
func verifyText(chain []*x509.Certificate, err error) string {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "certificate has expired"
	case errors.As(err, &unknown) && chain[0].Subject.String() == chain[0].Issuer.String():
		return "self-signed certificate"
	case errors.As(err, &unknown):
		return "unable to get local issuer certificate"
	}
	return err.Error()
}
