package procnet

import (
	"bytes"
	"context"
	"encoding/binary"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// From linux/sock_diag.h, linux/inet_diag.h and linux/unix_diag.h.
const (
	sockDiagByFamily = 20

	sizeofInetDiagMsg   = 72
	inetDiagReqBytecode = 1
	inetDiagSKV6Only    = 11
	inetDiagBcSGE       = 2
	inetDiagBcSLE       = 3
	inetDiagBcDGE       = 4
	inetDiagBcDLE       = 5

	sizeofUnixDiagMsg = 16
	udiagShow         = 0x01 | 0x02 | 0x04 | 0x10 | 0x40 // NAME, VFS, PEER, RQLEN, UID
	unixDiagName      = 0
	unixDiagVFS       = 1
	unixDiagPeer      = 2
	unixDiagRqlen     = 4
	unixDiagUID       = 7
)

// inetRequest asks for the sockets of a family and protocol that q selects.
func inetRequest(family, protocol uint8, states uint32, q *Query) []byte {
	b := []byte{family, protocol, 0, 0}
	b = binary.NativeEndian.AppendUint32(b, states)
	b = append(b, make([]byte, 48)...) // struct inet_diag_sockid: any
	if code := portFilter(q); code != nil {
		b = appendAttr(b, inetDiagReqBytecode, code)
	}
	return request(sockDiagByFamily, unix.NLM_F_DUMP, b)
}

// portFilter returns a program with which the kernel selects by port, or nil. Each comparison is
// two struct inet_diag_bc_op: the code with its two jumps, and the port. A jump behind the end
// means no.
func portFilter(q *Query) []byte {
	var ops []struct {
		code uint8
		port uint16
	}
	add := func(code uint8, port uint16) {
		ops = append(ops, struct {
			code uint8
			port uint16
		}{code, port})
	}
	if q.LocalPort != 0 {
		add(inetDiagBcSGE, q.LocalPort)
		add(inetDiagBcSLE, q.LocalPort)
	}
	if q.PeerPort != 0 {
		add(inetDiagBcDGE, q.PeerPort)
		add(inetDiagBcDLE, q.PeerPort)
	}
	var b []byte
	for i, op := range ops {
		b = append(b, op.code, 8)
		b = binary.NativeEndian.AppendUint16(b, uint16(8*(len(ops)-i)+4))
		b = append(b, 0, 0)
		b = binary.NativeEndian.AppendUint16(b, op.port)
	}
	return b
}

// parseInetDiag parses a struct inet_diag_msg and its attributes.
func parseInetDiag(network string, b []byte) (Socket, bool) {
	if len(b) < sizeofInetDiagMsg {
		return Socket{}, false
	}
	e := binary.NativeEndian
	s := Socket{
		Network: network, State: State(b[1]), Inode: uint64(e.Uint32(b[68:])), UID: int(e.Uint32(b[64:])),
		RecvQueue: e.Uint32(b[56:]), SendQueue: e.Uint32(b[60:]),
	}
	switch {
	case s.State == TimeWait:
		s.UID, s.Inode = -1, 0
		s.Expires = time.Duration(e.Uint32(b[52:])) * time.Millisecond
	case s.State == Closed && network == "tcp":
		s.State = Bound // Linux lists no other closed ones, and gives those their old state
	}
	address := func(port, ip []byte) netip.AddrPort {
		size := 4
		if b[0] == unix.AF_INET6 {
			size = 16
		}
		a, _ := netip.AddrFromSlice(ip[:size])
		return netip.AddrPortFrom(a, binary.BigEndian.Uint16(port))
	}
	s.Local, s.Peer = address(b[4:6], b[8:24]), address(b[6:8], b[24:40])
	if s.Peer.Port() == 0 && s.Peer.Addr().IsUnspecified() {
		s.Peer = netip.AddrPort{}
	}
	attrs(b[sizeofInetDiagMsg:], func(typ uint16, data []byte) {
		if typ == inetDiagSKV6Only && len(data) > 0 {
			s.V6Only = data[0] != 0
		}
	})
	return s, true
}

// inetSockets asks the kernel for the TCP or UDP sockets of one family.
func inetSockets(ctx context.Context, network string, family uint8, q *Query, each func(Socket) bool) error {
	protocol := uint8(unix.IPPROTO_TCP)
	if network == "udp" {
		protocol = unix.IPPROTO_UDP
	}
	return converse(ctx, unix.NETLINK_SOCK_DIAG, inetRequest(family, protocol, q.states(network), q), func(data []byte) bool {
		s, ok := parseInetDiag(network, data)
		return !ok || each(s)
	})
}

// unixRequest asks for the unix sockets in these states.
func unixRequest(states uint32) []byte {
	e := binary.NativeEndian
	b := []byte{unix.AF_UNIX, 0, 0, 0}
	b = e.AppendUint32(b, states)
	b = e.AppendUint32(b, 0) // inode: any
	b = e.AppendUint32(b, udiagShow)
	b = e.AppendUint64(b, 0xffffffffffffffff) // cookie: none
	return request(sockDiagByFamily, unix.NLM_F_DUMP, b)
}

// parseUnixDiag parses a struct unix_diag_msg and its attributes.
func parseUnixDiag(b []byte) (Socket, bool) {
	if len(b) < sizeofUnixDiagMsg || unixTypes[uint64(b[1])] == "" {
		return Socket{}, false
	}
	e := binary.NativeEndian
	s := Socket{Network: unixTypes[uint64(b[1])], State: State(b[2]), Inode: uint64(e.Uint32(b[4:])), UID: -1}
	attrs(b[sizeofUnixDiagMsg:], func(typ uint16, data []byte) {
		switch {
		case typ == unixDiagName && len(data) > 0 && data[0] == 0:
			s.Path = "@" + string(data[1:])
		case typ == unixDiagName:
			s.Path = string(bytes.TrimRight(data, "\x00"))
		case typ == unixDiagVFS && len(data) >= 4:
			s.FileInode = e.Uint32(data)
		case typ == unixDiagPeer && len(data) >= 4:
			s.PeerInode = uint64(e.Uint32(data))
		case typ == unixDiagRqlen && len(data) >= 8:
			s.RecvQueue, s.SendQueue = e.Uint32(data), e.Uint32(data[4:])
		case typ == unixDiagUID && len(data) >= 4:
			s.UID = int(e.Uint32(data))
		}
	})
	return s, true
}

// unixSockets asks the kernel for the unix sockets.
func unixSockets(ctx context.Context, q *Query, each func(Socket) bool) error {
	return converse(ctx, unix.NETLINK_SOCK_DIAG, unixRequest(q.states("unix")), func(data []byte) bool {
		s, ok := parseUnixDiag(data)
		return !ok || each(s)
	})
}
