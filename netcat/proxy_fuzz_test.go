package netcat

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"

	"sosh/sockets"
)

// FuzzRequestHead reads requests as the proxy server does, and compares what it
// takes with what package net/http makes of it, which takes more.
func FuzzRequestHead(f *testing.F) {
	for _, s := range []string{
		"GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\nrest", "\r\nPOST http://[::1]:80/?q HTTP/1.0\r\nContent-Length: 5\r\nX:\ty \r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
		"POST http://h/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: u\r\n\r\nrest", "CONNECT h:1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"GET http://h/ HTTP/1.1\r\nContent-Length : 5\r\nTransfer-Encoding: xchunked\r\n\r\n", "GET http://h/ HTTP/1.1\r\nX: a\r\n folded\r\n\r\n", "GET http://h/\x00 HTTP/1.1\r\n\r\n", "GET http://h/ HTTP/1.1\r\nX: a\rb\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		r := bufio.NewReader(bytes.NewReader(p))
		q, err := readRequest(r)
		again, againErr := readRequest(bufio.NewReader(iotest.OneByteReader(bytes.NewReader(p))))
		if (err == nil) != (againErr == nil) || err == nil && (q.target != again.target || len(q.header) != len(again.header)) {
			t.Fatalf("%v; byte by byte %v", err, againErr)
		}
		if err != nil {
			return
		}
		if len(p)-r.Buffered() > maxHead+4096 {
			t.Fatalf("a head of %d bytes", len(p)-r.Buffered())
		}
		length, err := requestBody(q)
		if err != nil {
			return
		}
		// net/http knows no other methods without a Host, and no other forms of a
		// target than it needs itself.
		theirs := bufio.NewReader(bytes.NewReader(bytes.TrimLeft(p, "\r\n")))
		h, err := http.ReadRequest(theirs)
		if err != nil {
			if _, uerr := url.ParseRequestURI(q.target); uerr == nil && len(q.header["Host"]) < 2 && q.method != "CONNECT" {
				t.Fatalf("net/http takes it for %v", err)
			}
			return
		}
		if q.method != h.Method || q.target != h.RequestURI {
			t.Fatalf("%q %q, of net/http %q %q", q.method, q.target, h.Method, h.RequestURI)
		}
		if want := h.ContentLength; length == inChunks && (want != -1 || len(h.TransferEncoding) != 1) || length >= 0 && length != want {
			t.Fatalf("a body of %d, of net/http %d %q", length, want, h.TransferEncoding)
		}
		for name, values := range h.Header {
			if strings.Join(values, "|") != strings.Join(q.header[name], "|") {
				t.Fatalf("%s: %q, of net/http %q", name, q.header[name], values)
			}
		}
		if u, _, _, err := resource(q); err == nil {
			out := forwarded(q, u)
			if i := strings.Index(out, "\r\n\r\n"); i != len(out)-4 || strings.Contains(strings.ReplaceAll(out, "\r\n", ""), "\n") || strings.Count(out, "\nHost: ") != 1 {
				t.Fatalf("passed on as %q", out)
			}
			if _, err := readRequest(bufio.NewReader(strings.NewReader(strings.Replace(out, " /", " http://h/", 1)))); err != nil {
				t.Fatalf("passed on as %q: %v", out, err)
			}
		}
	})
}

// FuzzChunks reads chunks, and compares what it takes with what package net/http
// makes of it.
func FuzzChunks(f *testing.F) {
	for _, s := range []string{"5\r\nhello\r\n0\r\n\r\nrest", "1;x=\"y\"\r\na\r\n00\r\nT: u\r\n\r\n", "A\r\n0123456789\r\n0\r\n\r\n", "1 \r\na\r\n0\r\n\r\n", "1\na\n0\n\n", "ffffffffffffffff\r\n", "5\r\nhel", "0\r\n", "-1\r\n"} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, p []byte, padded bool) {
		r := bufio.NewReader(bytes.NewReader(p))
		got, err := io.ReadAll(newChunkReader(&headReader{r: r, lenient: padded}, padded))
		if len(got) > len(p) {
			t.Fatalf("%d bytes of %d", len(got), len(p))
		}
		slow, slowErr := io.ReadAll(newChunkReader(&headReader{r: bufio.NewReader(iotest.OneByteReader(bytes.NewReader(p))), lenient: padded}, padded))
		if (err == nil) != (slowErr == nil) || err == nil && !bytes.Equal(got, slow) {
			t.Fatalf("%q, %v; byte by byte %q, %v", got, err, slow, slowErr)
		}
		if err != nil {
			return
		}
		want, err := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(p)))
		if err != nil && !strings.Contains(err.Error(), "excess") || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%q, of net/http %q, %v", got, want, err)
		}
		// What is written of it reads back.
		var b bytes.Buffer
		w := chunkWriter{&b}
		w.Write(got)
		w.end()
		if back, err := io.ReadAll(httputil.NewChunkedReader(&b)); err != nil || !bytes.Equal(back, got) {
			t.Fatalf("%q, %v back, want %q", back, err, got)
		}
	})
}

