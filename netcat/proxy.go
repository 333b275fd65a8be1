package netcat

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"os"
	"strconv"
	"strings"

	"sosh/sockets"

	"golang.org/x/net/proxy"
	"golang.org/x/sys/unix"
)

// A hop is one proxy on the way.
type hop struct {
	kind       string // http, socks4, socks4a or socks5
	host, port string
	auth       *proxy.Auth
}

// hops reads the proxies of the flags, the first one first. One with a scheme
// before its address is of that kind; the others of the kind of --proxy-type.
func (n *netcat) hops() ([]hop, error) {
	o := n.opt
	var list []hop
	for _, text := range o.proxies {
		h := hop{kind: o.proxyType}
		if scheme, rest, ok := strings.Cut(text, "://"); ok {
			switch scheme {
			case "http", "socks4", "socks4a", "socks5":
				h.kind, text = scheme, rest
			default:
				return nil, n.voice.badProxy(fmt.Sprintf("Invalid proxy type %q.", scheme))
			}
		}
		if h.kind == "" {
			h.kind = n.voice.proxyKind()
		}
		h.host, h.port = text, "1080"
		if h.kind == "http" {
			h.port = "3128"
		}
		if host, port, err := net.SplitHostPort(text); err == nil {
			h.host, h.port = host, port
		} else {
			h.host = strings.Trim(text, "[]")
		}
		auth, err := n.proxyAuth(h.kind)
		if err != nil {
			return nil, err
		}
		h.auth = auth
		list = append(list, h)
	}
	return list, nil
}

// proxyAuth is who to be to a proxy, nil for nobody.
func (n *netcat) proxyAuth(kind string) (*proxy.Auth, error) {
	o := n.opt
	text := o.proxyAuth
	if text == "" {
		text = os.Getenv("NCAT_PROXY_AUTH")
	}
	switch {
	case o.proxyUser != "" && kind == "http":
		if n.password == nil {
			password, err := askPassword(fmt.Sprintf("Proxy password for %s@%s: ", o.proxyUser, o.proxies[0]))
			if err != nil {
				return nil, n.voice.badProxy("Unable to read proxy passphrase")
			}
			n.password = &password
		}
		return &proxy.Auth{User: o.proxyUser, Password: *n.password}, nil
	case text != "":
		user, password, _ := strings.Cut(text, ":")
		return &proxy.Auth{User: user, Password: password}, nil
	}
	return nil, nil
}

// A proxyError is what a proxy has said no with.
type proxyError struct {
	text   string
	status int // of HTTP
	header textproto.MIMEHeader
	socks5 bool // the text is of a reply of SOCKS5
}

// What x/net says where the two sides do not agree on who asks.
const (
	socksNoMethod   = "no acceptable authentication methods"
	socksNoPassword = "username/password authentication failed"
)

func (e *proxyError) Error() string { return e.text }

// dialProxy connects to a port of the host by way of the proxies. A proxy that
// wants to know who asks is asked again.
func (n *netcat) dialProxy(ctx context.Context, port string) (*sockets.Handle, error) {
	hops, err := n.hops()
	if err != nil {
		return nil, err
	}
	host, err := n.proxyTarget(ctx, hops[len(hops)-1].kind)
	if err != nil {
		return nil, err
	}
	if n.opt.connectTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, n.opt.connectTimeout)
		defer cancel()
	}
	headers := make([]string, len(hops)) // Proxy-Authorization of each
	for tries := 0; ; tries++ {
		h, i, err := n.walk(ctx, hops, headers, host, port)
		var pe *proxyError
		if errors.As(err, &pe) && pe.status == 407 && hops[i].auth != nil && headers[i] == "" && tries < 2*len(hops) {
			uri := net.JoinHostPort(host, port)
			if i+1 < len(hops) {
				uri = net.JoinHostPort(hops[i+1].host, hops[i+1].port)
			}
			if headers[i] = authorization(pe.header, hops[i].auth, "CONNECT", uri); headers[i] != "" {
				continue
			}
		}
		if err == nil && n.opt.tls {
			if err = n.startTLS(ctx, h); err != nil {
				h.Close()
				return nil, n.voice.connectFailed(target{host: n.opt.host, port: port, kind: sockets.TCP4}, err)
			}
		}
		return h, err
	}
}

// walk connects to the first proxy and has each connect to the next. i is the
// proxy at which it ended.
func (n *netcat) walk(ctx context.Context, hops []hop, headers []string, host, port string) (h *sockets.Handle, i int, err error) {
	h, err = n.dialFirst(ctx, hops[0])
	if err != nil {
		return nil, 0, err
	}
	c := newConn(ctx, h)
	for i = range hops {
		toHost, toPort := host, port
		if i+1 < len(hops) {
			toHost, toPort = hops[i+1].host, hops[i+1].port
		}
		switch hops[i].kind {
		case "http":
			err = connectHTTP(ctx, h, toHost, toPort, headers[i])
		case "socks5":
			err = connectSOCKS5(ctx, c, toHost, toPort, hops[i].auth)
		default:
			err = connectSOCKS4(ctx, h, toHost, toPort, hops[i])
		}
		if err != nil {
			h.Close()
			var pe *proxyError
			if !errors.As(err, &pe) {
				err = &proxyError{text: causeOf(err)}
			}
			return nil, i, n.voice.proxyFailed(err.(*proxyError))
		}
	}
	return h, i, nil
}

