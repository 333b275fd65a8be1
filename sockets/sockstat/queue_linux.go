package sockstat

import (
	"encoding/binary"
	"errors"

	"sosh/sockets/sockopt"

	"golang.org/x/sys/unix"
)

// RecvQueue returns how many received bytes nobody has read: SIOCINQ of tcp(7), udp(7)
// and unix(7). Of a UDP or unixgram socket it is the size of the next datagram. A
// listener has no such queue: EINVAL.
func RecvQueue(fd int) (int, error) {
	n, err := unix.IoctlGetUint32(fd, unix.SIOCINQ)
	return int(n), err
}

// SendQueue returns how many bytes were sent and not acknowledged by the peer, including
// those that are still to go out: SIOCOUTQ of tcp(7). Of other sockets it is the memory
// of the waiting data, which is more than its bytes. A listener has no such queue:
// EINVAL.
func SendQueue(fd int) (int, error) {
	n, err := unix.IoctlGetUint32(fd, unix.SIOCOUTQ)
	return int(n), err
}

// AcceptQueue returns how many connections wait on a listener to be accepted, and how
// many the kernel lets wait: the backlog of listen, but at most net.core.somaxconn. The
// kernel accepts one more than the limit. For a TCP listener the numbers are in
// TCP_INFO, for a unix listener netlink has them. If the socket does not listen, the
// error is EINVAL.
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

// EnableDropCount makes each receive report how many datagrams the kernel has dropped
// from a full buffer, as a control message, once there are any: SO_RXQ_OVFL of
// socket(7).
func EnableDropCount(fd int) error {
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
}

// DropCount returns that number from the control messages of a receive: how many were
// dropped since the socket was made. ok is false if there is none.
func DropCount(oob []byte) (n uint32, ok bool) {
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

// Drops returns how many datagrams were dropped from a full buffer since the socket was
// made, without a receive: the ninth number of SO_MEMINFO (SK_MEMINFO_DROPS of
// linux/sock_diag.h).
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
