package netcat

import (
	"bufio"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sosh/sockets"

	"golang.org/x/net/proxy"
	"golang.org/x/sys/unix"
)

// proxyHeadTime is how long a client may take to say what it wants.
const proxyHeadTime = 30 * time.Second

// serveProxy is a proxy for one client.
func (n *netcat) serveProxy(ctx context.Context, h *sockets.Handle) error {
	if n.opt.tls {
		if err := n.startTLS(ctx, h); err != nil {
			n.voice.handshakeFailed(h.PeerAddr(), tlsFailure(err))
			return nil
		}
	}
	head, cancel := context.WithTimeout(ctx, proxyHeadTime)
	defer cancel()
	auth, err := n.proxyAuth(n.opt.proxyType)
	if err != nil {
		return err
	}
	c := newConn(head, h)
	r := bufio.NewReader(c)
	var up *sockets.Handle
	switch n.opt.proxyType {
	case "http":
		up, err = n.acceptHTTP(ctx, c, r, auth)
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
	if len(rest) > 0 {
		if _, err := up.Send(ctx, rest); err != nil {
			return nil
		}
	}
	join(ctx, h, up)
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

// join moves bytes between two connections until both directions have ended.
func join(ctx context.Context, a, b *sockets.Handle) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var both sync.WaitGroup
	pump := func(from, to *sockets.Handle) {
		for {
			m, err := from.Recv(ctx, copySize)
			if err == nil {
				_, err = to.Send(ctx, m.Data)
			}
			if errors.Is(err, io.EOF) {
				to.Shutdown(unix.SHUT_WR)
				return
			}
			if err != nil {
				cancel() // neither direction is of use without the other
				return
			}
		}
	}
	both.Go(func() { pump(a, b) })
	both.Go(func() { pump(b, a) })
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
		a := target{kind: n.opt.kindOf(ip), host: host, ip: ip.String(), num: int(num)}
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
	_, err := c.Write([]byte("HTTP/1.1 " + status + "\r\n" + strings.Join(headers, "\r\n") + "\r\n"))
	if err != nil {
		return err
	}
	return errors.New(status)
}

// acceptHTTP reads the request of a client, and connects to what it asks for:
// CONNECT for anything, GET, HEAD and POST for a resource of http.
func (n *netcat) acceptHTTP(ctx context.Context, c *conn, r *bufio.Reader, auth *proxy.Auth) (*sockets.Handle, error) {
	tp := textproto.NewReader(r) // which limits what it takes
	line, err := tp.ReadLine()
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(line)
	if len(fields) != 3 || !strings.HasPrefix(fields[2], "HTTP/1.") {
		return nil, answer(c, "400 Bad Request")
	}
	method, uri := fields[0], fields[1]
	header, err := tp.ReadMIMEHeader()
	if err != nil {
		return nil, answer(c, "400 Bad Request")
	}
	if auth != nil && !authorized(header.Get("Proxy-Authorization"), auth, method) {
		return nil, answer(c, "407 Proxy Authentication Required",
			`Proxy-Authenticate: Basic realm="Ncat"`,
			`Proxy-Authenticate: Digest realm="Ncat", nonce="`+nonces.issue()+`", qop="auth"`)
	}
	if method == "CONNECT" {
		host, port, err := net.SplitHostPort(uri)
		if err != nil {
			return nil, answer(c, "400 Bad Request")
		}
		up, err := n.dialFor(ctx, host, port)
		if err != nil {
			return nil, answer(c, "504 Gateway Timeout")
		}
		if _, err := c.Write([]byte("HTTP/1.0 200 OK\r\n\r\n")); err != nil {
			up.Close()
			return nil, err
		}
		return up, nil
	}
	if !slices.Contains([]string{"GET", "HEAD", "POST"}, method) {
		return nil, answer(c, "405 Method Not Allowed", "Allow: CONNECT, GET, HEAD, POST")
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" {
		return nil, answer(c, "400 Bad Request")
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	up, err := n.dialFor(ctx, u.Hostname(), port)
	if err != nil {
		return nil, answer(c, "504 Gateway Timeout")
	}
	// What is between the client and the proxy alone does not go on; with
	// HTTP/1.0 and close the end of the answer is the end of the connection.
	for _, name := range append(strings.Split(header.Get("Connection"), ","), "Connection", "Proxy-Connection", "Proxy-Authorization", "Keep-Alive", "Te", "Upgrade") {
		header.Del(strings.TrimSpace(name))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.0\r\n", method, u.RequestURI())
	if header.Get("Host") == "" {
		header.Set("Host", u.Host)
	}
	for name, values := range header {
		for _, v := range values {
			fmt.Fprintf(&b, "%s: %s\r\n", name, v)
		}
	}
	b.WriteString("Connection: close\r\n\r\n")
	if _, err := up.Send(ctx, []byte(b.String())); err != nil {
		up.Close()
		return nil, answer(c, "502 Bad Gateway")
	}
	return up, nil
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

// authorized reports whether a Proxy-Authorization header is that of a.
func authorized(header string, a *proxy.Auth, method string) bool {
	scheme, rest, _ := strings.Cut(header, " ")
	same := func(x, y string) bool { return subtle.ConstantTimeCompare([]byte(x), []byte(y)) == 1 }
	switch strings.ToLower(scheme) {
	case "basic":
		return same(strings.TrimSpace(header), basicAuthorization(a))
	case "digest":
		p := authParams(rest)
		if _, ok := digestAlgorithms[strings.ToLower(p["algorithm"])]; !ok || p["username"] != a.User || p["realm"] != "Ncat" {
			return false
		}
		return same(p["response"], digestResponse(p, a.Password, method)) && nonces.redeem(p["nonce"])
	}
	return false
}
