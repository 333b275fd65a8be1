package netcat

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"strings"
	"time"

	"sosh/sockets"
)

// A hop is one proxy on the way.
type hop struct {
	kind       string // http, socks4, socks4a or socks5
	host, port string
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
		if h.kind != "http" {
			if _, err := n.proxyAuth(h); err != nil {
				return nil, err
			}
		}
		list = append(list, h)
	}
	return list, nil
}

// credentials are who to be to a proxy. given is what Basic says: a user, a
// colon and a password, or what the flag has, whatever that is.
type credentials struct{ user, password, given string }

// pair reports whether there is a user and a password, as Digest needs them.
func (c *credentials) pair() bool { return strings.Contains(c.given, ":") }

// proxyAuth is who to be to a proxy of a kind, nil for nobody. In the dialect
// that has no flag for a password, the person at the terminal is asked, once.
func (n *netcat) proxyAuth(p hop) (*credentials, error) {
	o := n.opt
	switch {
	case o.proxyUser != "" && p.kind == "http":
		password, err := n.password.get(fmt.Sprintf("Proxy password for %s@%s: ", o.proxyUser, p.host), n.askPassword)
		if err != nil {
			return nil, n.voice.badProxy("Unable to read proxy passphrase")
		}
		return &credentials{o.proxyUser, password, o.proxyUser + ":" + password}, nil
	case o.proxyAuth == nil:
		return nil, nil
	case *o.proxyAuth == "" && p.kind == "socks5":
		return nil, &failure{status: 1, text: n.voice.prefix() + ": Error: invalid username:password combo.", final: true}
	case strings.HasPrefix(p.kind, "socks4"):
		return &credentials{user: *o.proxyAuth}, nil // which has no passwords
	}
	user, password, _ := strings.Cut(*o.proxyAuth, ":")
	return &credentials{user, password, *o.proxyAuth}, nil
}

// A proxyError is why a proxy has not connected.
type proxyError struct {
	kind   string // http, socks4 or socks5
	code   int    // what it has said no with: a status of HTTP, a reply of SOCKS
	line   string // the status line of HTTP
	header textproto.MIMEHeader
	at     string // of what its answer is short or wrong; "" where it has said no
	err    error  // how
}

// How an answer may be wrong, beside being short.
var (
	errSOCKSVersion = errors.New("wrong SOCKS version")
	errSOCKSAddress = errors.New("invalid proxy bind address type")
	errNoMethod     = errors.New("no acceptable authentication method proposed")
	errMethod       = errors.New("proxy selected invalid authentication method")
	errPassword     = errors.New("authentication failed")
	errLongName     = errors.New("a name of more than 255 bytes")
	errSOCKS4Six    = errors.New("SOCKS4 has no IPv6")
)

func (e *proxyError) Error() string { return fmt.Sprintf("%s proxy: %d %v", e.kind, e.code, e.err) }
func (e *proxyError) Unwrap() error { return e.err }

