package sockets

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// pinOf is the fingerprint of a certificate in its other spelling.
func pinOf(c *x509.Certificate) string {
	return strings.ToLower(strings.ReplaceAll(Fingerprint(c), ":", ""))
}

// wantTLS fails the test unless err is of TLS and says what it has to.
func wantTLS(t *testing.T, err error, reason, hint string) {
	t.Helper()
	var e *Error
	var cause *TLSError
	if !errors.As(err, &e) || !errors.As(err, &cause) || Code(err) != "tls" {
		t.Fatalf("error %v (%T), want one of TLS: %s", err, err, reason)
	}
	if !strings.Contains(e.Error(), reason) || !strings.Contains(e.Hint, hint) {
		t.Errorf("error %q\nhint %q\nwant %q\nhint %q", e, e.Hint, reason, hint)
	}
}

func TestTLSVerify(t *testing.T) {
	ours, other := newAuthority(t, "ours"), newAuthority(t, "other")
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	make := func(c x509.Certificate) (string, *x509.Certificate) {
		c.Subject.CommonName = "server"
		cert, _, file := ours.sign(t, &c)
		return file, cert
	}
	good := ours.forHost(t, "server")
	_, goodCert := make(x509.Certificate{})
	pinned, pinnedCert := make(x509.Certificate{DNSNames: []string{"elsewhere"}})
	named, _ := make(x509.Certificate{DNSNames: []string{"elsewhere", "here\x1b[31m"}})
	expired, _ := make(x509.Certificate{DNSNames: []string{"server"}, NotBefore: past.Add(-time.Hour), NotAfter: past})
	early, _ := make(x509.Certificate{DNSNames: []string{"server"}, NotBefore: future, NotAfter: future.Add(time.Hour)})
	for _, kind := range []Kind{TLS4, DTLS4} {
		for _, c := range []struct {
			name, cert   string
			opts         TLSOptions
			reason, hint string
		}{
			{"trusted", good, TLSOptions{Trust: ours.file}, "", ""},
			{"trusted by name", good, TLSOptions{Trust: ours.file, ServerName: "server"}, "", ""},
			{"any", expired, TLSOptions{NoVerify: true}, "", ""},
			{"pinned", pinned, TLSOptions{Pin: pinOf(pinnedCert)}, "", ""},
			{"pinned with colons", pinned, TLSOptions{Pin: Fingerprint(pinnedCert)}, "", ""},
			{"other pin", pinned, TLSOptions{Pin: Fingerprint(goodCert), Trust: ours.file}, "does not match pin=", "its fingerprint is " + Fingerprint(pinnedCert)},
			{"unknown authority", good, TLSOptions{Trust: other.file}, "the certificate of CN=server is not from a trusted CA (signed by CN=ours)", "trust="},
			{"system's", good, TLSOptions{}, "not from a trusted CA", "trust="},
			{"self-signed", "", TLSOptions{Trust: other.file}, "not from a trusted CA (self-signed)", "trust="},
			{"other name", good, TLSOptions{Trust: ours.file, ServerName: "elsewhere"}, "the certificate is for server, 127.0.0.1, not for elsewhere", "servername="},
			{"other address", named, TLSOptions{Trust: ours.file}, `not for 127.0.0.1`, "servername="},
			{"expired", expired, TLSOptions{Trust: ours.file, ServerName: "server"}, "expired on 2", "verify=false"},
			{"not valid yet", early, TLSOptions{Trust: ours.file, ServerName: "server"}, "is not valid before 2", "clock"},
		} {
			t.Run(string(kind)+" "+c.name, func(t *testing.T) {
				table := newTable(t)
				srv, came := serveTLS(t, table, kind, TLSOptions{Cert: c.cert})
				client, err := dialTLS(t, srv, c.opts)
				if c.reason != "" {
					wantTLS(t, err, c.reason, c.hint)
					if strings.ContainsRune(err.Error(), 0x1b) {
						t.Errorf("%q holds what a peer has put into its certificate", err)
					}
					if client.State() != "new" || !client.PeerAddr().IsZero() {
						t.Errorf("it is %s afterwards, peer %v", client.State(), client.PeerAddr())
					}
					must(t, client.SetTLS(TLSOptions{NoVerify: true}))
					err = client.Connect(patient(t), srv.LocalAddr().String())
				}
				must(t, err)
				s := next(t, came)
				send(t, client, "verified")
				wantRecv(t, s, "verified")
				// What was shown can be seen, verified or not.
				state, ok := client.TLS()
				if !ok || len(state.PeerCertificates) == 0 {
					t.Fatalf("state %v, %v", state, ok)
				}
				i, err := client.Info()
				must(t, err)
				own, err := s.Info()
				must(t, err)
				if got := i.TLS.Chain[0]; got.Fingerprint != own.TLS.Fingerprint || got.Fingerprint != Fingerprint(state.PeerCertificates[0]) || own.TLS.Ephemeral != (c.cert == "") {
					t.Errorf("the chain begins with %+v, the server's own is %+v", got, own.TLS)
				}
			})
		}
	}
}

