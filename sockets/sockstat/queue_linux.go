package sockstat

import (
	"encoding/binary"
	"errors"

	"sosh/sockets/sockopt"

	"golang.org/x/sys/unix"
)

// RecvQueue gives the bytes that have come and that nobody has read: SIOCINQ
// of tcp(7), udp(7) and unix(7). Of a UDP or unixgram socket it is the size
// of the next datagram alone. A listener has none: EINVAL.
func RecvQueue(fd int) (int, error) {
	n, err := unix.IoctlGetUint32(fd, unix.SIOCINQ)
	return int(n), err
}

// SendQueue gives the bytes sent that the peer has not acknowledged, those
// not sent yet included: SIOCOUTQ of tcp(7). Of other sockets it is the
// memory that waiting data takes, more than its bytes. A listener has none:
// EINVAL.
func SendQueue(fd int) (int, error) {
	n, err := unix.IoctlGetUint32(fd, unix.SIOCOUTQ)
	return int(n), err
}

// AcceptQueue gives the connections that wait on a listener to be accepted,
// and how many the kernel lets wait: the backlog of listen, cut to
// net.core.somaxconn. The kernel takes one more than the limit. Of a TCP
// listener it is in TCP_INFO, of a unix one only netlink tells. The error of
// a socket that does not listen is EINVAL.
func AcceptQueue(fd int) (waiting, limit int, err error) {
	if listening, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err != nil {
		return 0, 0, err
	} else if listening == 0 {
		return 0, 0, unix.EINVAL
	}
	t, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	switch {
	case errors.Is(err, unix.EOPNOTSUPP):
		return unixAcceptQueue(fd)
	case err != nil:
		return 0, 0, err
	case t.State != tcpListen:
		return 0, 0, unix.EINVAL
	}
	return int(t.Unacked), int(t.Sacked), nil
}

// EnableDropCount asks for the number of datagrams that the kernel dropped
// for want of room, as a control message with each receive from the first
// drop on: SO_RXQ_OVFL of socket(7).
func EnableDropCount(fd int) error {
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
}

// DropCount finds that number in the control messages of a receive: how many
// were dropped since the socket was made. It is false when none says.
func DropCount(oob []byte) (uint32, bool) {
	if len(oob) == 0 {
		return 0, false
	}
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return 0, false
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_RXQ_OVFL && len(m.Data) >= 4 {
			return binary.NativeEndian.Uint32(m.Data), true
		}
	}
	return 0, false
}

// Drops gives the number of datagrams dropped for want of room since
// the socket was made, at any time and without a receive: SO_MEMINFO, whose
// ninth number it is (SK_MEMINFO_DROPS of linux/sock_diag.h).
func Drops(fd int) (uint32, error) {
	const drops = 8
	b, err := sockopt.GetRawBytes(fd, unix.SOL_SOCKET, unix.SO_MEMINFO, 4*(drops+1))
	if err != nil {
		return 0, err
	}
	if len(b) < 4*(drops+1) {
		return 0, errors.ErrUnsupported
	}
	return binary.NativeEndian.Uint32(b[4*drops:]), nil
}
