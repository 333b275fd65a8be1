package netcat

import (
	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// passDescriptor hands the connection to who reads standard output, a unix
// socket, by SCM_RIGHTS (unix(7)) with one byte of data. It is blocking then, as
// who gets it expects.
func (n *netcat) passDescriptor(h *sockets.Handle) error {
	raw, err := h.SyscallConn()
	if err != nil {
		return err
	}
	cerr := raw.Control(func(fd uintptr) {
		// The flag is the socket's, not the descriptor's; here nobody reads it
		// any more.
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
