package netcat

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// openbsdFlags is the table of OpenBSD's netcat, in the letters of nc(1) as
// Debian has it, in its order.
var openbsdFlags = sync.OnceValue(func() []flag {
	return append([]flag{
		{letter: "4", doc: "Use IPv4 only", set: setOnlyFamily(4)},
		{letter: "6", doc: "Use IPv6 only", set: setOnlyFamily(6)},
		{letter: "b", doc: "Allow broadcast", set: sockoptSwitch("broadcast")},
		{letter: "C", doc: "Send CRLF as line ending", set: on(func(o *options) *bool { return &o.crlf })},
		{letter: "D", doc: "Set the socket's debug option", set: sockoptSwitch("debug")},
		{letter: "d", doc: "Do not read standard input", set: on(func(o *options) *bool { return &o.recvOnly })},
		{letter: "F", note: "sosh passes a blocking socket, nc.openbsd a non-blocking one.", doc: "Pass the connected socket over stdout, and exit", set: on(func(o *options) *bool { return &o.passDescriptor })},
		{letter: "h", doc: "List the flags", set: on(func(o *options) *bool { return &o.help })},
		{letter: "I", arg: "length", doc: "Size of the receive buffer, in bytes", set: sockoptNumber("rcvbuf", "TCP receive window", "set TCP receive buffer size", 1, 1<<30)},
		{letter: "i", arg: "interval", note: "Received data is not delayed.", doc: "Wait this many seconds between lines, and between ports", set: seconds("interval", func(o *options) *time.Duration { return &o.interval })},
		{letter: "k", doc: "Keep listening after a connection has ended", set: on(func(o *options) *bool { return &o.keepOpen })},
		{letter: "l", doc: "Listen for a connection", set: on(func(o *options) *bool { return &o.listen })},
		{letter: "M", arg: "ttl", doc: "TTL or hop limit of sent packets", set: sockoptNumber("ttl", "ttl", "set IP TTL", 0, 255)},
		{letter: "m", arg: "minttl", doc: "Minimum TTL or hop limit of received packets", set: sockoptNumber("minttl", "minttl", "set IP min TTL", 0, 255)},
		{letter: "N", note: "All input is sent, even after the peer has ended its side, and by a listener too. Without -N, a client then exits once its input has paused for 3 s.", doc: "Send a FIN at the end of standard input", set: func(o *options, _ string) error {
			o.halfClose, o.finAtOnce = true, true
			return nil
		}},
		{letter: "n", doc: "Do not resolve names", set: on(func(o *options) *bool { return &o.noDNS })},
		{letter: "O", arg: "length", doc: "Size of the send buffer, in bytes", set: sockoptNumber("sndbuf", "TCP send window", "set TCP send buffer size", 1, 1<<30)},
		{letter: "P", arg: "user", empty: true, doc: "User name for the proxy; sosh asks for the password", set: text(func(o *options) *string { return &o.proxyUser })},
		{letter: "p", arg: "port", empty: true, doc: "Local port", set: text(func(o *options) *string { return &o.sourcePort })},
		{letter: "q", arg: "seconds", note: "Exits when the time is over; nc.openbsd 1.219 does not. With 0, it waits 0.3 s for an answer to begin, and then until the answer pauses for 1 s.", doc: "Exit this long after the end of standard input; implies -N", set: setQuit},
		{letter: "r", doc: "Choose ports in random order", set: on(func(o *options) *bool { return &o.random })},
		{letter: "S", note: "Refused, as by nc.openbsd: there is no way to give a key.", doc: "Sign segments with TCP MD5", set: func(o *options, _ string) error {
			return words("Unable to read TCP MD5SIG password")
		}},
		{letter: "s", arg: "address", empty: true, doc: "Local address", set: func(o *options, v string) error {
			o.source, o.sourceGiven = v, true
			return nil
		}},
		{letter: "T", arg: "keyword", values: slices.Sorted(maps.Keys(tosNames)), doc: "Type of service: lowdelay, ef, af11, cs0, or a number", set: setTOS},
		{letter: "t", doc: "Answer telnet negotiation", set: on(func(o *options) *bool { return &o.telnet })},
		{letter: "U", doc: "Use unix sockets", set: setUnix},
		{letter: "u", note: "With -v and without -z, sosh sends no probe datagrams.", doc: "Use UDP, or unix datagrams", set: on(func(o *options) *bool { return &o.udp })},
		{letter: "V", arg: "rtable", note: "Refused, as by nc.openbsd on Linux.", doc: "Use another routing table", set: func(o *options, _ string) error {
			return errors.New("no alternate routing table support available")
		}},
		{letter: "v", doc: "Report what happens", set: count},
		{letter: "W", arg: "count", doc: "Exit after receiving this many packets", set: func(o *options, v string) (err error) {
			o.receiveLimit, err = bounded("receive limit", v, 1, math.MaxInt32)
			return err
		}},
		{letter: "w", arg: "timeout", note: "With 0, connecting has no limit, and nc exits once the input is sent, or after 0.25 s without input.", doc: "Time limit for connecting, and for being idle, in seconds", set: setWait},
		{letter: "X", arg: "protocol", values: []string{"4", "5", "connect"}, doc: "Protocol of the proxy: 4, 5 or connect", set: setProxyProtocol},
		{letter: "x", arg: "address[:port]", empty: true, doc: "Connect through this proxy", set: func(o *options, v string) error {
			o.proxies = append(o.proxies, v)
			return nil
		}},
		{letter: "Z", note: "Refused: Linux 6.16 removed DCCP.", doc: "Use DCCP", set: on(func(o *options) *bool { return &o.dccp })},
		{letter: "z", note: "Tries many ports at once; see --parallel.", doc: "Only report whether a port can be connected to", set: on(func(o *options) *bool { return &o.scan })},
		{long: "help", doc: "Explain the flags on one screen", hidden: true, set: helpScreen},
	}, beyond()...)
})

