package proxyserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"sosh/internal/http1"
	"sosh/sockets"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/sys/unix"
)

// A chunked request body is forwarded with a Content-Length, so all of it is stored until it is
// complete.
const (
	maxChunkedBody  = 1 << 20  // maximum size of one body
	maxChunkedTotal = 32 << 20 // maximum size of those of all clients together
	chunkedBlock    = 64 << 10 // size of one allocation
)

// chunkedTotal is the number of bytes allocated for such bodies.
var chunkedTotal atomic.Int64

// A chunkedBody is such a body, in blocks of [chunkedBlock]; the last may be shorter.
type chunkedBody struct {
	blocks [][]byte
	size   int
}

// free frees the memory. It may be called more than once.
func (b *chunkedBody) free() {
	chunkedTotal.Add(-int64(len(b.blocks)) * chunkedBlock)
	b.blocks = nil
}

// A refusal is a status that ends a client's request.
type refusal struct {
	status string
	header []string
	cause  error // the cause, if the status does not say it
}

func (r *refusal) Error() string {
	if r.cause == nil {
		return r.status
	}
	return r.status + ": " + r.cause.Error()
}

func (r *refusal) Unwrap() error { return r.cause }

func refuse(status string, cause error) *refusal { return &refusal{status: status, cause: cause} }

// serveHTTP serves one request: CONNECT to any host and port; GET, HEAD and POST of http
// resources. For CONNECT it returns the connection. A refused request has been answered when
// it returns.
func (c *client) serveHTTP(ctx context.Context) (up *sockets.Handle, err error) {
	q, err := http1.ReadRequest(c.r)
	if err != nil {
		err = badRequest(err)
	} else if err = c.authorize(q); err == nil {
		if q.Method == "CONNECT" {
			up, err = c.connect(ctx, q)
		} else {
			err = c.forward(ctx, q)
		}
	}
	var r *refusal
	if errors.As(err, &r) {
		lines := append([]string{"HTTP/1.0 " + r.status}, r.header...)
		lines = append(lines, "Connection: close", "Proxy-Connection: close", "Content-Length: 0", "", "")
		c.write([]byte(strings.Join(lines, "\r\n")))
	}
	return up, err
}

// badRequest returns the refusal of a request that can't be read, or err itself if the
// connection has failed.
func badRequest(err error) error {
	switch {
	case err == http1.ErrLongLine:
		return refuse("414 URI Too Long", err)
	case err == http1.ErrLongHead:
		return refuse("413 Content Too Large", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse("408 Request Timeout", nil)
	case err == io.EOF:
		return errors.New("the connection ended before a request")
	case errors.As(err, new(*sockets.Error)):
		return err
	}
	return refuse("400 Bad Request", err)
}

// authorize refuses a client that has not proved its credentials.
func (c *client) authorize(q *http1.Request) error {
	if c.auth == nil {
		return nil
	}
	ok, stale := authorized(q.Header["Proxy-Authorization"], c.auth, q.Method, q.Target)
	if ok {
		return nil
	}
	header := []string{`Proxy-Authenticate: Basic realm="Ncat"`}
	if c.auth.HasPassword() {
		digest := `Proxy-Authenticate: Digest realm="Ncat", nonce="` + nonces.issue(time.Now()) + `", qop="auth"`
		if stale {
			digest += ", stale=true"
		}
		header = append(header, digest)
	}
	return &refusal{status: "407 Proxy Authentication Required", header: header}
}

// connect serves CONNECT (RFC 9110, 9.3.6).
func (c *client) connect(ctx context.Context, q *http1.Request) (*sockets.Handle, error) {
	host, port, err := splitAuthority(q.Target)
	if err == nil && len(q.Header["Host"]) > 1 {
		err = errTwoHosts
	}
	if err == nil {
		var length int64
		if length, err = http1.RequestLength(q); err == nil && length != 0 {
			err = errors.New("a body of CONNECT")
		}
	}
	if err != nil {
		return nil, refuse("400 Bad Request", err)
	}
	up, err := c.dialFor(ctx, host, port, false)
	if err != nil {
		return nil, unreachable(err)
	}
	if err := c.write([]byte("HTTP/1.0 200 OK\r\n\r\n")); err != nil {
		up.Close()
		return nil, err
	}
	return up, nil
}

var errTwoHosts = errors.New("more than one Host")

// unreachable returns the refusal for a failed connection to the origin.
func unreachable(err error) *refusal {
	switch {
	case err == errLoop:
		return refuse("403 Forbidden", err)
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		return refuse("503 Service Unavailable", err)
	}
	return refuse("504 Gateway Timeout", err)
}

// forward forwards a request to its origin, and passes the answer back.
func (c *client) forward(ctx context.Context, q *http1.Request) error {
	if !slices.Contains([]string{"GET", "HEAD", "POST"}, q.Method) {
		return &refusal{status: "405 Method Not Allowed", header: []string{"Allow: CONNECT, GET, HEAD, POST"}}
	}
	u, host, port, err := resource(q)
	if err != nil {
		return refuse("400 Bad Request", err)
	}
	length, err := http1.RequestLength(q)
	switch {
	case err == http1.ErrCoding:
		return refuse("501 Not Implemented", err)
	case err != nil:
		return refuse("400 Bad Request", err)
	}
	body := &chunkedBody{}
	defer body.free()
	if length == http1.Chunked {
		if err := c.readChunks(q, body); err != nil {
			return err
		}
		length = 0 // all of the body was read
	}
	up, err := c.dialFor(ctx, host, port, true)
	if err != nil {
		return unreachable(err)
	}
	defer up.Close()
	x := &exchange{c: c, q: q, up: up, head: forwarded(q, u), body: body, length: length}
	return x.run(ctx)
}

// readChunks reads a chunked request body, and then sets its Content-Length. A client that
// waits for 100 Continue gets it.
func (c *client) readChunks(q *http1.Request, body *chunkedBody) error {
	if q.Minor >= 1 && httpguts.HeaderValuesContainsToken(q.Header["Expect"], "100-continue") {
		if _, err := c.conn.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
			return err
		}
		q.Header.Del("Expect")
	}
	chunks := http1.NewChunkReader(c.r, false)
	limited := io.LimitReader(chunks, maxChunkedBody+1)
	for {
		if chunkedTotal.Add(chunkedBlock) > maxChunkedTotal {
			chunkedTotal.Add(-chunkedBlock)
			return refuse("503 Service Unavailable", fmt.Errorf("bodies in chunks of more than %d bytes in all", maxChunkedTotal))
		}
		block := make([]byte, chunkedBlock)
		body.blocks = append(body.blocks, block)
		n, err := io.ReadFull(limited, block)
		body.blocks[len(body.blocks)-1] = block[:n]
		body.size += n
		switch {
		case body.size > maxChunkedBody:
			return refuse("413 Content Too Large", fmt.Errorf("a body in chunks of more than %d bytes", maxChunkedBody))
		case chunks.Ended():
			q.Header.Del("Transfer-Encoding")
			q.Header.Del("Trailer")
			q.Header.Set("Content-Length", fmt.Sprint(body.size))
			return nil
		case err != nil:
			return badRequest(err)
		}
	}
}