// TestTLSClientCert shows every kind of certificate to servers with and without
// a file of authorities. Without one the system's count, which know none of
// those here.
func TestTLSClientCert(t *testing.T) {
	ours, other := newAuthority(t, "ours"), newAuthority(t, "other")
	good, theirs := ours.forHost(t, "client"), other.forHost(t, "client")
	_, _, expired := ours.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "client"}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour),
	})
	_, _, servers := ours.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "client"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	aloneCert, _, alone := (&authority{dir: t.TempDir()}).sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: "client"}})
	shown := map[string]string{"none": "", "good": good, "other authority": theirs, "expired": expired, "for servers": servers, "self-signed": alone}
	for _, kind := range []Kind{TLS4, DTLS4} {
		for _, c := range []struct {
			name   string
			server TLSOptions
			taken  string // which of them, with commas
		}{
			{"trust", TLSOptions{Trust: ours.file}, "good"},
			{"trust, demanded", TLSOptions{ClientCert: ClientCertDemand, Trust: ours.file}, "good"},
			{"trust, asked", TLSOptions{ClientCert: ClientCertAsk, Trust: ours.file}, "good,none"},
			{"system, demanded", TLSOptions{ClientCert: ClientCertDemand}, ""},
			{"system, asked", TLSOptions{ClientCert: ClientCertAsk}, "none"},
			{"unverified, demanded", TLSOptions{ClientCert: ClientCertDemand, Trust: ours.file, NoVerify: true}, "good,other authority,expired,for servers,self-signed"},
			{"unverified, asked", TLSOptions{ClientCert: ClientCertAsk, NoVerify: true}, "good,other authority,expired,for servers,self-signed,none"},
			{"pinned", TLSOptions{Pin: pinOf(aloneCert)}, "self-signed"},
			{"pinned, asked", TLSOptions{Pin: pinOf(aloneCert), ClientCert: ClientCertAsk}, "self-signed"},
			{"not asked", TLSOptions{}, "good,other authority,expired,for servers,self-signed,none"},
		} {
			for name, cert := range shown {
				t.Run(string(kind)+"/"+c.name+"/"+name, func(t *testing.T) {
					table := newTable(t)
					srv, came := serveTLS(t, table, kind, c.server)
					client, err := dialTLS(t, srv, TLSOptions{NoVerify: true, Cert: cert})
					if slices.Contains(strings.Split(c.taken, ","), name) {
						must(t, err)
						s := next(t, came)
						send(t, client, "taken")
						wantRecv(t, s, "taken")
						return
					}
					ev := waitEvent(t, srv, EventError)
					if Code(ev.Err) != "tls" || ev.Peer.IsZero() {
						t.Errorf("the server tells of %v from %v", ev.Err, ev.Peer)
					}
					if err == nil { // TLS 1.3: the client is done first
						_, err = client.Recv(patient(t), 10)
					}
					wantTLS(t, err, "the peer's alert: ", "")
					select {
					case s := <-came:
						t.Errorf("%s was accepted", s.Name())
					default:
					}
				})
			}
		}
	}
}

