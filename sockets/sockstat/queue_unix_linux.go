package sockstat

import (
	"encoding/binary"
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// unixAcceptQueue asks the kernel's socket diagnosis about a unix listener,
// as ss(8) does: sock_diag(7), UDIAG_SHOW_RQLEN. For a listener the receive
// queue is the connections that wait, the send queue their limit.
func unixAcceptQueue(fd int) (waiting, limit int, err error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, 0, err
	}
	nl, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return 0, 0, err
	}
	defer unix.Close(nl)
	if err := unix.Sendto(nl, unixDiagRequest(st.Ino), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return 0, 0, err
	}
	buf := make([]byte, 8192)
	n, _, err := unix.Recvfrom(nl, buf, 0)
	if err != nil {
		return 0, 0, err
	}
	return parseUnixDiag(buf[:n])
}

// From linux/sock_diag.h and linux/unix_diag.h.
const (
	sockDiagByFamily  = 20
	udiagShowRqlen    = 0x10
	unixDiagRqlen     = 4
	sizeofUnixDiagMsg = 16
)

// unixDiagRequest is a message of struct nlmsghdr and struct unix_diag_req
// that asks for the queue lengths of the socket with that inode.
func unixDiagRequest(inode uint64) []byte {
	const size = unix.SizeofNlMsghdr + 24
	e := binary.NativeEndian
	b := e.AppendUint32(nil, size)
	b = e.AppendUint16(b, sockDiagByFamily)
	b = e.AppendUint16(b, unix.NLM_F_REQUEST)
	b = e.AppendUint32(b, 1)                  // sequence
	b = e.AppendUint32(b, 0)                  // port: the kernel fills it in
	b = append(b, unix.AF_UNIX, 0, 0, 0)      // family, protocol, padding
	b = e.AppendUint32(b, 0xffffffff)         // states: all
	b = e.AppendUint32(b, uint32(inode))      // which socket
	b = e.AppendUint32(b, udiagShowRqlen)     // what to tell
	b = e.AppendUint64(b, 0xffffffffffffffff) // cookie: none
	return b
}

// parseUnixDiag reads the answer: a struct unix_diag_msg with attributes, or
// an error.
func parseUnixDiag(b []byte) (waiting, limit int, err error) {
	messages, err := syscall.ParseNetlinkMessage(b)
	if err != nil {
		return 0, 0, err
	}
	for _, m := range messages {
		if m.Header.Type == unix.NLMSG_ERROR && len(m.Data) >= 4 {
			if code := int32(binary.NativeEndian.Uint32(m.Data)); code != 0 {
				return 0, 0, unix.Errno(-code)
			}
		}
		if m.Header.Type != sockDiagByFamily || len(m.Data) < sizeofUnixDiagMsg {
			continue
		}
		for attrs := m.Data[sizeofUnixDiagMsg:]; len(attrs) >= unix.SizeofNlAttr; {
			size := int(binary.NativeEndian.Uint16(attrs))
			if size < unix.SizeofNlAttr || size > len(attrs) {
				break
			}
			if binary.NativeEndian.Uint16(attrs[2:]) == unixDiagRqlen && size >= unix.SizeofNlAttr+8 {
				data := attrs[unix.SizeofNlAttr:]
				return int(binary.NativeEndian.Uint32(data)), int(binary.NativeEndian.Uint32(data[4:])), nil
			}
			attrs = attrs[min((size+3)&^3, len(attrs)):]
		}
	}
	return 0, 0, errors.ErrUnsupported
}