// dialFirst connects to the first proxy.
func (n *netcat) dialFirst(ctx context.Context, p hop) (*sockets.Handle, error) {
	num, err := n.opt.portNumber(p.port)
	if err != nil {
		return nil, n.voice.badProxyPort(p.port, err)
	}
	ips, err := n.resolve(ctx, p.host)
	if err != nil {
		return nil, n.voice.proxyUnresolved(p.host, p.port, err)
	}
	var a target
	for _, ip := range ips {
		a = target{kind: n.opt.kindOf(ip), host: p.host, ip: ip.String(), port: p.port, num: num}
		var h *sockets.Handle
		if h, err = n.dialTo(ctx, a); err == nil {
			n.voice.proxyConnected(h, p.kind)
			return h, nil
		}
	}
	return nil, n.voice.proxyRefused(a, err)
}

// proxyTarget is the host that the last proxy is asked for: the name, for the
// proxy to resolve, or an address, as --proxy-dns has it.
func (n *netcat) proxyTarget(ctx context.Context, kind string) (string, error) {
	host := n.opt.host
	if _, err := netip.ParseAddr(host); err == nil {
		return host, nil
	}
	dns := n.opt.proxyDNS
	if kind == "socks4" && n.voice.resolvesSOCKS4() {
		dns = "local"
	}
	switch dns {
	case "none":
		return "", n.voice.unresolved(host, n.opt.ports[0], errNoName)
	case "remote":
		return host, nil
	}
	ips, err := n.resolve(ctx, host)
	if err != nil && dns == "both" {
		return host, nil
	}
	if err != nil {
		return "", n.voice.unresolved(host, n.opt.ports[0], err)
	}
	for _, ip := range ips {
		if ip.Is4() || !strings.HasPrefix(kind, "socks4") {
			return ip.String(), nil
		}
	}
	return "", n.voice.unresolved(host, n.opt.ports[0], errFamily)
}

// maxProxyHead is how long the head of a proxy's answer may be.
const maxProxyHead = 64 << 10

// connectHTTP asks an HTTP proxy for a connection (RFC 9110, 9.3.6). What the
// other end has sent behind the answer stays in the handle.
func connectHTTP(ctx context.Context, h *sockets.Handle, host, port, authorization string) error {
	to := net.JoinHostPort(host, port)
	request := "CONNECT " + to + " HTTP/1.0\r\n"
	if authorization != "" {
		request += "Proxy-Authorization: " + authorization + "\r\n"
	}
	if _, err := h.Send(ctx, []byte(request+"\r\n")); err != nil {
		return err
	}
	m, err := h.RecvUntil(ctx, []byte("\r\n\r\n"), maxProxyHead)
	if err != nil {
		return err
	}
	r := textproto.NewReader(bufio.NewReader(strings.NewReader(string(m.Data))))
	line, err := r.ReadLine()
	if err != nil {
		return err
	}
	version, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if err != nil || !strings.HasPrefix(version, "HTTP/") {
		return &proxyError{text: line}
	}
	header, _ := r.ReadMIMEHeader()
	if status/100 != 2 {
		return &proxyError{text: line, status: status, header: header}
	}
	return nil
}

// connectSOCKS5 asks a SOCKS5 proxy (RFC 1928, RFC 1929).
func connectSOCKS5(ctx context.Context, c *conn, host, port string, auth *proxy.Auth) error {
	d, err := proxy.SOCKS5("tcp", "proxy", auth, connected{c})
	if err != nil {
		return err
	}
	_, err = d.(proxy.ContextDialer).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	var op *net.OpError
	if errors.As(err, &op) {
		text := op.Err.Error()
		return &proxyError{text: strings.TrimPrefix(text, "unknown error "), socks5: true}
	}
	return err
}

// connected is a dialer of what has been connected already.
type connected struct{ c *conn }

func (d connected) Dial(string, string) (net.Conn, error) { return d.c, nil }

func (d connected) DialContext(context.Context, string, string) (net.Conn, error) { return d.c, nil }

// connectSOCKS4 asks a SOCKS4 proxy: by address, or as 4a by name.
func connectSOCKS4(ctx context.Context, h *sockets.Handle, host, port string, p hop) error {
	num, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(host)
	name := ""
	switch {
	case err != nil:
		// An address that can't be: the name follows.
		ip, name = netip.AddrFrom4([4]byte{0, 0, 0, 1}), host+"\x00"
	case !ip.Is4():
		return &proxyError{text: "SOCKS4 has no IPv6"}
	}
	request := binary.BigEndian.AppendUint16([]byte{4, 1}, uint16(num))
	request = append(request, ip.AsSlice()...)
	if p.auth != nil {
		request = append(request, p.auth.User...)
	}
	request = append(append(request, 0), name...)
	if _, err := h.Send(ctx, request); err != nil {
		return err
	}
	m, err := h.RecvExact(ctx, 8)
	if errors.Is(err, sockets.ErrEnded) || errors.Is(err, unix.ECONNRESET) {
		return &proxyError{text: "short response from proxy"}
	}
	if err != nil {
		return err
	}
	if m.Data[1] != 90 {
		return &proxyError{text: fmt.Sprintf("connection failed, SOCKS error %d", m.Data[1])}
	}
	return nil
}

// askPassword asks the person at the terminal, whose answer is not shown.
func askPassword(prompt string) (string, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer tty.Close()
	fd := int(tty.Fd())
	old, err := unix.IoctlGetTermios(fd, termiosRequest)
	if err != nil {
		return "", err
	}
	quiet := *old
	quiet.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, termiosSet, &quiet); err != nil {
		return "", err
	}
	defer unix.IoctlSetTermios(fd, termiosSet, old)
	fmt.Fprint(tty, prompt)
	line, err := bufio.NewReader(tty).ReadString('\n')
	fmt.Fprintln(tty)
	return strings.TrimRight(line, "\r\n"), err
}
