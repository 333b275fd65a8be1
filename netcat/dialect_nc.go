package netcat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"sosh/internal/show"
	"sosh/sockets"
	"sosh/sockets/proxy"

	"golang.org/x/sys/unix"
)

// openbsdDialect speaks as OpenBSD's netcat: silent unless -v, and status 1 for
// whatever went wrong.
type openbsdDialect struct {
	n    *netcat
	name string
}

func (v *openbsdDialect) fail(format string, args ...any) error {
	return &failure{status: 1, text: v.name + ": " + fmt.Sprintf(format, args...)}
}

func (v *openbsdDialect) parse(args []string) (*options, error) {
	o := defaults()
	rest, err := parseFlags(openbsdFlags, false, o, args)
	var u *usageError
	if o.help {
		return o, nil // whatever follows -h
	}
	if errors.As(err, &u) {
		switch {
		case strings.HasPrefix(u.unknown, "--"):
			return nil, v.usage(fmt.Sprintf("%s: invalid option -- '-'\n", v.name))
		case u.unknown != "":
			return nil, v.usage(fmt.Sprintf("%s: invalid option -- '%s'\n", v.name, u.unknown[1:]))
		case strings.HasPrefix(u.noArg, "--"):
			return nil, v.usage(fmt.Sprintf("%s: option '%s' requires an argument\n", v.name, u.noArg))
		case u.noArg != "":
			return nil, v.usage(fmt.Sprintf("%s: option requires an argument -- '%s'\n", v.name, u.noArg[1:]))
		}
		return nil, v.fail("%v", u)
	}
	return o, v.operands(o, rest)
}

// operands places the host and the ports, as nc does: what stands where depends
// on how many there are.
func (v *openbsdDialect) operands(o *options, rest []string) error {
	local := o.sourceGiven || o.sourcePort != ""
	switch {
	case o.unix && len(rest) > 1:
		return v.fail("cannot use port with -U")
	case o.unix && o.sourcePort != "", o.unix && len(rest) == 1 && o.sourceGiven && (o.listen || !o.udp):
		return v.usage("")
	case o.unix && o.listen && len(rest) == 0 && !o.sourceGiven:
		return v.fail("missing socket pathname")
	case o.unix && o.listen && len(rest) == 0:
		o.host, o.source = o.source, ""
	case o.unix && len(rest) == 0:
		return v.usage("")
	case o.unix:
		o.host = rest[0]
	case o.listen && len(rest) == 0 && o.sourcePort != "":
		o.host, o.ports, o.source, o.sourcePort = o.source, []string{o.sourcePort}, "", ""
		if o.sourceGiven && o.host == "" {
			return v.fail("getaddrinfo: %v", errNoName)
		}
	case o.listen && len(rest) == 0:
		return v.fail("missing port number")
	case len(rest) == 0, len(rest) == 1 && local, o.listen && len(rest) > 1 && (len(rest) > 2 || local):
		return v.usage("")
	case len(rest) == 1 && o.listen:
		o.ports = rest
	case len(rest) == 1:
		return v.fail("missing port number")
	case o.listen && rest[0] == "":
		return v.fail("getaddrinfo: %v", errNoName)
	default:
		o.host, o.ports = rest[0], rest[1:]
	}
	switch {
	case o.unix && o.host == "" && o.listen:
		return v.fail("Invalid argument")
	case o.unix && o.host == "":
		return v.fail(": Invalid argument")
	}
	return v.conflicts(o)
}

// conflicts refuses what does not go together.
func (v *openbsdDialect) conflicts(o *options) error {
	// -N says that the input has an end, which is waited for whether the peer has
	// more to say or not, unless there may be another connection.
	o.stayHalfOpen = o.finAtOnce && !o.keepOpen && !o.reconnect
	o.patient = !o.listen && !o.reconnect
	proxy := len(o.proxies) > 0
	if !proxy {
		o.proxyType = "" // which has no effect alone
	}
	switch {
	case proxy && o.udp:
		return v.fail("no proxy support for UDP mode")
	case proxy && o.listen:
		return v.fail("no proxy support for listen")
	case proxy && o.unix:
		return v.fail("no proxy support for unix sockets")
	case proxy && o.sourceGiven:
		return v.fail("no proxy support for local source address")
	case o.listen && o.scan:
		return v.fail("cannot use -z and -l")
	case !o.listen && o.keepOpen:
		return v.fail("must use -l with -k")
	case o.unix && o.passDescriptor:
		return v.fail("cannot use -F and -U")
	case o.dccp:
		return v.fail("DCCP is not supported: Linux 6.16 removed it")
	}
	return nil
}

