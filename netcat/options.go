package netcat

import "time"

// options are what either dialect's flags ask for. Which of them a dialect has
// is for its table to say; what they mean is the same in both.
type options struct {
	host       string   // where to, or which address to listen on
	ports      []string // as they were given: numbers, names of services, ranges
	sourcePort string
	source     string // the address, or for a unix datagram socket the path, to send from
	// sourceGiven says that there was a -s, of OpenBSD's nc: an empty one is an
	// address that can't be resolved.
	sourceGiven bool

	zeroPort            bool // port 0 may be connected to
	listen, keepOpen    bool
	ipv4, ipv6          bool
	udp, unix           bool
	vsock, sctp, dccp   bool
	noDNS               bool
	verbose             int
	scan                bool // -z: say whether there is a connection, and no more
	parallel            int  // how many ports are scanned at once
	random              bool // ports in no order
	passDescriptor      bool
	halfClose           bool          // the end of standard input becomes a FIN
	stayHalfOpen        bool          // the network's end is not yet the end of what is sent
	patient             bool          // input may pause for longer once the network has ended
	finAtOnce           bool          // there is no input, so the FIN is sent at once
	leaveAtOnce         bool          // nothing is waited for: -w 0
	quit                time.Duration // after the end of standard input; none if negative
	stayAtEnd           bool          // the end of standard input ends nothing, whatever the dialect does
	connectTimeout      time.Duration // 0 is none
	idleTimeout         time.Duration // 0 is none
	interval            time.Duration // between lines, and between ports
	receiveLimit        int           // how many pieces are received at most; 0 is any number
	sendOnly, recvOnly  bool
	crlf, telnet        bool
	test                bool // tell on standard error when the listener is bound
	maxConns            int  // at once; -1 is not given
	broker, chat        bool
	exec, shell, lua    string
	allow, deny         []string
	allowFile, denyFile string
	output, hexDump     string // files that the session is logged to
	appendOutput        bool
	dump                bool // both directions, as a hexdump on standard error
	reconnect           bool
	portFile            string
	sourceRoute         []string
	sourceRoutePointer  int
	proxies             []string // each through the one before it
	proxyType           string
	proxyAuth           *string // nil: none; what is empty was given
	proxyUser           string
	proxyDNS            string

	tls           bool
	tlsCert       string
	tlsKey        string
	tlsVerify     bool
	tlsTrust      string
	tlsCiphers    []string // nil for the usual ones
	tlsServerName string
	tlsALPN       string

	// Options of the socket, by the names that sockets has them under.
	sockopts []sockopt

	help, version bool
	screen        bool // help is wanted as a text of one screen
}

// sockopt is a socket option to set before bind or connect.
type sockopt struct {
	name, value string
	refused     string // what is said of a refusal, which ends the run; "" where none does
}

// defaults are the options before any flag.
func defaults() *options {
	return &options{quit: -1, parallel: 128, maxConns: -1, proxyDNS: "remote", sourceRoutePointer: 4}
}

// plain reports whether the bytes of the session are moved as they are, so that
// the kernel may do it.
func (o *options) plain() bool {
	return !o.crlf && !o.telnet && o.interval == 0 && !o.dump && o.output == "" && o.hexDump == "" && o.receiveLimit == 0
}
