package netcat

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"sosh/internal/ciphers"
)

// ncatFlags is the table of nmap's ncat, in the order of its help screen.
var ncatFlags = sync.OnceValue(func() []flag {
	return append([]flag{
		{letter: "4", doc: "Use IPv4 only", set: setFamily(4)},
		{letter: "6", doc: "Use IPv6 only", set: setFamily(6)},
		{long: "4", hidden: true, set: setFamily(4)},
		{long: "6", hidden: true, set: setFamily(6)},
		{letter: "U", long: "unixsock", doc: "Use unix sockets", set: on(func(o *options) *bool { return &o.unix })},
		{long: "vsock", note: "Linux only. The CID may be a name: any, local, host or hypervisor.", doc: "Use vsock sockets; the host is a CID", set: on(func(o *options) *bool { return &o.vsock })},
		{letter: "C", long: "crlf", doc: "Send CRLF as line ending", set: on(func(o *options) *bool { return &o.crlf })},
		{letter: "c", long: "sh-exec", arg: "command", doc: "Run a command with /bin/sh for each connection", set: command(func(o *options) *string { return &o.shell })},
		{letter: "e", long: "exec", arg: "command", note: "The rest of the program's output is sent even if its client has already ended its side.", doc: "Run a command for each connection", set: command(func(o *options) *string { return &o.exec })},
		{long: "lua-exec", arg: "filename", note: "The script runs as with sosh run, and can use its verbs.", doc: "Run a Lua script for each connection", set: command(func(o *options) *string { return &o.lua })},
		{letter: "g", arg: "hop1[,hop2,...]", note: "A route that the kernel refuses is an error; ncat connects without it.", doc: "Loose source routing: the hops, 8 at most", set: setHops},
		{long: "g", arg: "hop1[,hop2,...]", hidden: true, set: setHops},
		{letter: "G", arg: "n", doc: "Loose source routing: the pointer, 4, 8, 12...", set: setHopPointer},
		{long: "G", arg: "n", hidden: true, set: setHopPointer},
		{letter: "m", long: "max-conns", arg: "n", empty: true, doc: "Maximum number of concurrent connections (default 100)", set: func(o *options, v string) error {
			n, _ := strconv.Atoi(v) // as in ncat, what is no number is 0
			if n < 0 {
				return words(fmt.Sprintf("Invalid number of connections %q (expected 0 or more).", v))
			}
			o.maxConns = n
			return nil
		}},
		{letter: "h", doc: "List the flags", set: on(func(o *options) *bool { return &o.help })},
		{long: "help", note: "A text of one screen; ncat prints the list of -h.", doc: "Explain the flags on one screen", set: helpScreen},
		{letter: "d", long: "delay", arg: "time", note: "sosh waits between the lines that it sends; received data is not delayed.", doc: "Wait between reads and writes", set: timespan("-d delay", func(o *options) *time.Duration { return &o.interval })},
		{letter: "o", long: "output", arg: "filename", doc: "Log the session to a file", set: text(func(o *options) *string { return &o.output })},
		{letter: "x", long: "hex-dump", arg: "filename", doc: "Log the session to a file, in hex", set: text(func(o *options) *string { return &o.hexDump })},
		{letter: "i", long: "idle-timeout", arg: "time", doc: "Exit when no data has been sent or received for this long", set: timespan("-i timeout", func(o *options) *time.Duration { return &o.idleTimeout })},
		{letter: "p", long: "source-port", arg: "port", empty: true, doc: "Local port", set: func(o *options, v string) error {
			if _, err := strconv.ParseInt(v, 10, 64); err != nil && v != "" {
				return words(fmt.Sprintf("Invalid source port number %q.", v))
			}
			o.sourcePort = v
			return nil
		}},
		{letter: "s", long: "source", arg: "addr", doc: "Local address; not with -l", set: text(func(o *options) *string { return &o.source })},
		{letter: "l", long: "listen", doc: "Listen for a connection", set: on(func(o *options) *bool { return &o.listen })},
		{letter: "k", long: "keep-open", note: "A client with -k keeps sending after the peer has ended its side. A listener sends no FIN if its standard input was empty. It drops a client that reads too slowly and delays others.", doc: "Accept more than one connection", set: on(func(o *options) *bool { return &o.keepOpen })},
		{letter: "n", long: "nodns", doc: "Do not resolve names", set: on(func(o *options) *bool { return &o.noDNS })},
		{letter: "q", arg: "time", doc: "Exit this long after the end of standard input", note: "A negative time means never.", set: setQuitTime},
		{letter: "t", long: "telnet", doc: "Refuse telnet options, and remove telnet commands from the data", set: on(func(o *options) *bool { return &o.telnet })},
		{letter: "u", long: "udp", note: "A client waits for the answer to its last datagram; ncat exits at once and loses it.", doc: "Use UDP, or unix datagrams", set: on(func(o *options) *bool { return &o.udp })},
		{long: "sctp", note: "Refused: sosh has no SCTP.", doc: "Use SCTP", set: on(func(o *options) *bool { return &o.sctp })},
		{letter: "v", long: "verbose", note: "-vv prints no debugging output of nsock.", doc: "Report what happens; more when repeated", set: count},
		{letter: "w", long: "wait", arg: "time", doc: "Time limit for connecting", set: timespan("-w timeout", func(o *options) *time.Duration { return &o.connectTimeout })},
		{letter: "z", doc: "Only report whether a port can be connected to", set: on(func(o *options) *bool { return &o.scan })},
		{long: "append-output", doc: "Append to the files of -o and -x", set: on(func(o *options) *bool { return &o.appendOutput })},
		{long: "send-only", doc: "Only send; exit at the end of standard input", set: on(func(o *options) *bool { return &o.sendOnly })},
		{long: "recv-only", doc: "Only receive", set: on(func(o *options) *bool { return &o.recvOnly })},
		{long: "no-shutdown", doc: "Do not send a FIN at the end of standard input", set: func(o *options, _ string) error {
			o.halfClose = false
			return nil
		}},
		{long: "allow", arg: "host,...", note: "With -U and --vsock, --allow and --deny are refused, since the peers have no host address; ncat then serves everybody.", doc: "Accept only these hosts", set: hosts(func(o *options) *[]string { return &o.allow })},
		{long: "allowfile", arg: "file", doc: "Accept only the hosts in a file", set: text(func(o *options) *string { return &o.allowFile })},
		{long: "deny", arg: "host,...", doc: "Refuse these hosts", set: hosts(func(o *options) *[]string { return &o.deny })},
		{long: "denyfile", arg: "file", doc: "Refuse the hosts in a file", set: text(func(o *options) *string { return &o.denyFile })},
		{long: "broker", note: "A client that reads too slowly is dropped; in ncat it delays the others.", doc: "Send the data of each client to all other clients", set: on(func(o *options) *bool { return &o.broker })},
		{long: "chat", note: "Each line names its sender, and control characters are escaped.", doc: "Like --broker, with the sender's name before each line", set: on(func(o *options) *bool { return &o.chat })},
		{long: "talk", doc: "The same as --chat", hidden: true, set: on(func(o *options) *bool { return &o.chat })},
		{long: "proxy", arg: "addr[:port]", empty: true, note: "May be repeated for a chain, and may have a scheme (socks5://); ncat takes one proxy.", doc: "Connect through this proxy", set: func(o *options, v string) error {
			o.proxies = append(o.proxies, v)
			return nil
		}},
		{long: "proxy-type", once: true, arg: "type", values: []string{"http", "socks4", "socks4a", "socks5"}, note: "Also takes socks4a. With -l, also serves socks4 and socks5; ncat serves http only.", doc: "Type of the proxy: http, socks4 or socks5; with -l, serve as this proxy", set: text(func(o *options) *string { return &o.proxyType })},
		{long: "proxy-auth", once: true, arg: "user[:pass]", empty: true, note: "Taken literally, even if empty; an empty one is refused when serving SOCKS.", doc: "Credentials for the proxy; with -l, those that clients must send", set: func(o *options, v string) error {
			o.proxyAuth = &v
			return nil
		}},
		{long: "proxy-dns", arg: "type", values: []string{"local", "remote", "both", "none"}, doc: "Where to resolve names: local, remote, both or none", set: func(o *options, v string) error {
			switch v {
			case "local", "remote", "both", "none":
				o.proxyDNS = v
				return nil
			}
			return words("Invalid proxy DNS type.")
		}},
		{long: "ssl", doc: "Use TLS, or DTLS with -u", set: on(func(o *options) *bool { return &o.tls })},
		{long: "ssl-cert", arg: "file", doc: "Certificate to send, PEM", set: tlsText(func(o *options) *string { return &o.tlsCert })},
		{long: "ssl-key", arg: "file", doc: "Private key of the certificate, PEM", set: tlsText(func(o *options) *string { return &o.tlsKey })},
		{long: "ssl-verify", note: "The cause of a failure is reported even without -v.", doc: "Verify the peer's certificate and name", set: func(o *options, _ string) error {
			o.tls, o.tlsVerify = true, true
			return nil
		}},
		{long: "ssl-trustfile", once: true, arg: "file", doc: "Certificates to trust, PEM; implies --ssl-verify", set: func(o *options, v string) error {
			o.tls, o.tlsVerify, o.tlsTrust = true, true, v
			return nil
		}},
		{long: "ssl-ciphers", arg: "list", empty: true, note: "ALL and HIGH include only secure suites; DHE suites are missing; @SECLEVEL has no effect.", doc: "Cipher suites to offer, as a cipher string of OpenSSL", set: func(o *options, v string) (err error) {
			o.tls = true
			o.tlsCiphers, err = ciphers.Parse(v)
			return err
		}},
		{long: "ssl-servername", arg: "name", doc: "Server name to send (SNI)", set: tlsText(func(o *options) *string { return &o.tlsServerName })},
		{long: "ssl-alpn", arg: "list", doc: "Protocols to offer (ALPN)", set: tlsText(func(o *options) *string { return &o.tlsALPN })},
		{long: "nsock-engine", arg: "engine", note: "Has no effect: sosh has one engine.", doc: "Engine to use: select, poll or epoll", values: []string{"select", "poll", "epoll"}, set: func(_ *options, v string) error {
			switch v {
			case "select", "poll", "epoll":
				return nil
			}
			return words(fmt.Sprintf("Unknown or non-available engine: %s (expected select, poll or epoll).", v))
		}},
		{long: "version", doc: "Show the version", set: on(func(o *options) *bool { return &o.version })},
		{long: "test", doc: "Tell on stderr when the listener is bound", hidden: true, set: on(func(o *options) *bool { return &o.test })},
	}, beyond()...)
})