const openbsdUsage = `usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
	  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
	  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
	  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
	  [destination] [port]`

func (v *openbsdDialect) usage(before string) error {
	return &failure{status: 1, text: before + openbsdUsage}
}

// help is for -h a list on standard error, as there.
func (v *openbsdDialect) help(w io.Writer) {
	if v.n.opt.screen {
		io.WriteString(w, openbsdScreen)
		return
	}
	io.WriteString(v.n.err, openbsdList)
}

func (v *openbsdDialect) status(err error) int {
	if err == nil {
		return 0
	}
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{status: 1, text: v.name + ": " + causeOf(err)}
	}
	if f.text != "" {
		v.n.sayFailure(f.text)
	}
	return f.status
}

func (v *openbsdDialect) unresolved(host, port string, err error) error {
	if port == "" {
		return v.fail("getaddrinfo: %v", err)
	}
	return v.fail("getaddrinfo for host %q port %s: %v", host, port, err)
}

func (v *openbsdDialect) connected(host, port string, h *sockets.Handle) {
	if v.n.opt.verbose == 0 || v.n.opt.unix {
		return
	}
	if a := h.PeerAddr().Host(); a != host && !v.n.opt.noDNS && len(v.n.opt.proxies) == 0 {
		host += " (" + a + ")"
	}
	network, service := h.Network(), "*"
	if !v.n.opt.noDNS {
		service = serviceName(port, network)
	}
	v.n.say("Connection to %s %s port [%s/%s] succeeded!", host, port, network, service)
}

func (v *openbsdDialect) connectFailed(a target, err error) error {
	f := &failure{status: 1, err: err}
	switch {
	case v.n.opt.unix:
		f.text = fmt.Sprintf("%s: %s: %s", v.name, a.host, causeOf(err))
	case v.n.opt.verbose == 0:
	case errors.Is(err, os.ErrDeadlineExceeded):
		f.text = fmt.Sprintf("%s: connect to %s port %s (%s) timed out: Operation now in progress", v.name, a.named(), a.port, a.kind.Network())
	default:
		f.text = fmt.Sprintf("%s: connect to %s port %s (%s) failed: %s", v.name, a.named(), a.port, a.kind.Network(), causeOf(err))
	}
	return f
}

func (v *openbsdDialect) listening(h *sockets.Handle) {
	if v.n.opt.verbose == 0 {
		return
	}
	if h.Kind().Datagram() {
		v.n.say("Bound on %s", v.spaced(h.LocalAddr()))
		return
	}
	if v.n.opt.unix {
		v.n.say("Bound on %s", v.spaced(h.LocalAddr()))
	}
	v.n.say("Listening on %s", v.spaced(h.LocalAddr()))
}

// spaced is an address as nc shows it: host, by its name unless -n says not to,
// and port with a space.
func (v *openbsdDialect) spaced(a sockets.Addr) string {
	if !a.IP.IsValid() {
		return a.Path
	}
	host := a.Host()
	if !v.n.opt.noDNS && !a.IP.Addr().IsUnspecified() {
		host = hostName(host)
	}
	return fmt.Sprintf("%s %d", host, a.Port())
}

func (v *openbsdDialect) identity(*sockets.Handle) {}

func (v *openbsdDialect) accepted(peer sockets.Addr) {
	switch {
	case v.n.opt.verbose == 0:
	case v.n.opt.unix:
		v.n.say("Connection received on %s", v.n.opt.host)
	default:
		v.n.say("Connection received on %s", v.spaced(peer))
	}
}

func (v *openbsdDialect) bindFailed(_ string, err error) error {
	if v.n.opt.listen {
		return v.fail("%s", causeOf(err))
	}
	return v.fail("bind failed: %s", causeOf(err))
}

