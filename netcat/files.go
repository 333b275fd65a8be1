package netcat

import (
	"crypto/rand"
	"fmt"
	"os"

	"sosh/internal/show"
	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// writePort writes the port of a listener to the file that --port-file names,
// whole: who waits for the file to be there can read it.
func (n *netcat) writePort(h *sockets.Handle) error {
	name := n.opt.portFile
	if name == "" {
		return nil
	}
	// In a directory that others may write to, nobody can have put a link there.
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
			status: statusOf(n.voice.unreadable(name, err)),
			text:   fmt.Sprintf("%s: can't write the port to %s: %s", n.voice.prefix(), show.Quote([]byte(name)), causeOf(err)),
		}
	}
	return nil
}

// openLog opens a file that the session is logged to. What is logged to a file
// of somebody else, who may read it or change it, is not written in silence.
func (n *netcat) openLog(name string) (*os.File, error) {
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	if !n.opt.appendOutput {
		flags |= os.O_TRUNC
	}
	link, lerr := os.Lstat(name)
	f, err := os.OpenFile(name, flags, 0o666)
	if err != nil {
		return nil, &failure{status: 2, text: "open: " + causeOf(err)}
	}
	var st unix.Stat_t
	switch err := unix.Fstat(int(f.Fd()), &st); {
	case err == nil && st.Mode&unix.S_IFMT != unix.S_IFCHR && int(st.Uid) != os.Geteuid():
		n.say("%s: warning: %s belongs to another user (uid %d), who can read and change what is logged.", n.voice.prefix(), show.Quote([]byte(name)), st.Uid)
	case lerr == nil && link.Mode()&os.ModeSymlink != 0 && unix.Lstat(name, &st) == nil && int(st.Uid) != os.Geteuid():
		n.say("%s: warning: %s is a symbolic link that another user made (uid %d).", n.voice.prefix(), show.Quote([]byte(name)), st.Uid)
	}
	return f, nil
}
