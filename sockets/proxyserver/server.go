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
	"sosh/sockets/netconn"
	"sosh/sockets/proxy"

	"golang.org/x/sys/unix"
)

// headTime is the time limit for three things: a client's request, resolving a name and
// connecting, and the head of an answer once it has begun. Tests change it.
var headTime = 30 * time.Second

const (
	// lingerTime is how long a refused client may keep sending.
	lingerTime = 2 * time.Second
	// copySize is the size of the buffer for a body that is passed on.
	copySize = 128 << 10
)

// ErrUnknownHost is the error that Server.Resolve must wrap if the host does not exist: SOCKS5
// clients are told so.
var ErrUnknownHost = errors.New("unknown host")

// A Server says how to serve clients. It may be used concurrently.
type Server struct {
	Protocol    proxy.Protocol     // proxy.SOCKS4 includes SOCKS4a
	Credentials *proxy.Credentials // required of clients; nil: none
	IdleTime    time.Duration      // time limit for an idle client; 0: none
	Table       *sockets.Table     // for the connections made for clients
	// Resolve returns the addresses of a host; the host may itself be an address. It may
	// be called concurrently.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

// maxHostName is the maximum length of a host name, as in SOCKS.
const maxHostName = 255

// A client is a client being served.
type client struct {
	s    *Server
	h    *sockets.Handle
	auth *http1.Credentials // nil: every client is served

	conn *stream
	r    *bufio.Reader // of conn
	idle *idleTimer    // nil: no limit
}

// A stream is a connection of the proxy. Data in either direction restarts its idleTimer.
type stream struct {
	*netconn.Conn
	idle *idleTimer
}

// Read reads from the connection.
func (s *stream) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	s.idle.moved(n)
	return n, err
}

// Write writes to the connection.
func (s *stream) Write(p []byte) (int, error) {
	n, err := s.Conn.Write(p)
	s.idle.moved(n)
	return n, err
}

// An idleTimer calls a function when no data has moved for some time. A nil one never does.
type idleTimer struct {
	timer *time.Timer
	after time.Duration
}

func (i *idleTimer) moved(n int) {
	if i != nil && n > 0 {
		i.timer.Reset(i.after)
	}
}

// Serve serves a client until the client or its request has ended. It returns nil if that was
// complete, else an error of the client, the request, the origin, or ctx. The caller closes h.
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
	c.conn = &stream{netconn.New(ctx, c.h), c.idle}
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

// write writes to the client, without a time limit.
func (c *client) write(p []byte) error {
	c.conn.SetWriteDeadline(time.Time{})
	_, err := c.conn.Write(p)
	return err
}

// tunnel moves bytes between the client and its destination, until both have ended. If one is
// truncated, the other is reset, since a clean end would mean that the data is complete.
func (c *client) tunnel(ctx context.Context, up *sockets.Handle) error {
	defer up.Close()
	var err error
	if early, _ := c.r.Peek(c.r.Buffered()); len(early) > 0 {
		_, err = (&stream{netconn.New(ctx, up), c.idle}).Write(early)
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

// linger reads what a client still sends for a moment. Otherwise closing would reset the
// connection, and the client could lose the answer.
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

// errLoop is the error of a request for the proxy itself.
var errLoop = errors.New("the request is for the proxy itself")

// dialFor connects to a client's destination, at the first address that answers, within
// [headTime]. With refuseLoop, the proxy's own address fails with errLoop.
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

// ownAddresses returns the addresses of this machine.
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

// splitAuthority splits HOST:PORT in the syntax of a URI: an IPv6 address is in brackets, and a
// zone follows %25 or %.
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

// uriHost returns the host of a URI without brackets, in the form for connecting.
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
