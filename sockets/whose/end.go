package whose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"sosh/internal/procnet"
	"sosh/internal/show"
	"sosh/sockets"
)

// An End is a socket of this machine, with those that have it.
type End struct {
	procnet.Socket
	Handle    string            // name of the handle of this program, or ""
	Processes []procnet.Process // that have the socket open, in order of PID
	Hidden    bool              // there are processes that could not be examined
}

// Address returns the local address as it is shown: "127.0.0.1:80", "*:80" for every address, a
// path, or "(unnamed)".
func (e *End) Address() string {
	if e.unix() {
		if e.Path == "" {
			return "(unnamed)"
		}
		return show.Name(e.Path)
	}
	return addrText(e.Local, e.V6Only)
}

// addrText shows the address of every IPv4 address as 0.0.0.0, that of every IPv6 address as
// [::], and that of both as *.
func addrText(a netip.AddrPort, v6only bool) string {
	if a.Addr().Is6() && a.Addr().IsUnspecified() && !v6only {
		return fmt.Sprintf("*:%d", a.Port())
	}
	return a.String()
}

// PeerAddress returns the peer's address as it is shown, or "".
func (e *End) PeerAddress() string {
	if !e.Peer.IsValid() {
		return ""
	}
	return e.Peer.String()
}

func (e *End) unix() bool { return strings.HasPrefix(e.Network, "unix") }

// Ours reports whether this process has the socket.
func (e *End) Ours() bool {
	self := os.Getpid()
	return e.Handle != "" || slices.ContainsFunc(e.Processes, func(p procnet.Process) bool { return p.PID == self })
}

// Holder says who has the socket: "srv", "node (pid 812, since 09:14:02)", or what else is known.
func (e *End) Holder() string { return e.holder(" (", ")") }

// holder is Holder with other parentheses around what is known of the process.
func (e *End) holder(open, end string) string {
	switch {
	case e.Handle != "":
		return e.Handle
	case e.Ours():
		return "this program"
	case len(e.Processes) > 0:
		p := e.Processes[0]
		text := fmt.Sprintf("%s%spid %d", show.Name(cmp.Or(p.Name, "?")), open, p.PID)
		if !p.Since.IsZero() {
			text += ", since " + Clock(p.Since)
		}
		if n := len(e.Processes) - 1; n > 0 {
			text += fmt.Sprintf(", and %d more", n)
		}
		return text + end
	case e.Inode == 0:
		return "no process"
	case !e.Hidden:
		return "no process that is visible here" // the kernel itself, or another container
	}
	if user := e.user(); user != "" {
		return "a process of " + user
	}
	return "a process of another user"
}

// user returns who made the socket: "user alice" or "uid 1000"; "" if that is unknown.
func (e *End) user() string {
	if e.UID < 0 {
		return ""
	}
	if name := procnet.UserName(e.UID); name != "" {
		return "user " + show.Name(name)
	}
	return fmt.Sprintf("uid %d", e.UID)
}

// Clock shows a time of today as "09:14:02", and any other with its date.
func Clock(t time.Time) string {
	now := time.Now()
	if t.Year() == now.Year() && t.YearDay() == now.YearDay() {
		return t.Format("15:04:05")
	}
	return t.Format("2006-01-02 15:04")
}

// ends finds out who has the sockets. If first is true, it looks for one process of each only.
func ends(ctx context.Context, table *sockets.Table, list []procnet.Socket, first bool) []End {
	handles := byInode(table)
	out := make([]End, len(list))
	var rest []procnet.Socket
	for i, s := range list {
		out[i] = End{Socket: s, Handle: handles[s.Inode]}
		if !first || out[i].Handle == "" {
			rest = append(rest, s)
		}
	}
	owned, err := procnet.Owners(ctx, rest, first)
	for i := range out {
		out[i].Processes = owned.Of(&out[i].Socket)
		out[i].Hidden = owned.Hidden || err != nil
	}
	return out
}

// byInode returns the names of the open handles by the inodes of their sockets.
func byInode(table *sockets.Table) map[uint64]string {
	names := make(map[uint64]string)
	if table == nil {
		return names
	}
	for _, h := range table.Handles() {
		// The peers of a served datagram handle come after it and share its socket.
		if inode := h.Inode(); inode != 0 && names[inode] == "" {
			names[inode] = h.Name()
		}
	}
	return names
}

// ownSockets returns the sockets of our own handles, where the system does not list any.
func ownSockets(table *sockets.Table, network ...string) []procnet.Socket {
	if table == nil {
		return nil
	}
	var list []procnet.Socket
	for _, h := range table.Handles() {
		s := procnet.Socket{
			Network: h.Network(), Local: h.LocalAddr().IP, Peer: h.PeerAddr().IP,
			Path: h.LocalAddr().Path, State: procnet.Bound, Inode: h.Inode(), UID: os.Getuid(),
		}
		switch {
		case h.Listening():
			s.State = procnet.Listen
		case h.Connected():
			s.State = procnet.Established
		case h.Kind().Datagram():
			s.State = procnet.Closed
		}
		if slices.Contains(network, s.Network) {
			list = append(list, s)
		}
	}
	return list
}

// ErrOnlyOurs says that the system lists no sockets, so that only those of this program are known.
var ErrOnlyOurs = errors.New("this system does not list the sockets of other programs")

// find returns the sockets that q selects. Where the system lists none, it returns those of this
// program, and ErrOnlyOurs.
func find(ctx context.Context, table *sockets.Table, q procnet.Query) ([]procnet.Socket, error) {
	list, err := procnet.Sockets(ctx, q)
	if !errors.Is(err, errors.ErrUnsupported) {
		return list, err
	}
	list = nil
	for _, s := range ownSockets(table, q.Networks...) {
		if (!q.Listeners || s.Listening()) && (q.LocalPort == 0 || s.Local.Port() == q.LocalPort) && (q.PeerPort == 0 || s.Peer.Port() == q.PeerPort) {
			list = append(list, s)
		}
	}
	return list, ErrOnlyOurs
}