// unwelcome reports whether the proxy wants somebody else, now and later.
func (e *proxyError) unwelcome() bool {
	return e.kind == "http" && e.code == 407 || e.kind == "socks4" && e.code == 93 ||
		e.err == errNoMethod || e.err == errPassword
}

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
	again := make([]bool, len(hops))     // whether its challenge was stale, once
	for {
		h, i, err := n.walk(ctx, hops, headers, host, port)
		var pe *proxyError
		if errors.As(err, &pe) && pe.code == 407 && hops[i].kind == "http" {
			auth, aerr := n.proxyAuth(hops[i])
			if aerr != nil {
				return nil, aerr
			}
			if auth != nil {
				toHost, toPort := next(hops, i, host, port)
				answer, stale := authorization(pe.header, auth, "CONNECT", net.JoinHostPort(toHost, toPort))
				if answer != "" && (headers[i] == "" || stale && !again[i]) {
					again[i] = headers[i] != ""
					headers[i] = answer
					continue
				}
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

// next is what the proxy i is asked for: the proxy behind it, or the host.
func next(hops []hop, i int, host, port string) (string, string) {
	if i+1 < len(hops) {
		return hops[i+1].host, hops[i+1].port
	}
	return host, port
}

// walk connects to the first proxy and has each connect to the next. i is the
// proxy at which it ended.
func (n *netcat) walk(ctx context.Context, hops []hop, headers []string, host, port string) (h *sockets.Handle, i int, err error) {
	h, err = n.dialFirst(ctx, hops[0])
	if err != nil {
		return nil, 0, err
	}
	for i = range hops {
		toHost, toPort := next(hops, i, host, port)
		ctx, cancel := context.WithTimeout(ctx, proxyAnswerTime)
		if hops[i].kind == "http" {
			err = connectHTTP(ctx, h, toHost, toPort, headers[i])
		} else {
			err = n.connectSOCKS(ctx, h, hops[i], toHost, toPort)
		}
		cancel()
		if err != nil {
			h.Close()
			var pe *proxyError
			if errors.As(err, &pe) {
				err = n.voice.proxyFailed(pe)
			}
			return nil, i, err
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
		return nil, forNow(n.voice.proxyUnresolved(p.host, p.port, err), err)
	}
	var a target
	for _, ip := range ips {
		a = target{kind: n.opt.kindOf(ip), host: p.host, ip: ip.String(), port: p.port, num: num}
		var h *sockets.Handle
		if h, err = n.dialTo(ctx, a); err == nil {
			if p.kind != "http" {
				n.voice.proxySays("Connected to proxy %s", peerName(h.PeerAddr()))
			}
			return h, nil
		}
		var f *failure
		if errors.As(err, &f) {
			return nil, f
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
		return "", forNow(n.voice.unresolved(host, n.opt.ports[0], err), err)
	}
	for _, ip := range ips {
		if ip.Is4() || !strings.HasPrefix(kind, "socks4") {
			return ip.String(), nil
		}
	}
	return "", n.voice.unresolved(host, n.opt.ports[0], errFamily)
}

// proxyAnswerTime is how long a proxy may take to connect, whatever it says
// meanwhile: longer than systems try to. It is a variable for the tests.
var proxyAnswerTime = 3 * time.Minute

// connectHTTP asks an HTTP proxy for a connection (RFC 9110, 9.3.6). What the
// other end has sent behind the answer stays in the handle.
func connectHTTP(ctx context.Context, h *sockets.Handle, host, port, authorization string) error {
	e := &proxyError{kind: "http"}
	if !visible(host) || !visible(port) {
		e.err = fmt.Errorf("%w %s", errBadHost, excerpt(host))
		return e
	}
	request := "CONNECT " + net.JoinHostPort(host, port) + " HTTP/1.0\r\n"
	if authorization != "" {
		request += "Proxy-Authorization: " + authorization + "\r\n"
	}
	if _, e.err = h.Send(ctx, []byte(request+"\r\n")); e.err != nil {
		e.at = "Status-Line"
		return e
	}
	head := &headReader{r: bufio.NewReader(&lineStream{ctx: ctx, h: h}), left: maxHead, lenient: true}
	for {
		a, err := head.readAnswer()
		e.line, e.code, e.header = a.line, a.code, a.header
		switch {
		case err == errStatusLine:
			e.code = -1
			return e
		case err != nil && e.code == 0:
			e.at, e.err = "Status-Line", err
			return e
		case err != nil:
			e.at, e.err = "header", err
			return e
		case e.code/100 == 2:
			return nil
		case e.code/100 != 1:
			return e
		}
	}
}

// A lineStream gives the bytes of a handle to the end of a line at most: what is
// behind the last line that is read stays in the handle.
type lineStream struct {
	ctx  context.Context
	h    *sockets.Handle
	rest []byte
}

// Read reads from one line.
func (l *lineStream) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		m, err := l.h.RecvUntil(l.ctx, []byte("\n"), maxHead)
		if err != nil {
			return 0, err
		}
		l.rest = m.Data
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
