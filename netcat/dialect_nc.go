package netcat

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"sosh/internal/show"
	"sosh/sockets"
	"sosh/sockets/proxy"
	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// openbsdPolicy is the policy of OpenBSD's netcat.
var openbsdPolicy = policy{
	anyHosts:       []string{"0.0.0.0"},
	unlinkStale:    true,
	shareAddress:   true,
	datagram:       16384,
	proxyProtocol:  proxy.SOCKS5,
	resolvesSOCKS4: true,
	probe:          probe{datagram: "X", times: 4, verboseOnly: true, timed: true},
}

// openbsdDialect is the dialect of OpenBSD's netcat: few messages without -v, and status 1
// for every failure.
type openbsdDialect struct {
	n    *netcat
	name string
}

func (d *openbsdDialect) fail(format string, args ...any) error {
	return &failure{status: 1, text: d.name + ": " + fmt.Sprintf(format, args...)}
}

func (d *openbsdDialect) parse(args []string) (*options, error) {
	o := defaults()
	rest, err := parseFlags(openbsdFlags(), false, o, args)
	var u *usageError
	if o.help {
		return o, nil // whatever follows -h
	}
	if errors.As(err, &u) {
		switch {
		case strings.HasPrefix(u.unknown, "--"):
			return nil, d.usage(fmt.Sprintf("%s: invalid option -- '-'\n", d.name))
		case u.unknown != "":
			return nil, d.usage(fmt.Sprintf("%s: invalid option -- '%s'\n", d.name, u.unknown[1:]))
		case strings.HasPrefix(u.noArg, "--"):
			return nil, d.usage(fmt.Sprintf("%s: option '%s' requires an argument\n", d.name, u.noArg))
		case u.noArg != "":
			return nil, d.usage(fmt.Sprintf("%s: option requires an argument -- '%s'\n", d.name, u.noArg[1:]))
		}
		return nil, d.fail("%v", u)
	}
	return o, d.operands(o, rest)
}

// operands assigns the host and the ports, as nc does: their meaning depends on their number.
func (d *openbsdDialect) operands(o *options, rest []string) error {
	local := o.sourceGiven || o.sourcePort != ""
	switch {
	case o.unix && len(rest) > 1:
		return d.fail("cannot use port with -U")
	case o.unix && o.sourcePort != "", o.unix && len(rest) == 1 && o.sourceGiven && (o.listen || !o.udp):
		return d.usage("")
	case o.unix && o.listen && len(rest) == 0 && !o.sourceGiven:
		return d.fail("missing socket pathname")
	case o.unix && o.listen && len(rest) == 0:
		o.host, o.source = o.source, ""
	case o.unix && len(rest) == 0:
		return d.usage("")
	case o.unix:
		o.host = rest[0]
	case o.listen && len(rest) == 0 && o.sourcePort != "":
		o.host, o.ports, o.source, o.sourcePort = o.source, []string{o.sourcePort}, "", ""
		if o.sourceGiven && o.host == "" {
			return d.fail("getaddrinfo: %v", errNoName)
		}
	case o.listen && len(rest) == 0:
		return d.fail("missing port number")
	case len(rest) == 0, len(rest) == 1 && local, o.listen && len(rest) > 1 && (len(rest) > 2 || local):
		return d.usage("")
	case len(rest) == 1 && o.listen:
		o.ports = rest
	case len(rest) == 1:
		return d.fail("missing port number")
	case o.listen && rest[0] == "":
		return d.fail("getaddrinfo: %v", errNoName)
	default:
		o.host, o.ports = rest[0], rest[1:]
	}
	switch {
	case o.unix && o.host == "" && o.listen:
		return d.fail("Invalid argument")
	case o.unix && o.host == "":
		return d.fail(": Invalid argument")
	}
	return d.conflicts(o)
}

// conflicts returns an error for flags that can't be combined.
func (d *openbsdDialect) conflicts(o *options) error {
	// With -N the input has an end, and nc waits for it even after the peer's FIN, unless
	// there may be another connection.
	o.stayHalfOpen = o.finAtOnce && !o.keepOpen && !o.reconnect
	o.patient = !o.listen && !o.reconnect
	proxy := len(o.proxies) > 0
	if !proxy {
		o.proxyType = "" // -X has no effect without -x
	}
	switch {
	case proxy && o.udp:
		return d.fail("no proxy support for UDP mode")
	case proxy && o.listen:
		return d.fail("no proxy support for listen")
	case proxy && o.unix:
		return d.fail("no proxy support for unix sockets")
	case proxy && o.sourceGiven:
		return d.fail("no proxy support for local source address")
	case o.listen && o.scan:
		return d.fail("cannot use -z and -l")
	case !o.listen && o.keepOpen:
		return d.fail("must use -l with -k")
	case o.unix && o.passDescriptor:
		return d.fail("cannot use -F and -U")
	case o.dccp:
		return d.fail("DCCP is not supported: Linux 6.16 removed it")
	}
	return nil
}