// setHops is the setter of -g.
func setHops(o *options, v string) error {
	o.sourceRoute = append(o.sourceRoute, strings.Split(v, ",")...)
	if len(o.sourceRoute) > 8 {
		return words("Sorry, you gave too many source route hops.")
	}
	return nil
}

// setHopPointer is the setter of -G.
func setHopPointer(o *options, v string) error {
	n, _ := strconv.Atoi(v) // as in ncat, what is no number is 0
	if n < 4 || n > 28 || n%4 != 0 {
		return words(fmt.Sprintf("Invalid source-route hop pointer %d.", n))
	}
	o.sourceRoutePointer = n
	return nil
}

// number reads a decimal number between two bounds.
func number(v string, low, high int) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("expected a number from %d to %d", low, high)
	}
	return n, nil
}

// timespan is the setter of a time, which is more than 0.
func timespan(what string, field func(*options) *time.Duration) func(*options, string) error {
	return func(o *options, v string) error {
		t, ok := parseTime(v)
		if !ok || t <= 0 {
			return words(fmt.Sprintf("Invalid %s %q (must be greater than 0 and less than 2147483s).", what, v))
		}
		*field(o) = t
		return nil
	}
}

// setQuitTime is the setter of ncat's -q, where any time below 0 is never. As
// there, 0 is refused.
func setQuitTime(o *options, v string) error {
	t, ok := parseTime(v)
	if !ok || t == 0 {
		return words(fmt.Sprintf("Invalid -q timeout %q (must not be 0, and less than 2147483s).", v))
	}
	o.quit, o.stayAtEnd = max(t, -1), t < 0
	return nil
}

