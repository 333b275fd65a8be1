package netcat

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"sosh/sockets"
	"sosh/sockets/proxy"
)

// hops parses the proxies of the flags, in order. A scheme before the address sets the type
// of a proxy; the default is --proxy-type.
func (n *netcat) hops() ([]proxy.Hop, error) {
	o := n.opt
	protocol := proxy.Protocol(o.proxyType)
	if protocol == "" {
		protocol = n.dialect.proxyProtocol
	}
	var list []proxy.Hop
	for _, text := range o.proxies {
		hop, err := proxy.Parse(text, protocol)
		var unknown *proxy.UnknownProtocolError
		if errors.As(err, &unknown) {
			return nil, n.dialect.badProxy(fmt.Sprintf("Invalid proxy type %q.", unknown.Scheme))
		}
		if hop.Protocol != proxy.HTTP {
			if _, err := n.proxyAuth(hop); err != nil {
				return nil, err
			}
		}
		list = append(list, hop)
	}
	return list, nil
}

// proxyAuth returns the credentials for a proxy, or nil. In the dialect without a flag for
// the password, the user is asked for it, once.
func (n *netcat) proxyAuth(hop proxy.Hop) (*proxy.Credentials, error) {
	o := n.opt
	switch {
	case o.proxyUser != "" && hop.Protocol == proxy.HTTP:
		password, err := n.password.get(fmt.Sprintf("Proxy password for %s@%s: ", o.proxyUser, hop.Host), n.askPassword)
		if err != nil {
			return nil, n.dialect.badProxy("Unable to read proxy passphrase")
		}
		return &proxy.Credentials{User: o.proxyUser, Password: password, Basic: o.proxyUser + ":" + password}, nil
	case o.proxyAuth == nil:
		return nil, nil
	case *o.proxyAuth == "" && hop.Protocol == proxy.SOCKS5:
		return nil, &failure{status: 1, text: n.dialect.prefix + ": Error: invalid username:password combo.", final: true}
	case hop.Protocol == proxy.SOCKS4, hop.Protocol == proxy.SOCKS4A:
		return &proxy.Credentials{User: *o.proxyAuth}, nil // SOCKS4 has no passwords
	}
	user, password, _ := strings.Cut(*o.proxyAuth, ":")
	return &proxy.Credentials{User: user, Password: password, Basic: *o.proxyAuth}, nil
}

// dialProxy connects to a port of the host through the proxies.
func (n *netcat) dialProxy(ctx context.Context, port string) (*sockets.Handle, error) {
	hops, err := n.hops()
	if err != nil {
		return nil, err
	}
	host, err := n.proxyTarget(ctx, hops[len(hops)-1].Protocol)
	if err != nil {
		return nil, err
	}
	if n.opt.connectTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, n.opt.connectTimeout)
		defer cancel()
	}
	d := proxy.Dialer{
		Hops: hops, First: n.dialFirst, Credentials: n.proxyAuth, Port: n.proxiedPort,
		Notify: n.proxyEvent, AnswerTime: proxyAnswerTime,
	}
	h, err := d.Dial(ctx, host, port)
	var refused *proxy.Error
	if errors.As(err, &refused) {
		return nil, n.dialect.proxyFailed(refused)
	}
	if err == nil && n.opt.tls {
		if err = n.startTLS(ctx, h); err != nil {
			h.Close()
			return nil, n.dialect.connectFailed(target{host: n.opt.host, port: port, kind: sockets.TCP4}, err)
		}
	}
	return h, err
}

// proxyEvent reports what a proxy does, if the dialect does so.
func (n *netcat) proxyEvent(event proxy.Event, host string) {
	switch event {
	case proxy.RemoteName:
		n.dialect.proxySays("Host %s will be resolved by the proxy.", host)
	case proxy.NoAuthentication:
		n.dialect.proxySays("No authentication needed.")
	case proxy.Connected:
		n.dialect.proxySays("connection succeeded.")
	}
}

// proxiedPort returns the number of a port that a proxy connects to.
func (n *netcat) proxiedPort(port string) (int, error) {
	num, err := n.opt.portNumber(port)
	if err != nil {
		return 0, n.dialect.badPort(err)
	}
	return num, nil
}

// dialFirst connects to the first proxy.
func (n *netcat) dialFirst(ctx context.Context, p proxy.Hop) (*sockets.Handle, error) {
	num, err := n.opt.portNumber(p.Port)
	if err != nil {
		return nil, n.dialect.badProxyPort(p.Port, err)
	}
	ips, err := n.resolve(ctx, p.Host)
	if err != nil {
		return nil, forNow(n.dialect.proxyUnresolved(p.Host, p.Port, err), err)
	}
	var a target
	for _, ip := range ips {
		a = target{kind: n.opt.kindOf(ip), host: p.Host, ip: ip.String(), port: p.Port, num: num}
		var h *sockets.Handle
		if h, err = n.dialTo(ctx, a); err == nil {
			if p.Protocol != proxy.HTTP {
				n.dialect.proxySays("Connected to proxy %s", peerName(h.PeerAddr()))
			}
			return h, nil
		}
		var f *failure
		if errors.As(err, &f) {
			return nil, f
		}
	}
	return nil, n.dialect.proxyRefused(a, err)
}

// proxyTarget returns the host for the request to the last proxy: depending on --proxy-dns,
// the name, which the proxy resolves, or an address.
func (n *netcat) proxyTarget(ctx context.Context, protocol proxy.Protocol) (string, error) {
	host := n.opt.host
	if _, err := netip.ParseAddr(host); err == nil {
		return host, nil
	}
	dns := n.opt.proxyDNS
	if protocol == proxy.SOCKS4 && n.dialect.resolvesSOCKS4 {
		dns = "local"
	}
	switch dns {
	case "none":
		return "", n.dialect.unresolved(host, n.opt.ports[0], errNoName)
	case "remote":
		return host, nil
	}
	ips, err := n.resolve(ctx, host)
	if err != nil && dns == "both" {
		return host, nil
	}
	if err != nil {
		return "", forNow(n.dialect.unresolved(host, n.opt.ports[0], err), err)
	}
	for _, ip := range ips {
		if ip.Is4() || protocol != proxy.SOCKS4 && protocol != proxy.SOCKS4A {
			return ip.String(), nil
		}
	}
	return "", n.dialect.unresolved(host, n.opt.ports[0], errFamily)
}

// proxyAnswerTime is the time limit for a proxy to connect. Tests change it.
var proxyAnswerTime = proxy.DefaultAnswerTime
