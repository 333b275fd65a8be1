package netcat

import "time"

// options are the settings made by the flags of either dialect. The dialect's table says
// which of them it has; their meaning is the same in both.
type options struct {
	host       string   // to connect to, or to listen on
	ports      []string // as given: numbers, names of services, ranges
	sourcePort string
	source     string // the local address, or for a unix datagram socket the local path
	// sourceGiven: OpenBSD's nc was given -s. An empty argument is an address that
	// can't be resolved.
	sourceGiven bool

	zeroPort            bool // port 0 may be connected to
	listen, keepOpen    bool
	ipv4, ipv6          bool
	udp, unix           bool
	vsock, sctp, dccp   bool
	noDNS               bool
	verbose             int
	scan                bool // -z: only report whether a port can be connected to
	parallel            int  // number of ports scanned at once
	random              bool // ports in random order
	passDescriptor      bool
	halfClose           bool          // send a FIN at the end of standard input
	stayHalfOpen        bool          // keep sending after the peer's FIN
	patient             bool          // input may pause for longer after the peer's FIN
	finAtOnce           bool          // there is no input: send the FIN at once
	leaveAtOnce         bool          // -w 0: do not wait
	quit                time.Duration // exit this long after the end of standard input; negative: never
	stayAtEnd           bool          // do not exit at the end of standard input, whatever the dialect does
	connectTimeout      time.Duration // 0 is none
	idleTimeout         time.Duration // 0 is none
	interval            time.Duration // wait between lines, and between ports
	receiveLimit        int           // maximum number of pieces to receive; 0: no limit
	sendOnly, recvOnly  bool
	crlf, telnet        bool
	test                bool // report on standard error when the listener is bound
	maxConns            int  // concurrent clients; -1: not given
	broker, chat        bool
	exec, shell, lua    string
	allow, deny         []string
	allowFile, denyFile string
	output, hexDump     string // files to log the session to
	appendOutput        bool
	dump                bool // show both directions as a hexdump on standard error
	reconnect           bool
	portFile            string
	record              string
	sourceRoute         []string
	sourceRoutePointer  int
	proxies             []string // each is reached through the one before it
	proxyType           string
	proxyAuth           *string // nil: not given; may be empty
	proxyUser           string
	proxyDNS            string

	tls           bool
	tlsCert       string
	tlsKey        string
	tlsVerify     bool
	tlsTrust      string
	tlsCiphers    []string // nil: the default suites
	tlsServerName string
	tlsALPN       string

	// Socket options, by their names in package sockets.
	sockopts []sockopt

	help, version bool
	screen        bool // --help was given
}

// sockopt is a socket option to set before bind or connect.
type sockopt struct {
	name, value string
	refused     string // message if the system refuses the option, which ends the run; "": a refusal is ignored
}

// defaults are the options before any flag.
func defaults() *options {
	return &options{quit: -1, parallel: 128, maxConns: -1, proxyDNS: "remote", sourceRoutePointer: 4}
}

// plain reports whether the bytes of the session need no changes, so that the kernel can
// move them.
func (o *options) plain() bool {
	return !o.crlf && !o.telnet && o.interval == 0 && !o.dump && o.output == "" && o.hexDump == "" && o.record == "" && o.receiveLimit == 0
}
