package netcat

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"sosh/internal/show"
	"sosh/internal/signals"
	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// CheckLua, if it is set, returns the error of a Lua script that does not compile. Set it before
// Main, since this package knows no Lua.
var CheckLua func(path string) error

// Main runs netcat with args, on the standard descriptors of the process, and returns
// the exit status. name is the name it was called by, for messages.
func Main(d Dialect, name string, args []string) int {
	openStandard()
	signals.Default()
	n := &netcat{err: standardError{}, table: sockets.NewTable()}
	if d == OpenBSD && speaksNcat(args) {
		d = Ncat
	}
	n.dialect = newDialect(n, d, filepath.Base(name))
	defer n.cleanup.end()
	defer n.table.Close()
	return n.dialect.status(n.run(context.Background(), args))
}

// netcat is one run.
type netcat struct {
	opt     *options
	dialect *dialect
	err     io.Writer
	table   *sockets.Table

	tee     *tee // nil: nothing is logged
	cleanup cleanup

	identity *sockets.Handle // of a listener that speaks TLS: the handle that has the certificate

	known map[string][]netip.Addr // hosts already resolved

	morePorts bool // more ports follow the present one

	over bool // in the last session, the local side ended

	password passphrase

	reserve reserve // descriptors for the programs of connections
}

// A failure ends the run. It has the text for standard error, which may be empty or
// have several lines (without the last newline), and the exit status.
type failure struct {
	status int
	text   string
	err    error // the cause, if the text does not contain it
	final  bool  // a retry would fail in the same way
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
	if n.tee, err = newTee(n); err != nil {
		return err
	}
	defer n.tee.close()
	if err := n.record(); err != nil {
		return err
	}
	if opt.listen {
		return n.listen(ctx)
	}
	return n.connect(ctx)
}

// say writes a message of the dialect to standard error. After a signal that ends the
// process, it writes nothing. Foreign text passes only through here: args are escaped,
// and a line that the terminal would wrap is folded, so that no name from a peer looks
// like a separate line.
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

// sayFailure writes the text of a failure, which may have several lines; foreign text in
// it is already escaped.
func (n *netcat) sayFailure(text string) { n.say("%s", show.Trusted(show.Block(text))) }

// speaksNcat reports whether a command line for nc has a long flag that only ncat has.
// --version does not count: scripts run nc --version to find out whether nc is ncat.
func speaksNcat(args []string) bool {
	for _, a := range args {
		if a == "--" {
			return false
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(a, "--"), "=")
		if len(a) > 2 && strings.HasPrefix(a, "--") && name != "version" && !hasLong(openbsdFlags(), name) && hasLong(ncatFlags(), name) {
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

// openStandard opens missing standard descriptors (0 to 2) on /dev/null. Otherwise the
// first socket would get such a number, and be its own standard input, for example. It
// does the same for a standard input that is open only for writing, as with nohup.
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

// causeOf returns the text of an error's errno, capitalized as by strerror(3).
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
