// Package netcat is sosh as nc: the command lines of OpenBSD's netcat and of
// nmap's ncat, over the handles of package sockets.
//
// Two tables of flags, [flag] by flag, fill one options struct; what does not go
// together is refused in one place, before any work. Then there is a connection,
// made or accepted, and a session that moves bytes both ways until the network
// ends. What either dialect says, and with which status it leaves, is in its
// dialect, and nowhere else.
//
// The package imports sockets, and nothing of the shell: no Lua, no line
// editing, no colours are set up before the first byte has moved.
//
// A session owns the two goroutines that move its bytes; each has ended when
// the session's run returns. With -k and -e, -k and --broker each connection has
// a session of its own.
package netcat

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"sosh/internal/show"
	"sosh/sockets"
	"sosh/sockets/proxy"

	"golang.org/x/sys/unix"
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

// Main runs netcat with the arguments that follow its name, on the standard
// descriptors of the process, and returns the exit status. name is how it was
// called, for messages.
func Main(d Dialect, name string, args []string) int {
	openStandard()
	defaultSignals()
	n := &netcat{err: standardError{}, table: sockets.NewTable()}
	if d == OpenBSD && speaksNcat(args) {
		d = Ncat
	}
	switch d {
	case Ncat:
		n.dialect = &ncatDialect{n: n, name: filepath.Base(name)}
	default:
		n.dialect = &openbsdDialect{n: n, name: filepath.Base(name)}
	}
	defer n.cleanup.end()
	defer n.table.Close()
	return n.dialect.status(n.run(context.Background(), args))
}

// netcat is one run.
type netcat struct {
	opt     *options
	dialect dialect
	err     io.Writer
	table   *sockets.Table

	tap     *tap // nil: nobody looks
	cleanup cleanup

	identity *sockets.Handle // of a listener that speaks TLS: the handle that has the certificate

	known map[string][]netip.Addr // hosts that need not be resolved again

	morePorts bool // after the one that is connected to

	over bool // this side wants nothing more, as of the last session

	password passphrase

	starved atomic.Int32 // connections that wait for descriptors for their programs
}

// dialect is one of them: how its command line is read, what it says, and how it
// leaves.
type dialect interface {
	// parse reads the command line; the error is the end of the run.
	parse(args []string) (*options, error)
	help(w io.Writer)
	version()
	prefix() string // of messages
	// status says what there is to say of the end of the run, and returns the
	// exit status.
	status(err error) int

	unresolved(host, port string, err error) error
	connected(host, port string, h *sockets.Handle)
	connectFailed(a target, err error) error
	// probe finds out whether a port of datagrams is there.
	probe(ctx context.Context, h *sockets.Handle) error
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
	badService(err error) error // of a local port that is none
	badProxyPort(port string, err error) error
	badTLS(err error) error // of the certificate, key, authorities...
	handshakeFailed(peer sockets.Addr, why *sockets.TLSError)
	sourceUnresolved(host string, err error) error
	// sourceMismatch is for a local address of another family than the peer's.
	sourceMismatch(host string) error
	// wrong ends the run for what is no failure of the network.
	wrong(format string, args ...any) error
	unreadable(file string, err error) error

	proxyKind() proxy.Protocol // of a proxy without a type
	resolvesSOCKS4() bool
	badProxy(text string) error
	proxyUnresolved(host, port string, err error) error
	proxySays(format show.Trusted, args ...any) // on the way
	proxyRefused(a target, err error) error
	proxyFailed(err *proxy.Error) error

	// anyHosts are the addresses to listen on where none is given.
	anyHosts() []string
	// unlinkStale removes a unix socket's path before bind, where that is done.
	unlinkStale(path string)
	// shareAddress lets another listener have the same address, where that is
	// done.
	shareAddress(h *sockets.Handle)
	// concurrent reports whether -k serves clients at once, and whether without
	// it the listener is closed for the first.
	concurrent() bool
	// leavesDatagrams reports whether the end of input ends a client of
	// datagrams, once the answer has had its time.
	leavesDatagrams() bool
	// sessionEnded is what the end of a session is to the run: nil, or what to
	// leave with.
	sessionEnded(s *session, err error) error
	// stripsTelnet reports whether -t takes telnet's commands out of what is
	// written, beside answering them.
	stripsTelnet() bool
	// datagram is how many bytes of input go into one datagram at most.
	datagram() int
}

// A failure ends the run: what is said on standard error, a line or more
// without the last newline, or nothing; and the exit status.
type failure struct {
	status int
	text   string
	err    error // why, where there is more to know than the text
	final  bool  // another time would do no better
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.err }

func (n *netcat) run(ctx context.Context, args []string) error {
	if err := checkLimits(); err != nil {
		return n.dialect.wrong("%v.", err)
	}
	opt, err := n.dialect.parse(args)
	if err != nil {
		return err
	}
	n.opt = opt
	switch {
	case opt.help:
		n.dialect.help(os.Stdout)
		return nil
	case opt.version:
		n.dialect.version()
		return nil
	}
	if n.tap, err = newTap(n); err != nil {
		return err
	}
	defer n.tap.close()
	if opt.listen {
		return n.listen(ctx)
	}
	return n.connect(ctx)
}

// say writes a line of the dialect's to standard error.
// A process that a signal is ending has nothing to say of how its sessions end.
// It is the gate for what is foreign: args are escaped, and a line that a terminal
// would wrap is folded, so that no name of a peer looks like a line of its own.
func (n *netcat) say(format show.Trusted, args ...any) {
	if n.cleanup.dying.Load() {
		return
	}
	columns := 0
	if _, ok := n.err.(standardError); ok {
		columns = show.Columns(os.Stderr)
	}
	io.WriteString(n.err, string(show.Fold(show.Sprintf(format, args...)+"\n", columns)))
}

// sayFailure says a text that may be several lines of ours, with words in them that
// are escaped already.
func (n *netcat) sayFailure(text string) { n.say("%s", show.Trusted(show.Block(text))) }

// speaksNcat reports whether a command line for nc has a long flag that ncat
// alone knows. --version is not such a flag: scripts ask nc for it to find out
// whether it is ncat.
func speaksNcat(args []string) bool {
	for _, a := range args {
		if a == "--" {
			return false
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(a, "--"), "=")
		if len(a) > 2 && strings.HasPrefix(a, "--") && name != "version" && !hasLong(openbsdFlags, name) && hasLong(ncatFlags, name) {
			return true
		}
	}
	return false
}

func hasLong(table []flag, name string) bool {
	for _, f := range table {
		if f.long == name {
			return true
		}
	}
	return false
}

// openStandard opens what is missing of the descriptors 0 to 2 on /dev/null:
// else the first socket would be one of them, and its own standard input. The
// same is done with a standard input that is open for writing alone, as nohup
// leaves it.
func openStandard() {
	for fd := 0; fd <= 2; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if err != unix.EBADF && !(fd == 0 && err == nil && flags&unix.O_ACCMODE == unix.O_WRONLY) {
			continue
		}
		if got, err := unix.Open(os.DevNull, unix.O_RDWR, 0); err == nil && got != fd {
			unix.Dup2(got, fd)
			unix.Close(got)
		}
	}
}

// causeOf is the errno's own text of an error, as strerror(3) has it: with a
// capital.
func causeOf(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return capital(errno.Error())
	}
	var e *sockets.Error
	if errors.As(err, &e) {
		if t := tlsFailure(err); t != nil {
			return capital(foreign(t.Reason))
		}
		return capital(foreign(e.Err.Error()))
	}
	return foreign(err.Error())
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
