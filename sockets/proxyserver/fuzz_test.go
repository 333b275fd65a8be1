package proxyserver

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"

	"sosh/internal/http1"
	"sosh/sockets"
)

// FuzzForwarded passes requests on: what goes to the origin is one request, which reads
// back.
func FuzzForwarded(f *testing.F) {
	for _, s := range []string{
		"GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\nrest", "\r\nPOST http://[::1]:80/?q HTTP/1.0\r\nContent-Length: 5\r\nX:\ty \r\n\r\n",
		"GET http://h/ HTTP/1.1\r\nConnection: x, close\r\nX: a\r\n\r\n", "GET http://[fe80::1%25lo]/a%0d%0ab HTTP/1.1\r\n\r\n", "GET http://h/\x00 HTTP/1.1\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		q, err := http1.ReadRequest(bufio.NewReader(bytes.NewReader(p)))
		if err != nil {
			return
		}
		if u, _, _, err := resource(q); err == nil {
			out := forwarded(q, u)
			if i := strings.Index(out, "\r\n\r\n"); i != len(out)-4 || strings.Contains(strings.ReplaceAll(out, "\r\n", ""), "\n") || strings.Count(out, "\nHost: ") != 1 {
				t.Fatalf("passed on as %q", out)
			}
			if _, err := http1.ReadRequest(bufio.NewReader(strings.NewReader(strings.Replace(out, " /", " http://h/", 1)))); err != nil {
				t.Fatalf("passed on as %q: %v", out, err)
			}
		}
	})
}

// FuzzAuthority splits what CONNECT is for, and the URIs of other requests.
func FuzzAuthority(f *testing.F) {
	for _, s := range []string{"h:80", "[::1]:443", "[fe80::1%25lo]:1", "u@h:1", "127.1:1", "h:65536", "h:", ":1", "[::1", "a b:1", "h:080"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		check := func(host string, port uint16, err error) {
			if err != nil {
				return
			}
			if _, ipErr := netip.ParseAddr(host); port == 0 || !http1.Visible(host) || ipErr != nil && strings.ContainsAny(host, "[]:/@%?#\\") || len(host) > maxHostName+50 {
				t.Fatalf("%q: %q, %d", s, host, port)
			}
		}
		check(splitAuthority(s))
		_, host, port, err := resource(&http1.Request{Target: s})
		check(host, port, err)
	})
}

// FuzzAuthorized checks the credentials of requests, malformed ones too: nobody gets by
// without them.
func FuzzAuthorized(f *testing.F) {
	for _, s := range []string{`Basic YTpi`, `Basic dXNlcjpwYXNz`, `Digest a=b c=d`, "Digest\tnonce = n", `Digest username="user", realm="Ncat", nonce="n", uri="/", response=""`} {
		f.Add(s)
	}
	a := &http1.Credentials{User: "user", Password: "pass", Basic: "user:pass"}
	f.Fuzz(func(t *testing.T, s string) {
		if ok, _ := authorized([]string{s}, a, "GET", "/"); ok && !strings.Contains(s, "dXNlcjpwYXNz") {
			t.Fatalf("%q got by", s)
		}
	})
}

// FuzzSOCKS has clients of each version send anything.
func FuzzSOCKS(f *testing.F) {
	for _, s := range []string{"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50", "\x05\x02\x00\x02\x01\x04user\x04pass\x05\x01\x00\x03\x01h\x00\x50", "\x04\x01\x00\x50\x00\x00\x00\x01user\x00h\x00", "\x04\x01\x00\x50\x7f\x00\x00\x01user\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		for _, auth := range []*http1.Credentials{nil, {User: "user", Password: "pass", Basic: "user:pass"}} {
			for i, read := range []func(*bufio.Reader, io.Writer, *http1.Credentials) (string, uint16, error){readSOCKS4, readSOCKS5} {
				var said bytes.Buffer
				host, port, err := read(bufio.NewReader(bytes.NewReader(p)), &said, auth)
				if err == nil && (host == "" || len(host) > maxHostName || port == 0) {
					t.Fatalf("to %q, %d", host, port)
				}
				if err == nil && auth != nil && !bytes.Contains(p, []byte("user")) {
					t.Fatal("a client got by without its name")
				}
				if said.Len() > 14 || errors.As(err, new(*sockets.Error)) {
					t.Fatalf("SOCKS%d said %q", i+4, said.Bytes())
				}
			}
		}
	})
}