func TestTLSOptionsRefused(t *testing.T) {
	table := newTable(t)
	plain := newSocketHandle(t, table, TCP, "")
	if err := plain.SetTLS(TLSOptions{}); err == nil {
		t.Error("a tcp handle takes options of TLS")
	}
	h := newSocketHandle(t, table, TLS, "")
	d := newSocketHandle(t, table, DTLS, "")
	for _, c := range []struct {
		param string
		opts  TLSOptions
		h     *Handle
	}{
		{"cert", TLSOptions{Cert: "missing"}, h},
		{"cert", TLSOptions{Key: "missing"}, h},
		{"cert", TLSOptions{Cert: "tls_test.go"}, h},
		{"trust", TLSOptions{Trust: "missing"}, h},
		{"trust", TLSOptions{Trust: "tls_test.go"}, h},
		{"pin", TLSOptions{Pin: "abcd"}, h},
		{"pin", TLSOptions{Pin: strings.Repeat("xy", 32)}, h},
		{"ciphers", TLSOptions{Ciphers: []string{"TLS_AES_128_GCM_SHA256"}}, h},
		{"ciphers", TLSOptions{Ciphers: []string{""}}, h},
		{"min", TLSOptions{Min: tls.VersionTLS13, Max: tls.VersionTLS12}, h},
		{"min", TLSOptions{Min: tls.VersionTLS13}, d},
		{"max", TLSOptions{Max: tls.VersionTLS11}, d},
		{"clientcert", TLSOptions{ClientCert: "maybe"}, h},
		{"clientcert", TLSOptions{ClientCert: ClientCertNone, Pin: strings.Repeat("00", 32)}, h},
		{"keylog", TLSOptions{KeyLog: "missing/file"}, h},
	} {
		err := c.h.SetTLS(c.opts)
		var p *ParamError
		if !errors.As(err, &p) || p.Param != c.param || Code(err) != "argument" {
			t.Errorf("%+v: %v, want an error of %s", c.opts, err, c.param)
		}
	}
}

// TestKeyLogOfStranger: no secrets go to a file that another user can read.
func TestKeyLogOfStranger(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("root alone gives files away")
	}
	path := filepath.Join(t.TempDir(), "keys")
	must(t, os.WriteFile(path, nil, 0o666))
	must(t, os.Chown(path, 65534, -1))
	h := newSocketHandle(t, newTable(t), TLS4, "")
	err := h.SetTLS(TLSOptions{KeyLog: path})
	if p := new(ParamError); !errors.As(err, &p) || p.Param != "keylog" {
		t.Errorf("%v, want an error of keylog", err)
	}
}

// The names of a suite by IANA and by OpenSSL are for the same.
func TestCipherNames(t *testing.T) {
	for openssl, iana := range map[string]string{
		"ECDHE-RSA-AES128-GCM-SHA256":   "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
		"ECDHE-ECDSA-AES256-GCM-SHA384": "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
		"ECDHE-RSA-CHACHA20-POLY1305":   "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
		"ECDHE-RSA-AES128-SHA":          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
		"AES128-SHA":                    "TLS_RSA_WITH_AES_128_CBC_SHA",
		"AES256-GCM-SHA384":             "TLS_RSA_WITH_AES_256_GCM_SHA384",
		"DES-CBC3-SHA":                  "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
		"ECDHE-RSA-DES-CBC3-SHA":        "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
		"RC4-SHA":                       "TLS_RSA_WITH_RC4_128_SHA",
	} {
		a, aerr := cipherSuite(openssl)
		b, berr := cipherSuite(strings.ToLower(iana))
		if aerr != nil || berr != nil || a != b || tls.CipherSuiteName(a) != iana {
			t.Errorf("%s is %s (%v), %s is %s (%v)", openssl, tls.CipherSuiteName(a), aerr, iana, tls.CipherSuiteName(b), berr)
		}
	}
}