// sessionEnded makes the end of a session a failure of the run only where this
// side of it failed, and bytes were lost. What there is to say of the network is
// for -v, as in nc; and a reader that leaves is no failure.
func (v *openbsdDialect) sessionEnded(s *session, err error) error {
	switch {
	case errors.As(err, new(*inputError)), errors.As(err, new(*outputError)) && !errors.Is(err, unix.EPIPE):
		verb, _, _ := strings.Cut(err.Error(), ":")
		return v.fail("%s: %s", verb, causeOf(err))
	case v.n.opt.verbose > 0 && v.n.opt.udp && !v.n.opt.listen && s.received.Load() == 0 && errors.Is(err, unix.ECONNREFUSED):
		// There nc sends datagrams of its own first, to see whether to go on.
		return v.fail("%s", causeOf(err))
	}
	if err != nil && err != errIdle && err != errQuit && v.n.opt.verbose > 0 {
		v.n.say("%s: %s", v.name, causeOf(err))
	}
	return nil
}

func (v *openbsdDialect) stripsTelnet() bool { return false }

func (v *openbsdDialect) datagram() int { return 16384 }

func (v *openbsdDialect) badPort(err error) error { return v.fail("%v", err) }

func (v *openbsdDialect) badService(error) error {
	return v.fail("getaddrinfo: Servname not supported for ai_socktype")
}

func (v *openbsdDialect) sourceBound(h *sockets.Handle) { v.listening(h) }
func (v *openbsdDialect) sourceRemoved(string)          {}

func (v *openbsdDialect) wrong(format string, args ...any) error { return v.fail(format, args...) }

func (v *openbsdDialect) unreadable(file string, err error) error {
	return v.fail("%s: %s", file, causeOf(err))
}

func (v *openbsdDialect) refused() {}
func (v *openbsdDialect) full(int) {}

func (v *openbsdDialect) anyHosts() []string {
	if v.n.opt.ipv6 {
		return []string{"::"}
	}
	return []string{"0.0.0.0"}
}

func (v *openbsdDialect) unlinkStale(path string) {
	if !strings.HasPrefix(path, "@") {
		unix.Unlink(path) // and no directory, which os.Remove would
	}
}

func (v *openbsdDialect) shareAddress(h *sockets.Handle) { h.SetOption("reuseport", "1") }

func (v *openbsdDialect) concurrent() bool { return false }

func (v *openbsdDialect) leavesDatagrams() bool { return false }

// probe makes no test without -v, as nc does: there is nobody to tell.
func (v *openbsdDialect) probe(ctx context.Context, h *sockets.Handle) error {
	if v.n.opt.verbose == 0 {
		return nil
	}
	_, err := v.n.probe(ctx, h, "X", 4, cmp.Or(v.n.opt.connectTimeout, probeTime))
	return err
}

func (v *openbsdDialect) sourceUnresolved(_ string, err error) error {
	return v.fail("getaddrinfo: %v", err)
}

func (v *openbsdDialect) sourceMismatch(host string) error {
	return v.sourceUnresolved(host, errFamily)
}

func (v *openbsdDialect) badTLS(err error) error { return v.fail("%s", causeOf(err)) }

func (v *openbsdDialect) handshakeFailed(sockets.Addr, *sockets.TLSError) {}

func (v *openbsdDialect) proxyKind() proxy.Protocol { return proxy.SOCKS5 }

func (v *openbsdDialect) resolvesSOCKS4() bool { return true }

func (v *openbsdDialect) badProxy(text string) error { return v.fail("%s", text) }

func (v *openbsdDialect) proxyUnresolved(host, port string, err error) error {
	return v.unresolved(host, port, err)
}

func (v *openbsdDialect) proxySays(show.Trusted, ...any) {}

func (v *openbsdDialect) proxyRefused(a target, err error) error {
	return v.connectFailed(a, err)
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

// maxStatusShown is how much of a proxy's status line is shown.
const maxStatusShown = 200

func (v *openbsdDialect) proxyFailed(err *proxy.Error) error {
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
	return &failure{status: 1, text: v.name + ": " + text, err: err, final: err.NeedsOtherCredentials()}
}

// readCause is why an answer is short, which nc takes for a broken pipe where
// the other side has closed.
func readCause(err error) string {
	switch {
	case errors.Is(err, sockets.ErrEnded):
		return "Broken pipe"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "Connection timed out"
	}
	return causeOf(err)
}

func (v *openbsdDialect) prefix() string { return v.name }

func (v *openbsdDialect) version() {}

func (v *openbsdDialect) badProxyPort(_ string, err error) error { return v.badPort(err) }
