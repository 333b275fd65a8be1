package netcat

import (
	"crypto/rand"
	"fmt"
	"os"

	"sosh/internal/owner"
	"sosh/internal/show"
	"sosh/sockets"
)

// writePort writes the port of a listener to the file of --port-file. The file appears with
// its complete content, so that a program can wait for it.
func (n *netcat) writePort(h *sockets.Handle) error {
	name := n.opt.portFile
	if name == "" {
		return nil
	}
	// A random name, so that in a directory writable by others nobody can have put a
	// link there.
	tmp := name + "." + rand.Text()
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err == nil {
		_, err = fmt.Fprintf(f, "%d\n", h.LocalAddr().Port())
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err == nil {
			err = os.Rename(tmp, name)
		}
		if err != nil {
			os.Remove(tmp)
		}
	}
	if err != nil {
		return &failure{
			status: statusOf(n.dialect.unreadable(name, err)),
			text:   fmt.Sprintf("%s: can't write the port to %s: %s", n.dialect.prefix, show.Quote([]byte(name)), causeOf(err)),
		}
	}
	return nil
}

// openLog opens a log file of the session. If the file belongs to another user, who can read
// or change it, it prints a warning.
func (n *netcat) openLog(name string) (*os.File, error) {
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	if !n.opt.appendOutput {
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(name, flags, 0o666)
	if err != nil {
		return nil, &failure{status: 2, text: "open: " + causeOf(err)}
	}
	if stranger := owner.Stranger(f, name); stranger != "" {
		n.say("%s: warning: %s %s.", n.dialect.prefix, show.Quote([]byte(name)), stranger)
	}
	return f, nil
}
