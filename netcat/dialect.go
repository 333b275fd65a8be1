package netcat

import (
	"io"
	"path/filepath"

	"sosh/internal/show"
	"sosh/sockets"
	"sosh/sockets/proxy"
	"sosh/sockets/tlsconf"
)

// A Dialect is one of the netcats whose command line, words and exit status
// are spoken here.
type Dialect int

// The dialects.
const (
	OpenBSD Dialect = iota // nc(1) as Debian has it
	Ncat                   // ncat(1) of nmap
)

// DialectOf returns the dialect that goes with the name that a program was
// started by, a path or a link; ok is false if it is none of theirs.
func DialectOf(name string) (d Dialect, ok bool) {
	switch filepath.Base(name) {
	case "nc", "netcat", "nc.openbsd":
		return OpenBSD, true
	case "ncat":
		return Ncat, true
	}
	return 0, false
}

// A dialect is all that differs from one Dialect to another. The rest of the
// package asks it, and not which one it is.
type dialect struct {
	prefix string // of messages
	policy
	commandLine
	messages
}

// newDialect returns the dialect of a run. name is how the program was called.
func newDialect(n *netcat, d Dialect, name string) *dialect {
	if d == Ncat {
		own := &ncatDialect{n: n, name: name}
		return &dialect{"Ncat", ncatPolicy, own, own}
	}
	own := &openbsdDialect{n: n, name: name}
	return &dialect{name, openbsdPolicy, own, own}
}

// A policy is what a dialect does otherwise than the other.
type policy struct {
	// anyHosts are the addresses to listen on where neither an address nor a family
	// is given.
	anyHosts []string
	// unlinkStale removes the path of a unix socket before bind.
	unlinkStale bool
	// shareAddress lets another listener have the same address.
	shareAddress bool
	// concurrent has -k serve clients at once; without -k the listener is then
	// closed for the first client.
	concurrent bool
	// leavesDatagrams has the end of input end a client of datagrams, once the
	// answer has had its time.
	leavesDatagrams bool
	// stripsTelnet has -t take telnet's commands out of what is written, beside
	// answering them.
	stripsTelnet bool
	// datagram is how many bytes of input go into one datagram at most.
	datagram int
	// proxyProtocol is that of a proxy without a type, and resolvesSOCKS4 says that
	// the name of the host never goes to one of SOCKS4.
	proxyProtocol  proxy.Protocol
	resolvesSOCKS4 bool
	probe          probe
}

// A probe is how a port of datagrams is found out to be there: by datagrams that
// bring an ICMP error back if it is not.
type probe struct {
	datagram    string
	times       int
	verboseOnly bool // without -v nothing is sent, since nothing would be said
	timed       bool // -w says how long the port has to answer
}

// commandLine is how a dialect's command line is read.
type commandLine interface {
	// parse reads the command line; the error ends the run.
	parse(args []string) (*options, error)
	help(w io.Writer)
	version()
}

// messages are what a dialect says, and the exit statuses that go with it. Those
// that return an error return a failure.
type messages interface {
	// status says what there is to say of the end of the run, and returns the exit
	// status.
	status(err error) int

	unresolved(host, port string, err error) error
	connected(host, port string, h *sockets.Handle)
	connectFailed(a target, err error) error
	// probed is for the answer to a probe, which may be empty. It returns nil if the
	// port is taken to be there.
	probed(h *sockets.Handle, answer []byte, err error) error
	listening(h *sockets.Handle)
	// sourceBound tells of the path that a datagram client is answered at, and
	// sourceRemoved that it is gone.
	sourceBound(h *sockets.Handle)
	sourceRemoved(path string)
	// identity tells of the certificate of a listener that made it for itself.
	identity(h *sockets.Handle)
	accepted(peer sockets.Addr)
	refused()      // by --allow or --deny
	full(most int) // there are as many connections as may be
	bindFailed(address string, err error) error
	badPort(err error) error
	badService(err error) error // for a local port that is not valid
	badProxyPort(port string, err error) error
	badTLS(err error) error // of the certificate, key, authorities...
	handshakeFailed(peer sockets.Addr, why *tlsconf.Error)
	sourceUnresolved(host string, err error) error
	// sourceMismatch is for a local address of another family than the peer's.
	sourceMismatch(host string) error
	// wrong is for what is not a failure of the network.
	wrong(format string, args ...any) error
	unreadable(file string, err error) error
	// sessionEnded is what the end of a session is to the run: nil, or what to
	// leave with.
	sessionEnded(s *session, err error) error

	badProxy(text string) error
	proxyUnresolved(host, port string, err error) error
	proxySays(format show.Trusted, args ...any) // on the way
	proxyRefused(a target, err error) error
	proxyFailed(err *proxy.Error) error
}