// resource parses the target of a request: an absolute http URI (RFC 9112, 3.2.2).
func resource(q *http1.Request) (u *url.URL, host string, port uint16, err error) {
	u, err = url.Parse(q.Target)
	switch {
	case err != nil:
		return nil, "", 0, fmt.Errorf("malformed URI %s", http1.Excerpt(q.Target))
	case u.Scheme != "http" || u.Opaque != "":
		return nil, "", 0, fmt.Errorf("the target is %s (expected an http URI)", http1.Excerpt(q.Target))
	case u.User != nil:
		return nil, "", 0, errors.New("a user in the URI") // RFC 9110, 4.2.4
	case len(q.Header["Host"]) > 1:
		return nil, "", 0, errTwoHosts
	}
	if host, err = uriHost(u.Hostname(), strings.HasPrefix(u.Host, "[")); err != nil {
		return nil, "", 0, err
	}
	port = 80
	if text := u.Port(); text != "" {
		port, err = uriPort(text)
	}
	return u, host, port, err
}

// hopByHop are the fields for one connection only (RFC 9110, 7.6.1), except those for the length
// of a body, which the proxy sets itself.
var hopByHop = []string{"Connection", "Proxy-Connection", "Keep-Alive", "Te", "Upgrade", "Proxy-Authorization", "Proxy-Authenticate", "Proxy-Authentication-Info"}

// dropHopByHop removes the hop-by-hop fields, and the fields named by a Connection field.
func dropHopByHop(header textproto.MIMEHeader) {
	for _, name := range append(strings.Split(strings.Join(header["Connection"], ","), ","), hopByHop...) {
		if name = http1.TrimBlanks(name); !strings.EqualFold(name, "Content-Length") && !strings.EqualFold(name, "Transfer-Encoding") {
			header.Del(name)
		}
	}
}

// writeFields writes fields, sorted by name.
func writeFields(b *strings.Builder, header textproto.MIMEHeader) {
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, v := range header[name] {
			fmt.Fprintf(b, "%s: %s\r\n", name, v)
		}
	}
}

// forwarded returns the head of a forwarded request. It has Connection: close, so that the
// origin closes the connection.
func forwarded(q *http1.Request, u *url.URL) string {
	dropHopByHop(q.Header)
	q.Header.Del("Host")
	host := u.Host
	if before, _, zoned := strings.Cut(host, "%"); zoned {
		// A zone has no meaning on another machine.
		host = before + host[strings.Index(host, "]"):]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.%d\r\nHost: %s\r\n", q.Method, u.RequestURI(), q.Minor, host)
	writeFields(&b, q.Header)
	b.WriteString("Connection: close\r\n\r\n")
	return b.String()
}
