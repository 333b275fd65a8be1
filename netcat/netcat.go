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
	"sosh/internal/signals"
	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// Main runs netcat with the arguments that follow its name, on the standard
// descriptors of the process, and returns the exit status. name is how it was
// called, for messages.
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

	known map[string][]netip.Addr // hosts that need not be resolved again

	morePorts bool // after the one that is connected to

	over bool // this side wants nothing more, as of the last session

	password passphrase

	starved atomic.Int32 // connections that wait for descriptors for their programs
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
	if n.tee, err = newTee(n); err != nil {
		return err
	}
	defer n.tee.close()
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
