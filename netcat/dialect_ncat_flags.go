package netcat

import (
	"math"
	"os"
	"strconv"
	"strings"

	"sosh/sockets"
)

func (d *ncatDialect) operands(o *options, rest []string) error {
	if err := d.conflicts(o); err != nil {
		return err
	}
	if o.sourcePort != "" {
		n, err := strconv.ParseInt(o.sourcePort, 10, 64)
		switch {
		case err != nil:
			return d.quit("Invalid source port number %q.", o.sourcePort)
		case n < 0 || n > o.maxPort():
			return d.quit("Invalid source port %d.", n)
		}
	}
	usual := ncatPort
	switch {
	case o.listen && o.proxyType == "http":
		usual = "3128"
	case o.listen && o.proxyType != "":
		usual = "1080"
	}
	o.ports = []string{usual}
	switch {
	case o.unix && len(rest) == 1 && rest[0] == "" && o.listen:
		return d.quit("bind to : Invalid argument.")
	case o.unix && len(rest) == 1 && rest[0] == "":
		return &failure{status: 1, text: "Ncat: Invalid argument."}
	case len(rest) > 0 && rest[0] == "" && o.listen:
		return d.unresolved("", "", errNoName)
	case o.unix && len(rest) == 0:
		return d.quit("You have to specify path to a socket to %s.", map[bool]string{true: "listen on", false: "connect to"}[o.listen])
	case !o.listen && !o.unix && (len(rest) == 0 || rest[0] == "" || len(rest) == 1 && !o.vsock && isNumber(rest[0])):
		// A single number is a port, although inet_aton(3) accepts it as an address.
		return d.quit("You must specify a host to connect to.")
	case len(rest) == 1 && o.listen && !o.unix && (o.vsock || isNumber(rest[0])):
		o.ports = rest
	case len(rest) >= 1:
		o.host = rest[0]
		if len(rest) > 1 {
			o.ports = rest[1:]
		}
	}
	if o.listen && o.sourcePort != "" {
		if len(rest) > 1 || o.ports[0] != usual {
			return d.quit("Got more than one port specification: %s %s.", o.sourcePort, strings.Join(o.ports, " "))
		}
		o.ports, o.sourcePort = []string{o.sourcePort}, ""
	}
	switch n, err := strconv.ParseInt(o.ports[0], 10, 64); {
	case o.vsock && !isCID(o.host):
		return d.quit("Invalid CID %q.", o.host)
	case o.vsock && !isCID(o.source):
		return d.quit("Invalid source address CID %q.", o.source)
	case len(rest) > 2:
		return d.quit("Got more than one port specification: %s.", strings.Join(rest[1:], " "))
	case err != nil || n < 0 || n > o.maxPort():
		return d.quit("Invalid port number %q.", o.ports[0])
	case o.unix && len(rest) > 1:
		return d.quit("Invalid option combination: -U and a port (%s).", rest[1])
	}
	return nil
}

// maxPort returns the largest port of the network that the flags select.
func (o *options) maxPort() int64 {
	if o.vsock {
		return math.MaxUint32
	}
	return 65535
}

// isCID reports whether s is a CID, or empty.
func isCID(s string) bool {
	_, _, err := sockets.SplitURL("vsock://" + s + ":0")
	return err == nil
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }

