package http1

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzRequest reads requests as the proxy server does, and compares what it
// takes with what package net/http makes of it, which takes more.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{
		"GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\nrest", "\r\nPOST http://[::1]:80/?q HTTP/1.0\r\nContent-Length: 5\r\nX:\ty \r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
		"POST http://h/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: u\r\n\r\nrest", "CONNECT h:1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"GET http://h/ HTTP/1.1\r\nContent-Length : 5\r\nTransfer-Encoding: xchunked\r\n\r\n", "GET http://h/ HTTP/1.1\r\nX: a\r\n folded\r\n\r\n", "GET http://h/\x00 HTTP/1.1\r\n\r\n", "GET http://h/ HTTP/1.1\r\nX: a\rb\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		r := bufio.NewReader(bytes.NewReader(p))
		q, err := ReadRequest(r)
		again, againErr := ReadRequest(bufio.NewReader(iotest.OneByteReader(bytes.NewReader(p))))
		if (err == nil) != (againErr == nil) || err == nil && (q.Target != again.Target || len(q.Header) != len(again.Header)) {
			t.Fatalf("%v; byte by byte %v", err, againErr)
		}
		if err != nil {
			return
		}
		if len(p)-r.Buffered() > MaxHead+4096 {
			t.Fatalf("a head of %d bytes", len(p)-r.Buffered())
		}
		length, err := RequestLength(q)
		if err != nil {
			return
		}
		// net/http knows no other methods without a Host, and no other forms of a
		// target than it needs itself.
		theirs := bufio.NewReader(bytes.NewReader(bytes.TrimLeft(p, "\r\n")))
		h, err := http.ReadRequest(theirs)
		if err != nil {
			if _, uerr := url.ParseRequestURI(q.Target); uerr == nil && len(q.Header["Host"]) < 2 && q.Method != "CONNECT" {
				t.Fatalf("net/http takes it for %v", err)
			}
			return
		}
		if q.Method != h.Method || q.Target != h.RequestURI {
			t.Fatalf("%q %q, of net/http %q %q", q.Method, q.Target, h.Method, h.RequestURI)
		}
		if want := h.ContentLength; length == Chunked && (want != -1 || len(h.TransferEncoding) != 1) || length >= 0 && length != want {
			t.Fatalf("a body of %d, of net/http %d %q", length, want, h.TransferEncoding)
		}
		for name, values := range h.Header {
			if strings.Join(values, "|") != strings.Join(q.Header[name], "|") {
				t.Fatalf("%s: %q, of net/http %q", name, q.Header[name], values)
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
		got, err := io.ReadAll(NewChunkReader(r, padded))
		if len(got) > len(p) {
			t.Fatalf("%d bytes of %d", len(got), len(p))
		}
		slow, slowErr := io.ReadAll(NewChunkReader(bufio.NewReader(iotest.OneByteReader(bytes.NewReader(p))), padded))
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
		w := ChunkWriter{&b}
		w.Write(got)
		w.End()
		if back, err := io.ReadAll(httputil.NewChunkedReader(&b)); err != nil || !bytes.Equal(back, got) {
			t.Fatalf("%q, %v back, want %q", back, err, got)
		}
	})
}

// FuzzResponse reads what an origin or a proxy may answer.
func FuzzResponse(f *testing.F) {
	for _, s := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.0 407\r\nProxy-Authenticate: Basic\r\n folded\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\nX : y\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		h := NewResponseReader(bufio.NewReader(bytes.NewReader(p)))
		a, err := h.ReadResponse()
		if err != nil {
			return
		}
		if a.Code < 100 || a.Code > 999 {
			t.Fatalf("status %d of %q", a.Code, a.Line)
		}
		for name, values := range a.Header {
			if strings.ContainsAny(name+a.Reason+strings.Join(values, ""), "\r\n\x00\x1b") {
				t.Fatalf("%q: %q", name, values)
			}
		}
		if length, err := ResponseLength("GET", a); err == nil && length < Chunked {
			t.Fatalf("a body of %d", length)
		}
	})
}

// FuzzChallenges reads Challenges and answers to them.
func FuzzChallenges(f *testing.F) {
	for _, s := range []string{`Basic realm="r", Digest realm="r", nonce="n", qop="auth"`, `NTLM, Negotiate abcd==, Basic`, `Digest realm="a\"b`, `Digest nonce=n, , nonce=m`, `,=,"`, `Basic YTpi`, `Digest a=b c=d`, "Digest\tnonce = n"} {
		f.Add(s)
	}
	a := &Credentials{User: "user", Password: "pass", Basic: "user:pass"}
	f.Fuzz(func(t *testing.T, s string) {
		list := Challenges([]string{s})
		if len(list) > MaxChallenges {
			t.Fatalf("%d challenges", len(list))
		}
		for _, c := range list {
			if c.Scheme == "" || c.Scheme != strings.ToLower(c.Scheme) || c.Token != "" && len(c.Params) > 0 {
				t.Fatalf("%+v", c)
			}
		}
		answer, _ := a.Answer(map[string][]string{"Proxy-Authenticate": {s}}, "CONNECT", "h:1")
		if answer == "" {
			return
		}
		if strings.ContainsAny(answer, "\r\n") && !strings.ContainsAny(s, "\r\n") {
			t.Fatalf("the answer %q", answer)
		}
		if back := Challenges([]string{answer}); len(back) != 1 || back[0].Scheme == "digest" && back[0].Params["username"] != "user" {
			t.Fatalf("the answer %q reads as %+v", answer, back)
		}
	})
}