const openbsdUsage = `usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
	  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
	  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
	  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
	  [destination] [port]`

func (d *openbsdDialect) usage(before string) error {
	return &failure{status: 1, text: before + openbsdUsage}
}

// help writes the list of -h to standard error, as nc does.
func (d *openbsdDialect) help(w io.Writer) {
	if d.n.opt.screen {
		io.WriteString(w, openbsdScreen)
		return
	}
	io.WriteString(d.n.err, openbsdList)
}

func (d *openbsdDialect) status(err error) int {
	if err == nil {
		return 0
	}
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{status: 1, text: d.name + ": " + causeOf(err)}
	}
	if f.text != "" {
		d.n.sayFailure(f.text)
	}
	return f.status
}

func (d *openbsdDialect) unresolved(host, port string, err error) error {
	if port == "" {
		return d.fail("getaddrinfo: %v", err)
	}
	return d.fail("getaddrinfo for host %q port %s: %v", host, port, err)
}

func (d *openbsdDialect) connected(host, port string, h *sockets.Handle) {
	if d.n.opt.verbose == 0 || d.n.opt.unix {
		return
	}
	if a := h.PeerAddr().Host(); a != host && !d.n.opt.noDNS && len(d.n.opt.proxies) == 0 {
		host += " (" + a + ")"
	}
	network, service := h.Network(), "*"
	if !d.n.opt.noDNS {
		service = serviceName(port, network)
	}
	d.n.say("Connection to %s %s port [%s/%s] succeeded!", host, port, network, service)
}

func (d *openbsdDialect) connectFailed(a target, err error) error {
	f := &failure{status: 1, err: err}
	switch {
	case d.n.opt.unix:
		f.text = fmt.Sprintf("%s: %s: %s", d.name, a.host, causeOf(err))
	case d.n.opt.verbose == 0:
	case errors.Is(err, os.ErrDeadlineExceeded):
		f.text = fmt.Sprintf("%s: connect to %s port %s (%s) timed out: Operation now in progress", d.name, a.named(), a.port, a.kind.Network())
	default:
		f.text = fmt.Sprintf("%s: connect to %s port %s (%s) failed: %s", d.name, a.named(), a.port, a.kind.Network(), causeOf(err))
	}
	return f
}

func (d *openbsdDialect) listening(h *sockets.Handle) {
	if d.n.opt.verbose == 0 {
		return
	}
	if h.Kind().Datagram() {
		d.n.say("Bound on %s", d.spaced(h.LocalAddr()))
		return
	}
	if d.n.opt.unix {
		d.n.say("Bound on %s", d.spaced(h.LocalAddr()))
	}
	d.n.say("Listening on %s", d.spaced(h.LocalAddr()))
}

// spaced returns an address as nc shows it: the host, by name unless -n is given, a space, and
// the port.
func (d *openbsdDialect) spaced(a sockets.Addr) string {
	if !a.IP.IsValid() {
		return a.Path
	}
	host := a.Host()
	if !d.n.opt.noDNS && !a.IP.Addr().IsUnspecified() {
		host = hostName(host)
	}
	return fmt.Sprintf("%s %d", host, a.Port())
}

func (d *openbsdDialect) identity(*sockets.Handle) {}

func (d *openbsdDialect) accepted(peer sockets.Addr) {
	switch {
	case d.n.opt.verbose == 0:
	case d.n.opt.unix:
		d.n.say("Connection received on %s", d.n.opt.host)
	default:
		d.n.say("Connection received on %s", d.spaced(peer))
	}
}

func (d *openbsdDialect) bindFailed(_ string, err error) error {
	if d.n.opt.listen {
		return d.fail("%s", causeOf(err))
	}
	return d.fail("bind failed: %s", causeOf(err))
}

// sessionEnded returns a failure only if the local side failed and bytes were lost. Network
// failures are reported only with -v, as in nc. It is no failure if the reader of standard
// output has exited.
func (d *openbsdDialect) sessionEnded(s *session, err error) error {
	switch {
	case errors.As(err, new(*inputError)), errors.As(err, new(*outputError)) && !errors.Is(err, unix.EPIPE):
		verb, _, _ := strings.Cut(err.Error(), ":")
		return d.fail("%s: %s", verb, causeOf(err))
	case d.n.opt.verbose > 0 && d.n.opt.udp && !d.n.opt.listen && s.received.Load() == 0 && errors.Is(err, unix.ECONNREFUSED):
		// Before a session, nc itself sends datagrams to check the port.
		return d.fail("%s", causeOf(err))
	}
	if err != nil && err != errIdle && err != errQuit && d.n.opt.verbose > 0 {
		d.n.say("%s: %s", d.name, causeOf(err))
	}
	return nil
}