// bounded reads a number as strtonum(3) does, with its words.
func bounded(what, v string, low, high int64) (int, error) {
	n, err := strconv.ParseInt(strings.TrimLeft(v, " \t"), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) && strings.HasPrefix(v, "-"), err == nil && n < low:
		return 0, fmt.Errorf("%s too small: %s", what, v)
	case errors.Is(err, strconv.ErrRange), err == nil && n > high:
		return 0, fmt.Errorf("%s too large: %s", what, v)
	case err != nil:
		return 0, fmt.Errorf("%s invalid: %s", what, v)
	}
	return int(n), nil
}

// setFamily is the setter of -4 and -6, of which the last counts.
func setFamily(n int) func(*options, string) error {
	return func(o *options, _ string) error {
		o.ipv4, o.ipv6 = n == 4, n == 6
		return nil
	}
}

// setOnlyFamily is setFamily in nc, where -U is a family too.
func setOnlyFamily(n int) func(*options, string) error {
	return func(o *options, v string) error {
		o.unix = false
		return setFamily(n)(o, v)
	}
}

// setUnix is the setter of nc's -U.
func setUnix(o *options, _ string) error {
	o.unix, o.ipv4, o.ipv6 = true, false, false
	return nil
}

func seconds(what string, field func(*options) *time.Duration) func(*options, string) error {
	return func(o *options, v string) error {
		n, err := bounded(what, v, 0, math.MaxInt32)
		*field(o) = time.Duration(n) * time.Second
		return err
	}
}

// setWait sets both of what -w means to OpenBSD. A time of 0 is no limit for the
// connection, and leaves as soon as nothing moves.
func setWait(o *options, v string) error {
	n, err := bounded("timeout", v, 0, math.MaxInt32/1000)
	o.leaveAtOnce = n == 0
	o.connectTimeout = time.Duration(n) * time.Second
	o.idleTimeout = o.connectTimeout
	return err
}

func setQuit(o *options, v string) error {
	n, err := bounded("quit timer", v, math.MinInt32, math.MaxInt32)
	if err != nil {
		return err
	}
	o.quit = time.Duration(n) * time.Second
	o.halfClose = o.halfClose || n >= 0
	return nil
}

func sockoptSwitch(name string) func(*options, string) error {
	return func(o *options, _ string) error {
		o.sockopts = append(o.sockopts, sockopt{name: name, value: "1"})
		return nil
	}
}

func sockoptNumber(name, what, refused string, low, high int64) func(*options, string) error {
	return func(o *options, v string) error {
		n, err := bounded(what, v, low, high)
		if err != nil {
			if what == "ttl" || what == "minttl" {
				// The words that nc has of its own for these two.
				text, _, _ := strings.Cut(err.Error(), ":")
				err = errors.New(strings.Replace(text, " ", " is ", 1))
			}
			return err
		}
		o.sockopts = append(o.sockopts, sockopt{name: name, value: strconv.Itoa(n), refused: refused})
		return nil
	}
}

// tosNames are the keywords of -T, by the value of the field (RFC 1349, RFC
// 2474, RFC 2597, RFC 3246).
var tosNames = map[string]int{
	"af11": 0x28, "af12": 0x30, "af13": 0x38, "af21": 0x48, "af22": 0x50, "af23": 0x58,
	"af31": 0x68, "af32": 0x70, "af33": 0x78, "af41": 0x88, "af42": 0x90, "af43": 0x98,
	"critical": 0xa0, "cs0": 0x00, "cs1": 0x20, "cs2": 0x40, "cs3": 0x60, "cs4": 0x80,
	"cs5": 0xa0, "cs6": 0xc0, "cs7": 0xe0, "ef": 0xb8, "inetcontrol": 0xc0,
	"lowcost": 0x02, "lowdelay": 0x10, "netcontrol": 0xe0, "reliability": 0x04, "throughput": 0x08,
}

func setTOS(o *options, v string) error {
	n, ok := tosNames[v]
	if !ok {
		u, err := strconv.ParseUint(v, 0, 8)
		if err != nil {
			return fmt.Errorf("illegal tos value %s", v)
		}
		n = int(u)
	}
	o.sockopts = append(o.sockopts, sockopt{name: "tos", value: strconv.Itoa(n), refused: "set IP ToS"})
	return nil
}

func setProxyProtocol(o *options, v string) error {
	switch strings.ToLower(v) {
	case "4":
		o.proxyType = "socks4"
	case "5":
		o.proxyType = "socks5"
	case "connect":
		o.proxyType = "http"
	default:
		return errors.New("unsupported proxy protocol")
	}
	return nil
}
