// Package proxyserver is the serving side of HTTP proxies (CONNECT, and GET, HEAD and
// POST of http resources) and of SOCKS4, 4a and 5 (CONNECT). sockets/proxy is the other
// side. The package imports sockets, sockets/proxy and internal packages.
//
// Serve runs on the caller's goroutine. A tunnel is sockets.Pipe, which has two of its
// own. An HTTP request that is forwarded has one that sends it, and one that passes on
// its end to a server that is not HTTP. All have ended when Serve returns.
package proxyserver

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
	"sosh/sockets"
	"sosh/sockets/proxy"

	"golang.org/x/sys/unix"
)

// headTime is how long a client may take to say what it wants, a name to be
// resolved and connected to, and an origin to send the head of an answer once
// that has begun. It is a variable for the tests.
var headTime = 30 * time.Second

const (
	// lingerTime is how long a client that was refused may go on sending.
	lingerTime = 2 * time.Second
	// copySize is the buffer of a body that is passed on.
	copySize = 128 << 10
)

// ErrUnknownHost is what an error of Server.Resolve is, as errors.Is has it, where
// there is no host of the name: clients of SOCKS5 are told.
var ErrUnknownHost = errors.New("unknown host")

// A Server says how clients are served. It may be used for many at once.
type Server struct {
	Protocol    proxy.Protocol     // proxy.SOCKS4 has the names of SOCKS4a, too
	Credentials *proxy.Credentials // that a client has to have; nil: every client is served
	IdleTime    time.Duration      // how long a client may move nothing; 0: for ever
	Table       *sockets.Table     // of the connections that are made for clients
	// Resolve returns the addresses of a host, which may be one itself. It may be
	// called concurrently.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

// maxHostName is how long the name of a host may be, as in SOCKS.
const maxHostName = 255

// A client is one that is being served.
type client struct {
	s    *Server
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

// Serve serves a client until it or what it asked for has ended, and returns why it
// was not to its end: an error of the client, of its request, of the origin, or of
// ctx. The caller closes h.
func (s *Server) Serve(ctx context.Context, h *sockets.Handle) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c := &client{s: s, h: h, auth: s.Credentials}
	if t := s.IdleTime; t > 0 {
		c.idle = &idleTimer{time.AfterFunc(t, func() { cancel(fmt.Errorf("nothing has moved for %s", t)) }), t}
		defer c.idle.timer.Stop()
	}
	err := c.serve(ctx)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

func (c *client) serve(ctx context.Context) error {
	c.conn = &stream{sockets.NewConn(ctx, c.h), c.idle}
	c.conn.SetDeadline(time.Now().Add(headTime))
	c.r = bufio.NewReader(c.conn)
	var up *sockets.Handle
	var err error
	switch c.s.Protocol {
	case proxy.HTTP:
		up, err = c.serveHTTP(ctx)
	case proxy.SOCKS5:
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
func (c *client) write(p []byte) error {
	c.conn.SetWriteDeadline(time.Time{})
	_, err := c.conn.Write(p)
	return err
}

// tunnel moves bytes between the client and what it is connected to, until both
// have ended. Where one was cut off, so is the other: a clean end would say that
// all had come.
func (c *client) tunnel(ctx context.Context, up *sockets.Handle) error {
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
func (c *client) linger(ctx context.Context) {
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
// answers, all within [headTime]. With refuseLoop our own port is errLoop.
func (c *client) dialFor(ctx context.Context, host string, port uint16, refuseLoop bool) (*sockets.Handle, error) {
	ctx, cancel := context.WithTimeout(ctx, headTime)
	defer cancel()
	ips, err := c.s.Resolve(ctx, host)
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
		kind := sockets.TCP6
		if ip.Is4() {
			kind = sockets.TCP4
		}
		var h *sockets.Handle
		if h, err = c.s.Table.Socket(kind, ""); err != nil {
			return nil, err
		}
		if err = h.Connect(ctx, netip.AddrPortFrom(ip, port).String()); err == nil {
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
	if err != nil || n == 0 || !isDigits(s) {
		return 0, fmt.Errorf("%w: %s", errBadPort, http1.Excerpt(s))
	}
	return uint16(n), nil
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
