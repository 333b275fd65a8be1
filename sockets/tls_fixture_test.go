package sockets

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sosh/sockets/tlsconf"
)

// An authority signs certificates, and keeps them in files.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir()}
	a.cert, a.key, a.file = a.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	return a
}

// sign returns a certificate made of template, and the file that has it and its
// key.
func (a *authority) sign(t testing.TB, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	parent, parentKey := a.cert, a.key
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	must(t, err)
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	file := filepath.Join(a.dir, cert.SerialNumber.String()+".pem")
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})...)
	must(t, os.WriteFile(file, text, 0o600))
	return cert, key, file
}

// forHost returns the file of a certificate for a name and 127.0.0.1 besides.
func (a *authority) forHost(t testing.TB, name string) string {
	t.Helper()
	_, _, file := a.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	})
	return file
}

// serveTLS returns a served listener, and what it accepts.
func serveTLS(t testing.TB, table *Table, kind Kind, opts tlsconf.Options) (srv *Handle, came <-chan *Handle) {
	t.Helper()
	srv = newSocketHandle(t, table, kind, "")
	must(t, srv.SetTLS(opts))
	must(t, srv.Bind(patient(t), localAddress(t, kind, false)))
	if !kind.Datagram() {
		must(t, srv.Listen(-1)) // a full backlog holds a client up for a second
	}
	c := make(chan *Handle, 8)
	must(t, srv.Serve(func(h *Handle) { c <- h }))
	return srv, c
}

// dialTLS returns a handle that has tried to connect, and the error of that.
func dialTLS(t testing.TB, srv *Handle, opts tlsconf.Options) (*Handle, error) {
	t.Helper()
	c := newSocketHandle(t, srv.table, srv.kind, "")
	must(t, c.SetTLS(opts))
	return c, c.Connect(patient(t), srv.LocalAddr().String())
}

func next(t testing.TB, came <-chan *Handle) *Handle {
	t.Helper()
	select {
	case h := <-came:
		return h
	case <-time.After(patience):
		t.Fatal("no client came")
		panic("not reached")
	}
}
