package procnet

import (
	"net/netip"
	"strconv"
	"time"
)

// maxSockets is how many sockets Sockets returns at most.
const maxSockets = 1 << 16

// A Socket is a socket of this machine, of any process.
type Socket struct {
	Network string // "tcp", "udp", "unix", "unixgram" or "unixpacket"
	State   State

	Local, Peer netip.AddrPort // of tcp and udp; the zero Peer is none
	V6Only      bool           // an IPv6 socket that takes no IPv4

	Path      string // of a unix socket: its path, "@NAME", or "" if it has none
	FileInode uint32 // of a unix socket with a path: the inode of its file; 0 if unknown
	PeerInode uint64 // of a connected unix socket: that of the other end; 0 if unknown

	Inode uint64 // the socket's own; 0 if no process has it open any more
	UID   int    // user who made it; -1 if unknown

	// Of a listener: how many connections wait, and how many may. Of others: bytes received
	// and not read, and bytes sent and not acknowledged.
	RecvQueue, SendQueue uint32
	Expires              time.Duration // of TIME_WAIT: how long it remains; 0 if unknown
}

// A State is a state of TCP, as the kernel numbers it. UDP and unix sockets use Established for
// connected and Closed for not connected.
type State uint8

// The states, from the kernel's net/tcp_states.h.
const (
	Established State = iota + 1
	SynSent
	SynRecv
	FinWait1
	FinWait2
	TimeWait
	Closed
	CloseWait
	LastAck
	Listen
	Closing
	NewSynRecv
	Bound // bound, neither listening nor connected; known since Linux 6.8
)

var stateNames = []string{
	"", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
	"UNCONNECTED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "SYN_RECV", "BOUND",
}

// String returns "LISTEN", "TIME_WAIT" and so on; "UNCONNECTED" for Closed.
func (s State) String() string {
	if int(s) < len(stateNames) && s > 0 {
		return stateNames[s]
	}
	return strconv.Itoa(int(s))
}

// bit returns the state in a set of states.
func (s State) bit() uint32 { return 1 << s }

// allStates is the set of all states.
const allStates = 1<<(Bound+1) - 2

// Listening reports whether the socket takes what is sent to its address: it is a TCP or unix
// listener, or an unconnected datagram socket.
func (s *Socket) Listening() bool {
	switch s.Network {
	case "udp":
		return s.State == Closed && s.Local.Port() != 0
	case "unixgram":
		return s.Path != ""
	}
	return s.State == Listen
}

// Takes reports whether the socket's local address includes a: the same port, and the same
// address or that of all addresses.
func (s *Socket) Takes(a netip.AddrPort) bool {
	if s.Local.Port() != a.Port() {
		return false
	}
	mine, other := s.Local.Addr().WithZone("").Unmap(), a.Addr().WithZone("").Unmap()
	switch {
	case mine == other:
		return true
	case !mine.IsUnspecified():
		return false
	}
	return mine.Is4() == other.Is4() || mine.Is6() && !s.V6Only
}

// Conflicts reports whether a socket of the same protocol can't be bound to a while s exists,
// but for options such as SO_REUSEADDR.
func (s *Socket) Conflicts(a netip.AddrPort) bool {
	if s.Takes(a) {
		return true
	}
	all := Socket{Local: a}
	return all.Takes(s.Local)
}

// A Query selects sockets.
type Query struct {
	Networks []string // "tcp", "udp", "unix"; unix includes unixgram and unixpacket
	// Listeners selects listeners and, of UDP, sockets that are not connected.
	Listeners bool
	// LocalPort and PeerPort select sockets with that port, of tcp and udp; 0 means any.
	LocalPort, PeerPort uint16
}

// states returns the set of states that the query selects for a network.
func (q *Query) states(network string) uint32 {
	switch {
	case !q.Listeners:
		return allStates
	case network == "tcp":
		return Listen.bit()
	case network == "udp":
		return Closed.bit()
	}
	return Listen.bit() | Closed.bit() | Established.bit()
}

// selects reports whether the query selects s; the kernel has applied it in part.
func (q *Query) selects(s *Socket) bool {
	switch {
	case q.Listeners && !s.Listening():
		return false
	case q.LocalPort != 0 && s.Local.Port() != q.LocalPort:
		return false
	case q.PeerPort != 0 && s.Peer.Port() != q.PeerPort:
		return false
	}
	return true
}
