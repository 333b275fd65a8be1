package sockets

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/hex"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"sosh/sockets/tlsconf"
)

// A hostilePeer has done a handshake of TLS 1.3 as it should, and then writes
// records of its own making.
type hostilePeer struct {
	t      testing.TB
	conn   net.Conn
	secret []byte
	aead   cipher.AEAD
	iv     []byte
	seq    uint64
}

// A lineLog keeps what crypto/tls writes to a log of keys.
type lineLog struct{ bytes.Buffer }

// secretOf returns the secret of a label.
func (l *lineLog) secretOf(t testing.TB, label string) []byte {
	t.Helper()
	for _, line := range strings.Split(l.String(), "\n") {
		if f := strings.Fields(line); len(f) == 3 && f[0] == label {
			secret, err := hex.DecodeString(f[2])
			must(t, err)
			return secret
		}
	}
	t.Fatalf("no %s among the keys", label)
	panic("not reached")
}

func newHostilePeer(t testing.TB, conn net.Conn, secret []byte, state tls.ConnectionState) *hostilePeer {
	t.Helper()
	if state.CipherSuite != tls.TLS_AES_128_GCM_SHA256 {
		t.Skipf("the suite is %s; this peer has AES-128 alone", tls.CipherSuiteName(state.CipherSuite))
	}
	p := &hostilePeer{t: t, conn: conn}
	p.rekey(secret)
	return p
}

// hostileClient connects to a served listener of kind tls.
func hostileClient(t testing.TB, srv *Handle) *hostilePeer {
	t.Helper()
	c, err := net.Dial("tcp4", srv.LocalAddr().String())
	must(t, err)
	t.Cleanup(func() { c.Close() })
	var keys lineLog
	client := tls.Client(c, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, KeyLogWriter: &keys})
	must(t, client.HandshakeContext(patient(t)))
	return newHostilePeer(t, c, keys.secretOf(t, "CLIENT_TRAFFIC_SECRET_0"), client.ConnectionState())
}

// hostileOver has a handshake over a unix socket, whose buffers are small and
// hold a writer back without delay, with the returned handle as its server or
// its client.
func hostileOver(t testing.TB, table *Table, server bool) (*hostilePeer, *Handle) {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	must(t, err)
	defer l.Close()
	h := newSocketHandle(t, table, Unix, "")
	must(t, h.Connect(patient(t), l.Addr().String()))
	c, err := l.Accept()
	must(t, err)
	t.Cleanup(func() { c.Close() })
	_, _, file := newAuthority(t, "hostile").sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: "hostile"}})
	pair, err := tls.LoadX509KeyPair(file, file)
	must(t, err)
	var keys lineLog
	config := &tls.Config{
		Certificates: []tls.Certificate{pair}, InsecureSkipVerify: true, MinVersion: tls.VersionTLS13,
		SessionTicketsDisabled: true, KeyLogWriter: &keys,
	}
	conn, label := tls.Server(c, config), "SERVER_TRAFFIC_SECRET_0"
	if server {
		conn, label = tls.Client(c, config), "CLIENT_TRAFFIC_SECRET_0"
	}
	done := start(func() (bool, error) { return true, h.StartTLS(patient(t), tlsconf.Options{NoVerify: true}, server) })
	must(t, conn.HandshakeContext(patient(t)))
	_, err = await(t, done)
	must(t, err)
	return newHostilePeer(t, c, keys.secretOf(t, label), conn.ConnectionState()), h
}

// expand is HKDF-Expand-Label (RFC 8446, section 7.1).
func (p *hostilePeer) expand(label string, n int) []byte {
	info := binary.BigEndian.AppendUint16(nil, uint16(n))
	info = append(info, byte(len("tls13 "+label)))
	info = append(append(info, "tls13 "+label...), 0)
	out, err := hkdf.Expand(sha256.New, p.secret, string(info), n)
	must(p.t, err)
	return out
}

func (p *hostilePeer) rekey(secret []byte) {
	p.secret, p.seq = secret, 0
	block, err := aes.NewCipher(p.expand("key", 16))
	must(p.t, err)
	p.aead, err = cipher.NewGCM(block)
	must(p.t, err)
	p.iv = p.expand("iv", 12)
}

// record is one with content of a type, as it goes over the wire.
func (p *hostilePeer) record(typ byte, content []byte) []byte {
	inner := append(bytes.Clone(content), typ)
	header := binary.BigEndian.AppendUint16([]byte{23, 3, 3}, uint16(len(inner)+p.aead.Overhead()))
	nonce := bytes.Clone(p.iv)
	for i := range 8 {
		nonce[4+i] ^= byte(p.seq >> (56 - 8*i))
	}
	p.seq++
	return append(header, p.aead.Seal(nil, nonce, inner, header)...)
}

// The types of records.
const (
	recordAlert     = 21
	recordHandshake = 22
	recordData      = 23
)

// keyUpdate asks for new keys of the other side, and goes on with new ones.
func (p *hostilePeer) keyUpdate() []byte {
	r := p.record(recordHandshake, []byte{24, 0, 0, 1, 1})
	p.rekey(p.expand("traffic upd", 32))
	return r
}
