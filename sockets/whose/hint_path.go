package whose

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sosh/internal/procnet"
	"sosh/internal/show"
)

// onPath returns the first socket that is bound to the path or the abstract name, of any process.
func onPath(q *question) (*End, error) {
	for _, s := range ownSockets(q.table, "unix", "unixgram", "unixpacket") {
		if s.Path == q.Target.Path && (s.Listening() || s.State == procnet.Bound) {
			return &End{Socket: s, Handle: byInode(q.table)[s.Inode]}, nil
		}
	}
	list, err := procnet.Sockets(q.ctx, procnet.Query{Networks: []string{"unix"}})
	if err != nil {
		return nil, err
	}
	var found *procnet.Socket
	for i := range list {
		// The accepted connections of a listener have its path too.
		if s := &list[i]; samePath(s, q.Target.Path) && (found == nil || found.State != procnet.Listen) {
			found = s
		}
	}
	if found == nil {
		return nil, nil
	}
	return &ends(q.ctx, q.table, []procnet.Socket{*found}, true)[0], nil
}

// pathInUse is the hint for EADDRINUSE of a path: who has it, or that nobody does.
func pathInUse(q *question) string {
	path := q.Target.Path
	if !strings.HasPrefix(path, "@") {
		if st, err := os.Lstat(path); err == nil && st.Mode()&os.ModeSocket == 0 {
			return show.Name(path) + " is " + fileText(st) + ", not a socket; bind does not replace it"
		}
	}
	e, err := onPath(q)
	switch {
	case err != nil:
		return ""
	case e == nil && strings.HasPrefix(path, "@"):
		return ""
	case e == nil:
		return "no socket is bound to it: a program that has ended left it behind; !rm " + show.Name(path) + " removes it"
	}
	return holdsPath(e)
}

func holdsPath(e *End) string {
	if e.State == procnet.Listen {
		return fmt.Sprintf("%s listens on it", e.Holder())
	}
	return fmt.Sprintf("%s is bound to it", e.Holder())
}

func fileText(st os.FileInfo) string {
	switch {
	case st.IsDir():
		return "a directory"
	case st.Mode()&os.ModeSymlink != 0:
		return "a symbolic link"
	case st.Mode().IsRegular():
		return "a file"
	}
	return "a special file"
}

// pathRefused is the hint for ECONNREFUSED of a path: it is left over, or its owner does not
// listen.
func pathRefused(q *question) string {
	path := q.Target.Path
	if st, err := os.Stat(path); err == nil && st.Mode()&os.ModeSocket == 0 {
		return show.Name(path) + " is " + fileText(st) + ", not a socket"
	}
	e, err := onPath(q)
	switch {
	case err != nil:
		return ""
	case e == nil && strings.HasPrefix(path, "@"):
		return "no socket of this network namespace has that name"
	case e == nil:
		return "nothing listens there: a program that has ended left " + show.Name(filepath.Base(path)) + " behind"
	case e.Handle != "" && e.State != procnet.Listen && e.Network != "unixgram":
		return fmt.Sprintf("%s is bound to it, but does not listen: listen %s", e.Handle, e.Handle)
	case e.State != procnet.Listen && e.Network != "unixgram":
		return e.Holder() + " is bound to it, but does not listen"
	}
	return "nothing had it when it was tried; now " + holdsPath(e)
}