// conflicts returns an error for flags that can't be combined, and warns of flags without
// effect.
func (d *ncatDialect) conflicts(o *options) error {
	commands := 0
	for _, c := range []string{o.exec, o.shell, o.lua} {
		if c != "" {
			commands++
		}
	}
	// --broker implies -l. A client with -k keeps sending after the peer's FIN.
	o.listen = o.listen || o.broker
	o.broker = o.broker || o.chat
	o.stayHalfOpen = o.keepOpen && !o.listen
	if o.lua != "" {
		if f, err := os.Open(o.lua); err != nil {
			return d.quit("Error loading the Lua script: cannot open %s: %s.", o.lua, causeOf(err))
		} else {
			f.Close()
		}
		if CheckLua != nil {
			if err := CheckLua(o.lua); err != nil {
				return d.quit("Error loading the Lua script: %s.", foreign(err.Error()))
			}
		}
	}
	if o.verbose > 0 && o.unix && !o.udp && o.source != "" {
		d.n.say("Ncat: Specifying source socket for other than DATAGRAM Unix domain sockets have no effect.")
	}
	switch {
	case o.chat && !o.listen:
		return d.quit("Invalid option combination: `--chat' with connect.")
	case (len(o.allow) > 0 || o.allowFile != "") && !o.listen:
		return d.quit("Invalid option combination: allow/deny with connect.")
	case o.unix && (len(o.allow) > 0 || o.allowFile != "" || len(o.deny) > 0 || o.denyFile != ""):
		return d.quit("Invalid option combination: allow/deny with -U: the peers of a unix socket have no host; the permissions of its directory say who may connect.")
	case o.vsock && (len(o.allow) > 0 || o.allowFile != "" || len(o.deny) > 0 || o.denyFile != ""):
		return d.quit("Invalid option combination: allow/deny with --vsock: a CID is not a host.")
	case o.maxConns >= 0 && !o.listen:
		return d.quit("Invalid option combination: `--max-conns' with connect.")
	case commands > 1:
		return d.quit("Only one of --exec, --sh-exec, and --lua-exec is allowed.")
	case o.broker && commands > 0:
		return d.quit("Invalid option combination: --broker and -e.")
	case o.listen && o.scan:
		return d.quit("Services designed for LISTENING can't be used with -z")
	case o.scan && commands > 0:
		return d.quit("Command execution can't be done along with option -z.")
	case o.scan && o.telnet:
		return d.quit("Invalid option combination: -z and -t.")
	case o.sendOnly && o.recvOnly:
		return d.quit("Invalid option combination: --send-only and --recv-only.")
	case o.keepOpen && o.udp && !o.listen:
		return d.quit("Invalid option combination: -k and -u with connect.")
	case o.listen && o.source != "":
		return d.quit("-l and -s are incompatible.  Specify the address and port to bind to like you would a host to connect to.")
	case o.proxyType != "" && len(o.proxies) == 0 && !o.listen:
		return d.quit("Proxy type (--proxy-type) specified without proxy address (--proxy).")
	case o.unix && o.udp && o.tls:
		return d.quit("Invalid option combination: --ssl with -u and -U: there is no DTLS over unix sockets.")
	case o.proxyType != "" && o.listen && o.telnet:
		return d.quit("Invalid option combination: --telnet has no effect with --proxy-type.")
	case o.unix && len(o.sourceRoute) > 0:
		return d.quit("Loose source routing not allowed when using Unix domain sockets.")
	case len(o.proxies) > 0 && o.unix:
		return d.quit("Proxy option not supported when using Unix domain sockets.")
	case len(o.proxies) > 0 && o.listen:
		return d.quit("Invalid option combination: --proxy and -l.")
	case len(o.proxies) > 0 && o.udp:
		return d.quit("UDP through a proxy is not supported.")
	case o.unix && o.sourcePort != "":
		return d.quit("Specifying source port when using Unix domain sockets doesn't make sense.")
	case (o.tlsCert == "") != (o.tlsKey == ""):
		return d.quit("The --ssl-key and --ssl-cert options must be used together.")
	case o.sctp:
		return d.quit("SCTP is not supported: sosh has TCP, UDP, unix and vsock.")
	case o.vsock && o.unix:
		return d.quit("Only one of -U and --vsock is allowed.")
	case o.vsock && o.udp:
		return d.quit("UDP mode is not supported when using vsock sockets.")
	case o.vsock && (len(o.proxies) > 0 || o.proxyType != ""):
		return d.quit("Proxy option not supported when using vsock sockets.")
	case o.vsock && o.tls:
		return d.quit("SSL option not supported when using vsock sockets.")
	case o.vsock && o.broker:
		return d.quit("Connection brokering not supported when using vsock sockets.")
	case o.vsock && len(o.sourceRoute) > 0:
		return d.quit("Loose source routing not allowed when using vsock sockets.")
	}
	if o.listen && o.proxyAuth != nil && *o.proxyAuth == "" && strings.HasPrefix(o.proxyType, "socks") {
		// An unset variable must not make an open proxy.
		return d.quit("The credentials for a SOCKS proxy are empty (expected user or user:password).")
	}
	if o.maxConns >= 0 && !o.keepOpen && !o.broker && o.proxyType == "" {
		d.n.say("Ncat: Warning: Maximum connections ignored, since it does not take effect without -k or --broker.")
	}
	switch o.proxyType {
	case "", "http", "socks4", "socks4a", "socks5":
	default:
		return d.quit("Invalid proxy type %q.", o.proxyType)
	}
	return nil
}
