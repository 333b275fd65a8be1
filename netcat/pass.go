package netcat

import (
	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// passDescriptor passes the connection to the reader of standard output, a unix socket, by
// SCM_RIGHTS (unix(7)) with one byte of data. It makes the socket blocking, as the receiver
// expects.
func (n *netcat) passDescriptor(h *sockets.Handle) error {
	raw, err := h.SyscallConn()
	if err != nil {
		return err
	}
	cerr := raw.Control(func(fd uintptr) {
		// The flag belongs to the socket, not to the descriptor. This process does not
		// use the socket any more.
		if err = unix.SetNonblock(int(fd), false); err == nil {
			err = unix.Sendmsg(1, []byte{0}, unix.UnixRights(int(fd)), nil, 0)
		}
	})
	if cerr != nil {
		return cerr
	}
	if err != nil {
		return &failure{status: 1, text: n.dialect.prefix + ": sendmsg: " + causeOf(err)}
	}
	return nil
}
