package netcat

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"sosh/internal/http1"
	"sosh/internal/show"
	"sosh/sockets"
	"sosh/sockets/proxy"

	"golang.org/x/sys/unix"
)

// proxyHeadTime is how long a client may take to say what it wants, a name to be
// resolved and connected to, and an origin to send the head of an answer once
// that has begun. It is a variable for the tests.
var proxyHeadTime = 30 * time.Second

// maxHostName is how long the name of a host may be, as in SOCKS.
const maxHostName = 255

// A proxyClient is a client that we are a proxy for. One goroutine serves it;
// while bytes go both ways there is another, which has ended when serve returns.
type proxyClient struct {
	n    *netcat
	h    *sockets.Handle
	auth *http1.Credentials // nil: anybody is served

	conn *stream
	r    *bufio.Reader // of conn
	idle *idleTimer    // nil: without a limit
}

// A stream is a connection of a proxy; what moves on it restarts an idleTimer.
type stream struct {
	*sockets.Conn
	idle *idleTimer
}

// Read is that of the connection.
func (s *stream) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	s.idle.moved(n)
	return n, err
}

// Write is that of the connection.
func (s *stream) Write(p []byte) (int, error) {
	n, err := s.Conn.Write(p)
	s.idle.moved(n)
	return n, err
}

// An idleTimer calls a function when nothing has moved for a time. A nil one
// never does.
type idleTimer struct {
	timer *time.Timer
	after time.Duration
}

func (i *idleTimer) moved(n int) {
	if i != nil && n > 0 {
		i.timer.Reset(i.after)
	}
}

// serveProxy is a proxy for one client, whose end, whatever it was, is nothing to
// the others.
func (n *netcat) serveProxy(ctx context.Context, h *sockets.Handle) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	auth, err := n.proxyAuth(proxy.Hop{Protocol: proxy.Protocol(n.opt.proxyType)})
	if err != nil {
		return err
	}
	c := &proxyClient{n: n, h: h, auth: auth}
	if t := n.opt.idleTimeout; t > 0 {
		c.idle = &idleTimer{time.AfterFunc(t, func() { cancel(errIdle) }), t}
		defer c.idle.timer.Stop()
	}
	if err := c.serve(ctx); err != nil && n.opt.verbose > 0 {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		n.say("Ncat: %s: %s.", show.Cell([]byte(h.PeerAddr().Host())), show.Cell([]byte(sockets.TextWithoutHandle(err))))
	}
	return nil
}

func (c *proxyClient) serve(ctx context.Context) error {
	c.conn = &stream{sockets.NewConn(ctx, c.h), c.idle}
	c.conn.SetDeadline(time.Now().Add(proxyHeadTime))
	c.r = bufio.NewReader(c.conn)
	var up *sockets.Handle
	var err error
	switch c.n.opt.proxyType {
	case "http":
		up, err = c.serveHTTP(ctx)
	case "socks5":
		up, err = c.serveSOCKS(ctx, readSOCKS5, replySOCKS5)
	default:
		up, err = c.serveSOCKS(ctx, readSOCKS4, replySOCKS4)
	}
	if err == nil && up != nil {
		return c.tunnel(ctx, up)
	}
	if !c.h.Closed() {
		c.linger(ctx)
	}
	return err
}

// write writes to the client, however long that takes.
func (c *proxyClient) write(p []byte) error {
	c.conn.SetWriteDeadline(time.Time{})
	_, err := c.conn.Write(p)
	return err
}

// tunnel moves bytes between the client and what it is connected to, until both
// have ended. Where one was cut off, so is the other: a clean end would say that
// all had come.
func (c *proxyClient) tunnel(ctx context.Context, up *sockets.Handle) error {
	defer up.Close()
	var err error
	if early, _ := c.r.Peek(c.r.Buffered()); len(early) > 0 {
		_, err = (&stream{sockets.NewConn(ctx, up), c.idle}).Write(early)
	}
	c.r = nil
	if err == nil {
		err = sockets.Pipe(ctx, c.h, up, c.idle.moved)
	}
	if err != nil {
		up.Abort()
		c.h.Abort()
	}
	return err
}

// linger takes what a client still sends for a moment, so that closing does not
// reset what it has not read.
func (c *proxyClient) linger(ctx context.Context) {
	c.h.Shutdown(unix.SHUT_WR)
	ctx, cancel := context.WithTimeout(ctx, lingerTime)
	defer cancel()
	buf := make([]byte, 32<<10)
	for {
		if _, err := c.h.RecvInto(ctx, buf); err != nil {
			return
		}
	}
}

// errLoop is the cause where a request would come back to us.
var errLoop = errors.New("the request is for the proxy itself")

// dialFor connects to what a client wants: to the first of the addresses that
// answers, all within [proxyHeadTime]. With refuseLoop our own port is errLoop.
func (c *proxyClient) dialFor(ctx context.Context, host string, port uint16, refuseLoop bool) (*sockets.Handle, error) {
	ctx, cancel := context.WithTimeout(ctx, proxyHeadTime)
	defer cancel()
	ips, err := c.n.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	if refuseLoop && c.h.LocalAddr().HasPort() && uint32(port) == c.h.LocalAddr().Port() {
		own, err := ownAddresses()
		if err != nil {
			return nil, err
		}
		for _, ip := range ips {
			if ip := ip.WithZone("").Unmap(); ip.IsLoopback() || ip.IsUnspecified() || own[ip] {
				return nil, errLoop
			}
		}
	}
	for _, ip := range ips {
		a := target{kind: tcpKind(ip), ip: ip.String(), num: int(port)}
		var h *sockets.Handle
		if h, err = c.n.table.Socket(a.kind, ""); err != nil {
			return nil, err
		}
		if err = h.Connect(ctx, a.address()); err == nil {
			return h, nil
		}
		h.Close()
	}
	return nil, err
}

// ownAddresses are the addresses of this machine.
func ownAddresses() (map[netip.Addr]bool, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("list the addresses of this machine: %w", err)
	}
	own := make(map[netip.Addr]bool)
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			own[p.Addr().WithZone("").Unmap()] = true
		}
	}
	return own, nil
}

var (
	errBadHost = errors.New("malformed host")
	errBadPort = errors.New("malformed port (expected 1 to 65535)")
)

// splitAuthority splits HOST:PORT as a URI has it: an IPv6 address in brackets,
// with a zone behind %25 or %.
func splitAuthority(s string) (host string, port uint16, err error) {
	host, text, err := net.SplitHostPort(s)
	if err != nil {
		return "", 0, fmt.Errorf("malformed authority %s (expected HOST:PORT)", http1.Excerpt(s))
	}
	if host, err = uriHost(host, strings.HasPrefix(s, "[")); err != nil {
		return "", 0, err
	}
	port, err = uriPort(text)
	return host, port, err
}

// uriHost is the host of a URI, without its brackets, as it is connected to.
func uriHost(host string, brackets bool) (string, error) {
	if brackets {
		ip, err := netip.ParseAddr(strings.Replace(host, "%25", "%", 1))
		if err != nil || !ip.Is6() || !http1.Visible(ip.Zone()+"x") {
			return "", fmt.Errorf("%w %s", errBadHost, http1.Excerpt(host))
		}
		return ip.String(), nil
	}
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"
	if host == "" || len(host) > maxHostName || strings.Trim(host, allowed) != "" {
		return "", fmt.Errorf("%w %s", errBadHost, http1.Excerpt(host))
	}
	return host, nil
}

func uriPort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 || !isNumber(s) {
		return 0, fmt.Errorf("%w: %s", errBadPort, http1.Excerpt(s))
	}
	return uint16(n), nil
}