// parseTime reads a time as ncat has it: seconds, or a number and ms, s, m or h
// in either case. The number is one of strtod(3), such as .5, 1e3 or 0x10. What is
// less than a millisecond is 0.
func parseTime(v string) (t time.Duration, ok bool) {
	digits, unit := strings.ToLower(strings.TrimLeft(v, " \t\n\v\f\r")), time.Second
	for _, u := range []struct {
		suffix string
		unit   time.Duration
	}{{"ms", time.Millisecond}, {"s", time.Second}, {"m", time.Minute}, {"h", time.Hour}} {
		if rest, cut := strings.CutSuffix(digits, u.suffix); cut {
			digits, unit = rest, u.unit
			break
		}
	}
	if strings.Contains(digits, "0x") && !strings.Contains(digits, "p") {
		digits += "p0" // which C leaves out
	}
	n, err := strconv.ParseFloat(digits, 64)
	ms := n * float64(unit/time.Millisecond)
	if err != nil || strings.Contains(digits, "_") || !(math.Abs(ms) < math.MaxInt32) {
		return 0, false
	}
	return time.Duration(ms) * time.Millisecond, true
}

func hosts(field func(*options) *[]string) func(*options, string) error {
	return func(o *options, v string) error {
		// As in ncat, a comma may stand at the end.
		*field(o) = append(*field(o), strings.Split(strings.TrimSuffix(v, ","), ",")...)
		return nil
	}
}

// tlsText is text for a flag that asks for TLS by itself.
func tlsText(field func(*options) *string) func(*options, string) error {
	return func(o *options, v string) error {
		o.tls = true
		*field(o) = v
		return nil
	}
}

// command is text for the program of a connection, of which there is one.
func command(field func(*options) *string) func(*options, string) error {
	return func(o *options, v string) error {
		if o.runsCommand() {
			return words("Only one of --exec, --sh-exec, and --lua-exec is allowed.")
		}
		*field(o) = v
		return nil
	}
}
