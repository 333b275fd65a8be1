package netcat

import (
	"bufio"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// proxyHeadTime is how long a client may take to say what it wants.
const proxyHeadTime = 30 * time.Second

// serveProxy is a proxy for one client.
func (n *netcat) serveProxy(ctx context.Context, h *sockets.Handle) error {
	head, cancel := context.WithTimeout(ctx, proxyHeadTime)
	defer cancel()
	auth, err := n.proxyAuth(hop{kind: n.opt.proxyType})
	if err != nil {
		return err
	}
	c := newConn(ctx, h)
	// No request is longer; what goes through the proxy is not read from r.
	r := bufio.NewReader(io.LimitReader(newConn(head, h), maxProxyHead))
	var up *sockets.Handle
	body := int64(-1) // what the client may send: anything, or a request's body
	switch n.opt.proxyType {
	case "http":
		up, body, err = n.acceptHTTP(ctx, c, r, auth)
	case "socks5":
		up, err = n.acceptSOCKS5(ctx, c, r, auth)
	default:
		up, err = n.acceptSOCKS4(ctx, c, r, auth)
	}
	if err != nil || up == nil {
		if err != nil && n.opt.verbose > 0 {
			n.say("Ncat: %s: %v.", h.PeerAddr().Host(), err)
		}
		n.linger(ctx, h)
		return nil // it is the client's own affair
	}
	defer up.Close()
	rest, _ := r.Peek(r.Buffered())
	if body >= 0 {
		rest = rest[:min(int64(len(rest)), body)]
		body -= int64(len(rest))
	}
	if len(rest) > 0 {
		if _, err := up.Send(ctx, rest); err != nil {
			return nil
		}
	}
	join(ctx, h, up, body)
	if body >= 0 {
		n.linger(ctx, h)
	}
	return nil
}

// linger takes what a client still sends for a moment, so that closing does not
// reset what it has not read.
func (n *netcat) linger(ctx context.Context, h *sockets.Handle) {
	h.Shutdown(unix.SHUT_WR)
	ctx, cancel := context.WithTimeout(ctx, lingerTime)
	defer cancel()
	for {
		if _, err := h.Recv(ctx, copySize); err != nil {
			return
		}
	}
}

// join moves bytes between two connections until both directions have ended; of
// what a has to say only so many bytes, if limit is not negative.
func join(ctx context.Context, a, b *sockets.Handle, limit int64) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var both sync.WaitGroup
	pump := func(from, to *sockets.Handle, limit int64) {
		for {
			m, err := from.Recv(ctx, copySize)
			if err == nil {
				p := m.Data
				if limit >= 0 {
					// The rest would be another request, which was not looked at.
					p = p[:min(int64(len(p)), limit)]
					limit -= int64(len(p))
				}
				if len(p) > 0 {
					_, err = to.Send(ctx, p)
				}
			}
			if errors.Is(err, io.EOF) || errors.Is(err, sockets.ErrTruncated) {
				to.Shutdown(unix.SHUT_WR)
				return
			}
			if err != nil {
				cancel() // neither direction is of use without the other
				return
			}
		}
	}
	both.Go(func() { pump(a, b, limit) })
	both.Go(func() {
		pump(b, a, -1)
		if limit >= 0 {
			cancel() // the answer is all; the client may have more to say to nobody
		}
	})
	both.Wait()
}

// dialFor connects to what a client of the proxy wants.
func (n *netcat) dialFor(ctx context.Context, host, port string) (*sockets.Handle, error) {
	num, err := strconv.ParseUint(port, 10, 16)
	if err != nil || num == 0 {
		return nil, fmt.Errorf("bad port %q", port)
	}
	ips, err := n.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, ip := range ips {
		a := target{kind: tcpKind(ip), ip: ip.String(), num: int(num)}
		var h *sockets.Handle
		if h, err = n.table.Socket(a.kind, ""); err != nil {
			return nil, err
		}
		limited, cancel := context.WithTimeout(ctx, proxyHeadTime)
		err = h.Connect(limited, a.address())
		cancel()
		if err == nil {
			return h, nil
		}
		h.Close()
	}
	return nil, err
}

// answer ends a client's request with a status.
func answer(c *conn, status string, headers ...string) error {
	headers = append(headers, "Connection: close", "Proxy-Connection: close", "Content-Length: 0", "")
	_, err := c.Write([]byte("HTTP/1.0 " + status + "\r\n" + strings.Join(headers, "\r\n") + "\r\n"))
	if err != nil {
		return err
	}
	return errors.New(status)
}

