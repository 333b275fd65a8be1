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

	"sosh/sockets/tlsconf"
)

// pinOf is the fingerprint of a certificate in its other spelling.
func pinOf(c *x509.Certificate) string {
	return strings.ToLower(strings.ReplaceAll(tlsconf.Fingerprint(c), ":", ""))
}

// wantTLS fails the test unless err is of TLS and says what it has to.
func wantTLS(t *testing.T, err error, reason, hint string, problem tlsconf.Problem) {
	t.Helper()
	var e *Error
	var cause *tlsconf.Error
	if !errors.As(err, &e) || !errors.As(err, &cause) || Code(err) != "tls" {
		t.Fatalf("error %v (%T), want one of TLS: %s", err, err, reason)
	}
	if !strings.Contains(e.Error(), reason) || !strings.Contains(e.Hint, hint) || cause.Problem != problem {
		t.Errorf("error %q\nhint %q, problem %d\nwant %q\nhint %q, problem %d", e, e.Hint, cause.Problem, reason, hint, problem)
	}
}

func TestTLSVerify(t *testing.T) {
	t.Parallel()
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
			opts         tlsconf.Options
			reason, hint string
			problem      tlsconf.Problem
		}{
			{"trusted", good, tlsconf.Options{Trust: ours.file}, "", "", 0},
			{"trusted by name", good, tlsconf.Options{Trust: ours.file, ServerName: "server"}, "", "", 0},
			{"any", expired, tlsconf.Options{NoVerify: true}, "", "", 0},
			{"pinned", pinned, tlsconf.Options{Pin: pinOf(pinnedCert)}, "", "", 0},
			{"pinned with colons", pinned, tlsconf.Options{Pin: tlsconf.Fingerprint(pinnedCert)}, "", "", 0},
			{"other pin", pinned, tlsconf.Options{Pin: tlsconf.Fingerprint(goodCert), Trust: ours.file}, "does not match the pin", "its fingerprint is " + tlsconf.Fingerprint(pinnedCert), 0},
			{"unknown authority", good, tlsconf.Options{Trust: other.file}, "the certificate of CN=server is not from a trusted CA (signed by CN=ours)", "", tlsconf.Untrusted},
			{"system's", good, tlsconf.Options{}, "not from a trusted CA", "", tlsconf.Untrusted},
			{"self-signed", "", tlsconf.Options{Trust: other.file}, "not from a trusted CA (self-signed)", "", tlsconf.Untrusted},
			{"other name", good, tlsconf.Options{Trust: ours.file, ServerName: "elsewhere"}, "the certificate is for server, 127.0.0.1, not for elsewhere", "", tlsconf.OtherName},
			{"other address", named, tlsconf.Options{Trust: ours.file}, `not for 127.0.0.1`, "", tlsconf.OtherName},
			{"expired", expired, tlsconf.Options{Trust: ours.file, ServerName: "server"}, "expired on 2", "", tlsconf.Expired},
			{"not valid yet", early, tlsconf.Options{Trust: ours.file, ServerName: "server"}, "is not valid before 2", "clock", 0},
		} {
			t.Run(string(kind)+" "+c.name, func(t *testing.T) {
				table := newTable(t)
				srv, came := serveTLS(t, table, kind, tlsconf.Options{Cert: c.cert})
				client, err := dialTLS(t, srv, c.opts)
				if c.reason != "" {
					wantTLS(t, err, c.reason, c.hint, c.problem)
					if strings.ContainsRune(err.Error(), 0x1b) {
						t.Errorf("%q holds what a peer has put into its certificate", err)
					}
					if client.State() != "new" || !client.PeerAddr().IsZero() {
						t.Errorf("it is %s afterwards, peer %v", client.State(), client.PeerAddr())
					}
					must(t, client.SetTLS(tlsconf.Options{NoVerify: true}))
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
				if got := i.TLS.Chain[0]; got.Fingerprint != own.TLS.Fingerprint || got.Fingerprint != tlsconf.Fingerprint(state.PeerCertificates[0]) || own.TLS.Ephemeral != (c.cert == "") {
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
	t.Parallel()
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
			server tlsconf.Options
			taken  string // which of them, with commas
		}{
			{"trust", tlsconf.Options{Trust: ours.file}, "good"},
			{"trust, demanded", tlsconf.Options{ClientCert: tlsconf.ClientCertDemand, Trust: ours.file}, "good"},
			{"trust, asked", tlsconf.Options{ClientCert: tlsconf.ClientCertAsk, Trust: ours.file}, "good,none"},
			{"system, demanded", tlsconf.Options{ClientCert: tlsconf.ClientCertDemand}, ""},
			{"system, asked", tlsconf.Options{ClientCert: tlsconf.ClientCertAsk}, "none"},
			{"unverified, demanded", tlsconf.Options{ClientCert: tlsconf.ClientCertDemand, Trust: ours.file, NoVerify: true}, "good,other authority,expired,for servers,self-signed"},
			{"unverified, asked", tlsconf.Options{ClientCert: tlsconf.ClientCertAsk, NoVerify: true}, "good,other authority,expired,for servers,self-signed,none"},
			{"pinned", tlsconf.Options{Pin: pinOf(aloneCert)}, "self-signed"},
			{"pinned, asked", tlsconf.Options{Pin: pinOf(aloneCert), ClientCert: tlsconf.ClientCertAsk}, "self-signed"},
			{"not asked", tlsconf.Options{}, "good,other authority,expired,for servers,self-signed,none"},
		} {
			for name, cert := range shown {
				t.Run(string(kind)+"/"+c.name+"/"+name, func(t *testing.T) {
					table := newTable(t)
					srv, came := serveTLS(t, table, kind, c.server)
					client, err := dialTLS(t, srv, tlsconf.Options{NoVerify: true, Cert: cert})
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
					wantTLS(t, err, "the peer's alert: ", "", tlsconf.AlertCame)
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
	if err := plain.SetTLS(tlsconf.Options{}); err == nil {
		t.Error("a tcp handle takes options of TLS")
	}
	h := newSocketHandle(t, table, TLS, "")
	d := newSocketHandle(t, table, DTLS, "")
	for _, c := range []struct {
		param string
		opts  tlsconf.Options
		h     *Handle
	}{
		{"cert", tlsconf.Options{Cert: "missing"}, h},
		{"cert", tlsconf.Options{Key: "missing"}, h},
		{"cert", tlsconf.Options{Cert: "tls_test.go"}, h},
		{"trust", tlsconf.Options{Trust: "missing"}, h},
		{"trust", tlsconf.Options{Trust: "tls_test.go"}, h},
		{"pin", tlsconf.Options{Pin: "abcd"}, h},
		{"pin", tlsconf.Options{Pin: strings.Repeat("xy", 32)}, h},
		{"ciphers", tlsconf.Options{Ciphers: []string{"TLS_AES_128_GCM_SHA256"}}, h},
		{"ciphers", tlsconf.Options{Ciphers: []string{""}}, h},
		{"min", tlsconf.Options{Min: tls.VersionTLS13, Max: tls.VersionTLS12}, h},
		{"min", tlsconf.Options{Min: tls.VersionTLS13}, d},
		{"max", tlsconf.Options{Max: tls.VersionTLS11}, d},
		{"clientcert", tlsconf.Options{ClientCert: "maybe"}, h},
		{"clientcert", tlsconf.Options{ClientCert: tlsconf.ClientCertNone, Pin: strings.Repeat("00", 32)}, h},
		{"keylog", tlsconf.Options{KeyLog: "missing/file"}, h},
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
	err := h.SetTLS(tlsconf.Options{KeyLog: path})
	if p := new(ParamError); !errors.As(err, &p) || p.Param != "keylog" {
		t.Errorf("%v, want an error of keylog", err)
	}
}
