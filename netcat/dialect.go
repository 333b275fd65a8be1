package netcat

import (
	"io"
	"path/filepath"

	"sosh/internal/show"
	"sosh/sockets"
	"sosh/sockets/proxy"
	"sosh/sockets/tlsconf"
)

// A Dialect is a netcat whose command line, messages and exit statuses this package
// provides.
type Dialect int

// The dialects.
const (
	OpenBSD Dialect = iota // nc(1) as Debian has it
	Ncat                   // ncat(1) of nmap
)

// DialectOf returns the dialect for the name of a program: a path or a link. ok is false
// if the name belongs to no dialect.
func DialectOf(name string) (d Dialect, ok bool) {
	switch filepath.Base(name) {
	case "nc", "netcat", "nc.openbsd":
		return OpenBSD, true
	case "ncat":
		return Ncat, true
	}
	return 0, false
}

// A dialect has everything that differs between the dialects. The rest of the package
// asks the dialect, and never which one it is.
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

// A policy lists how the dialects behave differently.
type policy struct {
	// anyHosts are the addresses to listen on if neither an address nor a family is
	// given.
	anyHosts []string
	// unlinkStale removes the path of a unix socket before bind.
	unlinkStale bool
	// shareAddress lets another listener have the same address.
	shareAddress bool
	// concurrent: with -k, clients are served concurrently; without -k, the listener
	// is closed when the first client is accepted.
	concurrent bool
	// leavesDatagrams: a datagram client exits after the end of its input, when the
	// time for the answer is over.
	leavesDatagrams bool
	// stripsTelnet: -t also removes telnet commands from the output.
	stripsTelnet bool
	// datagram is the maximum number of input bytes in one datagram.
	datagram int
	// proxyProtocol is the default type of a proxy. resolvesSOCKS4: a SOCKS4 proxy never
	// gets a host name, since names are resolved locally.
	proxyProtocol  proxy.Protocol
	resolvesSOCKS4 bool
	probe          probe
}

// A probe says how to find out whether a datagram port is open: by datagrams that cause
// an ICMP error if it is closed.
type probe struct {
	datagram    string
	times       int
	verboseOnly bool // send nothing without -v, since nothing would be reported
	timed       bool // -w limits the wait for an answer
}

// commandLine is how a dialect's command line is read.
type commandLine interface {
	// parse reads the command line; the error ends the run.
	parse(args []string) (*options, error)
	help(w io.Writer)
	version()
}

// messages are the messages of a dialect, and the exit statuses that belong to them.
// Methods that return an error return a failure.
type messages interface {
	// status reports the end of the run, and returns the exit status.
	status(err error) int

	unresolved(host, port string, err error) error
	connected(host, port string, h *sockets.Handle)
	connectFailed(a target, err error) error
	// probed reports the result of a probe; the answer may be empty. It returns nil if
	// the port counts as open.
	probed(h *sockets.Handle, answer []byte, err error) error
	listening(h *sockets.Handle)
	// sourceBound reports the path to which answers for a unix datagram client go, and
	// sourceRemoved its removal.
	sourceBound(h *sockets.Handle)
	sourceRemoved(path string)
	// identity reports the temporary certificate of a listener.
	identity(h *sockets.Handle)
	accepted(peer sockets.Addr)
	refused()      // by --allow or --deny
	full(most int) // the maximum number of connections is reached
	bindFailed(address string, err error) error
	badPort(err error) error
	badService(err error) error // for a local port that is not valid
	badProxyPort(port string, err error) error
	badTLS(err error) error // of the certificate, key, authorities...
	handshakeFailed(peer sockets.Addr, why *tlsconf.Error)
	sourceUnresolved(host string, err error) error
	// sourceMismatch reports a local address whose family is not that of the peer.
	sourceMismatch(host string) error
	// wrong reports a failure that is not of the network.
	wrong(format string, args ...any) error
	unreadable(file string, err error) error
	// sessionEnded returns the failure with which the run ends after a session, or nil
	// to continue.
	sessionEnded(s *session, err error) error

	badProxy(text string) error
	proxyUnresolved(host, port string, err error) error
	proxySays(format show.Trusted, args ...any) // on the way
	proxyRefused(a target, err error) error
	proxyFailed(err *proxy.Error) error
}