// acceptHTTP reads the request of a client, and connects to what it asks for:
// CONNECT for anything, GET, HEAD and POST for a resource of http. body is how
// many bytes the client may send to that, -1 for any number.
func (n *netcat) acceptHTTP(ctx context.Context, c *conn, r *bufio.Reader, auth *credentials) (up *sockets.Handle, body int64, err error) {
	refuse := func(status string, headers ...string) (*sockets.Handle, int64, error) {
		return nil, 0, answer(c, status, headers...)
	}
	tp := textproto.NewReader(r)
	line, err := tp.ReadLine()
	fields := strings.Fields(line)
	if err == nil && (len(fields) != 3 || !strings.HasPrefix(fields[2], "HTTP/1.")) {
		return refuse("400 Bad Request")
	}
	var header textproto.MIMEHeader
	if err == nil {
		header, err = tp.ReadMIMEHeader()
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse("408 Request Timeout")
	case err != nil:
		return refuse("400 Bad Request")
	}
	method, uri, version := fields[0], fields[1], fields[2]
	if auth != nil {
		ok, stale := authorized(header.Get("Proxy-Authorization"), auth, method, uri)
		if !ok {
			digest := `Proxy-Authenticate: Digest realm="Ncat", nonce="` + nonces.issue() + `", qop="auth"`
			if stale {
				digest += ", stale=true"
			}
			return refuse("407 Proxy Authentication Required", `Proxy-Authenticate: Basic realm="Ncat"`, digest)
		}
	}
	if method == "CONNECT" {
		host, port, err := net.SplitHostPort(uri)
		if err != nil {
			return refuse("400 Bad Request")
		}
		if up, err = n.dialFor(ctx, host, port); err != nil {
			return refuse("504 Gateway Timeout")
		}
		if _, err := c.Write([]byte("HTTP/1.0 200 OK\r\n\r\n")); err != nil {
			up.Close()
			return nil, 0, err
		}
		return up, -1, nil
	}
	if !slices.Contains([]string{"GET", "HEAD", "POST"}, method) {
		return refuse("405 Method Not Allowed", "Allow: CONNECT, GET, HEAD, POST")
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" {
		return refuse("400 Bad Request")
	}
	if body, err = bodyLength(header); err != nil {
		return refuse("400 Bad Request")
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	if up, err = n.dialFor(ctx, u.Hostname(), port); err != nil {
		return refuse("504 Gateway Timeout")
	}
	if _, err := up.Send(ctx, []byte(forwarded(method, u, version, header))); err != nil {
		up.Close()
		return refuse("502 Bad Gateway")
	}
	return up, body, nil
}

// bodyLength is how many bytes follow the head of a request, -1 if only they
// themselves tell (RFC 9112, 6.3).
func bodyLength(header textproto.MIMEHeader) (int64, error) {
	lengths := header.Values("Content-Length")
	switch {
	case len(header.Values("Transfer-Encoding")) > 0 && len(lengths) > 0, len(lengths) > 1:
		return 0, errors.New("two lengths of one request") // as only an attacker has
	case len(header.Values("Transfer-Encoding")) > 0:
		return -1, nil
	case len(lengths) == 0:
		return 0, nil
	}
	length, err := strconv.ParseUint(lengths[0], 10, 63)
	return int64(length), err
}

// forwarded is the head of a request as it goes on: without what is between the
// client and the proxy alone (RFC 9110, 7.6.1), and with close, so that the end
// of the answer is the end of the connection.
func forwarded(method string, u *url.URL, version string, header textproto.MIMEHeader) string {
	for _, name := range append(strings.Split(header.Get("Connection"), ","), "Connection", "Proxy-Connection", "Proxy-Authorization", "Keep-Alive", "Te", "Upgrade", "Host") {
		if name = strings.TrimSpace(name); !strings.EqualFold(name, "Content-Length") && !strings.EqualFold(name, "Transfer-Encoding") {
			header.Del(name)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s\r\nHost: %s\r\n", method, u.RequestURI(), version, u.Host)
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, v := range header[name] {
			fmt.Fprintf(&b, "%s: %s\r\n", name, v)
		}
	}
	b.WriteString("Connection: close\r\n\r\n")
	return b.String()
}

// nonces are the challenges of Digest that were given out; each is good for one
// request.
var nonces nonceSet

type nonceSet struct {
	mu     sync.Mutex
	issued []string
}

// maxNonces is how many challenges may be open.
const maxNonces = 1000

func (s *nonceSet) issue() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := nonce()
	s.issued = append(s.issued, n)
	if len(s.issued) > maxNonces {
		s.issued = s.issued[1:]
	}
	return n
}

func (s *nonceSet) redeem(n string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.issued, n)
	if i < 0 {
		return false
	}
	s.issued = slices.Delete(s.issued, i, i+1)
	return true
}

// authorized reports whether a Proxy-Authorization header is that of a; stale
// that it is but for its challenge, which has been answered before.
func authorized(header string, a *credentials, method, uri string) (ok, stale bool) {
	scheme, rest, _ := strings.Cut(header, " ")
	same := func(x, y string) bool { return subtle.ConstantTimeCompare([]byte(x), []byte(y)) == 1 }
	switch strings.ToLower(scheme) {
	case "basic":
		return same(strings.TrimSpace(rest), strings.TrimPrefix(basicAuthorization(a), "Basic ")), false
	case "digest":
		p := authParams(rest)
		if _, ok := digestAlgorithms[strings.ToLower(p["algorithm"])]; !ok || p["username"] != a.user || p["realm"] != "Ncat" {
			return false, false
		}
		// Clients differ in whether a resource has its host in front there.
		if u, err := url.Parse(uri); p["uri"] != uri && (err != nil || p["uri"] != u.RequestURI()) {
			return false, false
		}
		if !same(p["response"], digestResponse(p, a.password, method)) {
			return false, false
		}
		ok = nonces.redeem(p["nonce"])
		return ok, !ok
	}
	return false, false
}