// FuzzAnswerHead reads what an origin or a proxy may answer.
func FuzzAnswerHead(f *testing.F) {
	for _, s := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.0 407\r\nProxy-Authenticate: Basic\r\n folded\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\nX : y\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		h := &headReader{r: bufio.NewReader(bytes.NewReader(p)), left: maxHead, lenient: true}
		a, err := h.readAnswer()
		if err != nil {
			return
		}
		if a.code < 100 || a.code > 999 {
			t.Fatalf("status %d of %q", a.code, a.line)
		}
		for name, values := range a.header {
			if strings.ContainsAny(name+a.reason+strings.Join(values, ""), "\r\n\x00\x1b") {
				t.Fatalf("%q: %q", name, values)
			}
		}
		if length, err := answerBody("GET", a); err == nil && length < inChunks {
			t.Fatalf("a body of %d", length)
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
			if _, ipErr := netip.ParseAddr(host); port == 0 || !visible(host) || ipErr != nil && strings.ContainsAny(host, "[]:/@%?#\\") || len(host) > maxHostName+50 {
				t.Fatalf("%q: %q, %d", s, host, port)
			}
		}
		check(splitAuthority(s))
		_, host, port, err := resource(&requestHead{target: s})
		check(host, port, err)
	})
}

// FuzzChallenges reads challenges and answers to them.
func FuzzChallenges(f *testing.F) {
	for _, s := range []string{`Basic realm="r", Digest realm="r", nonce="n", qop="auth"`, `NTLM, Negotiate abcd==, Basic`, `Digest realm="a\"b`, `Digest nonce=n, , nonce=m`, `,=,"`, `Basic YTpi`, `Digest a=b c=d`, "Digest\tnonce = n"} {
		f.Add(s)
	}
	a := &credentials{"user", "pass", "user:pass"}
	f.Fuzz(func(t *testing.T, s string) {
		list := challenges([]string{s})
		if len(list) > maxChallenges {
			t.Fatalf("%d challenges", len(list))
		}
		for _, c := range list {
			if c.scheme == "" || c.scheme != strings.ToLower(c.scheme) || c.token != "" && len(c.params) > 0 {
				t.Fatalf("%+v", c)
			}
		}
		answer, _ := authorization(map[string][]string{"Proxy-Authenticate": {s}}, a, "CONNECT", "h:1")
		if answer == "" {
			return
		}
		if strings.ContainsAny(answer, "\r\n") && !strings.ContainsAny(s, "\r\n") {
			t.Fatalf("the answer %q", answer)
		}
		if back := challenges([]string{answer}); len(back) != 1 || back[0].scheme == "digest" && back[0].params["username"] != "user" {
			t.Fatalf("the answer %q reads as %+v", answer, back)
		}
		authorized([]string{s}, a, "GET", "/")
	})
}

// FuzzSOCKS has clients of each version send anything.
func FuzzSOCKS(f *testing.F) {
	for _, s := range []string{"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50", "\x05\x02\x00\x02\x01\x04user\x04pass\x05\x01\x00\x03\x01h\x00\x50", "\x04\x01\x00\x50\x00\x00\x00\x01user\x00h\x00", "\x04\x01\x00\x50\x7f\x00\x00\x01user\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		for _, auth := range []*credentials{nil, {"user", "pass", "user:pass"}} {
			for i, read := range []func(*bufio.Reader, io.Writer, *credentials) (string, uint16, error){readSOCKS4, readSOCKS5} {
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