func (d *openbsdDialect) badPort(err error) error { return d.fail("%v", err) }

func (d *openbsdDialect) badService(error) error {
	return d.fail("getaddrinfo: Servname not supported for ai_socktype")
}

func (d *openbsdDialect) sourceBound(h *sockets.Handle) { d.listening(h) }
func (d *openbsdDialect) sourceRemoved(string)          {}

func (d *openbsdDialect) wrong(format string, args ...any) error { return d.fail(format, args...) }

func (d *openbsdDialect) unreadable(file string, err error) error {
	return d.fail("%s: %s", file, causeOf(err))
}

func (d *openbsdDialect) refused() {}
func (d *openbsdDialect) full(int) {}

func (d *openbsdDialect) probed(_ *sockets.Handle, _ []byte, err error) error { return err }

func (d *openbsdDialect) sourceUnresolved(_ string, err error) error {
	return d.fail("getaddrinfo: %v", err)
}

func (d *openbsdDialect) sourceMismatch(host string) error {
	return d.sourceUnresolved(host, errFamily)
}

func (d *openbsdDialect) badTLS(err error) error { return d.fail("%s", causeOf(err)) }

func (d *openbsdDialect) handshakeFailed(sockets.Addr, *tlsconf.Error) {}

func (d *openbsdDialect) badProxy(text string) error { return d.fail("%s", text) }

func (d *openbsdDialect) proxyUnresolved(host, port string, err error) error {
	return d.unresolved(host, port, err)
}

func (d *openbsdDialect) proxySays(show.Trusted, ...any) {}

func (d *openbsdDialect) proxyRefused(a target, err error) error {
	return d.connectFailed(a, err)
}

var openbsdReplies = map[proxy.Protocol]map[int]string{
	proxy.SOCKS4: {
		91: "Request rejected or failed",
		92: "SOCKS server cannot connect to identd on the client",
		93: "Client program and identd report different user-ids",
	},
	proxy.SOCKS5: {
		1: "General SOCKS server failure",
		2: "Connection not allowed by ruleset",
		3: "Network unreachable",
		4: "Host unreachable",
		5: "Connection refused",
		6: "TTL expired",
		7: "Command not supported",
		8: "Address type not supported",
	},
}

// maxStatusShown is how many bytes of a proxy's status line are shown.
const maxStatusShown = 200

func (d *openbsdDialect) proxyFailed(err *proxy.Error) error {
	text := ""
	switch {
	case err.Protocol == proxy.HTTP && (err.Err == nil || err.Err == proxy.ErrStatusLine):
		text = `Proxy error: "` + show.Line([]byte(err.StatusLine[:min(len(err.StatusLine), maxStatusShown)])) + `"`
	case err.Err == nil, err.Err == proxy.ErrVersion:
		text = cmp.Or(openbsdReplies[err.Protocol][err.Code], "Unknown error")
		text = fmt.Sprintf("connection failed, %s error: %s", map[proxy.Protocol]string{proxy.SOCKS4: "SOCKSv4", proxy.SOCKS5: "SOCKSv5"}[err.Protocol], text)
	case err.Err == proxy.ErrNoMethod, err.Err == proxy.ErrMethod:
		text = "authentication method negotiation failed"
	case err.Err == proxy.ErrAddressType:
		text = "connection failed, unsupported address type"
	case errors.Is(err, proxy.ErrSOCKS4Six), errors.Is(err, proxy.ErrLongName), errors.Is(err, proxy.ErrPassword), errors.Is(err, proxy.ErrBadHost):
		text = err.Err.Error()
	case err.Protocol == proxy.HTTP:
		text = "proxy read: " + readCause(err)
	default:
		text = "read failed: " + readCause(err)
	}
	return &failure{status: 1, text: d.name + ": " + text, err: err, final: err.NeedsOtherCredentials()}
}

// readCause returns why an answer is incomplete. If the proxy has closed the connection, nc
// reports a broken pipe.
func readCause(err error) string {
	switch {
	case errors.Is(err, sockets.ErrEnded):
		return "Broken pipe"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "Connection timed out"
	}
	return causeOf(err)
}

func (d *openbsdDialect) version() {}

func (d *openbsdDialect) badProxyPort(_ string, err error) error { return d.badPort(err) }
