package sockopt

import (
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// constants are the constants of Linux by name: those of the table, and
// some more that raw options are often given by.
var constants = map[string]int{
	"SO_ACCEPTCONN": unix.SO_ACCEPTCONN, "SO_ATTACH_FILTER": unix.SO_ATTACH_FILTER,
	"SO_BINDTODEVICE": unix.SO_BINDTODEVICE, "SO_BINDTOIFINDEX": unix.SO_BINDTOIFINDEX,
	"SO_BROADCAST": unix.SO_BROADCAST, "SO_BUSY_POLL": unix.SO_BUSY_POLL,
	"SO_COOKIE": unix.SO_COOKIE, "SO_DEBUG": unix.SO_DEBUG, "SO_DOMAIN": unix.SO_DOMAIN,
	"SO_DONTROUTE": unix.SO_DONTROUTE, "SO_ERROR": unix.SO_ERROR,
	"SO_INCOMING_CPU": unix.SO_INCOMING_CPU, "SO_INCOMING_NAPI_ID": unix.SO_INCOMING_NAPI_ID,
	"SO_KEEPALIVE": unix.SO_KEEPALIVE, "SO_LINGER": unix.SO_LINGER,
	"SO_LOCK_FILTER": unix.SO_LOCK_FILTER, "SO_MARK": unix.SO_MARK,
	"SO_MAX_PACING_RATE": unix.SO_MAX_PACING_RATE, "SO_MEMINFO": unix.SO_MEMINFO,
	"SO_NO_CHECK": unix.SO_NO_CHECK, "SO_OOBINLINE": unix.SO_OOBINLINE,
	"SO_PASSCRED": unix.SO_PASSCRED, "SO_PASSSEC": unix.SO_PASSSEC,
	"SO_PEEK_OFF": unix.SO_PEEK_OFF, "SO_PEERCRED": unix.SO_PEERCRED,
	"SO_PREFER_BUSY_POLL": unix.SO_PREFER_BUSY_POLL, "SO_PRIORITY": unix.SO_PRIORITY,
	"SO_PROTOCOL": unix.SO_PROTOCOL, "SO_RCVBUF": unix.SO_RCVBUF,
	"SO_RCVBUFFORCE": unix.SO_RCVBUFFORCE, "SO_RCVLOWAT": unix.SO_RCVLOWAT,
	"SO_RCVTIMEO": unix.SO_RCVTIMEO, "SO_REUSEADDR": unix.SO_REUSEADDR,
	"SO_REUSEPORT": unix.SO_REUSEPORT, "SO_RXQ_OVFL": unix.SO_RXQ_OVFL,
	"SO_SNDBUF": unix.SO_SNDBUF, "SO_SNDBUFFORCE": unix.SO_SNDBUFFORCE,
	"SO_SNDLOWAT": unix.SO_SNDLOWAT, "SO_SNDTIMEO": unix.SO_SNDTIMEO,
	"SO_TIMESTAMP": unix.SO_TIMESTAMP, "SO_TIMESTAMPING": unix.SO_TIMESTAMPING,
	"SO_TIMESTAMPNS": unix.SO_TIMESTAMPNS, "SO_TXTIME": unix.SO_TXTIME,
	"SO_TYPE": unix.SO_TYPE, "SO_ZEROCOPY": unix.SO_ZEROCOPY,

	"TCP_CONGESTION": unix.TCP_CONGESTION, "TCP_CORK": unix.TCP_CORK,
	"TCP_DEFER_ACCEPT": unix.TCP_DEFER_ACCEPT, "TCP_FASTOPEN": unix.TCP_FASTOPEN,
	"TCP_FASTOPEN_CONNECT": unix.TCP_FASTOPEN_CONNECT, "TCP_FASTOPEN_NO_COOKIE": unix.TCP_FASTOPEN_NO_COOKIE,
	"TCP_INFO": unix.TCP_INFO, "TCP_INQ": unix.TCP_INQ, "TCP_KEEPCNT": unix.TCP_KEEPCNT,
	"TCP_KEEPIDLE": unix.TCP_KEEPIDLE, "TCP_KEEPINTVL": unix.TCP_KEEPINTVL,
	"TCP_LINGER2": unix.TCP_LINGER2, "TCP_MAXSEG": unix.TCP_MAXSEG,
	"TCP_NODELAY": unix.TCP_NODELAY, "TCP_NOTSENT_LOWAT": unix.TCP_NOTSENT_LOWAT,
	"TCP_QUICKACK": unix.TCP_QUICKACK, "TCP_SAVE_SYN": unix.TCP_SAVE_SYN,
	"TCP_SYNCNT": unix.TCP_SYNCNT, "TCP_THIN_DUPACK": unix.TCP_THIN_DUPACK,
	"TCP_THIN_LINEAR_TIMEOUTS": unix.TCP_THIN_LINEAR_TIMEOUTS, "TCP_TIMESTAMP": unix.TCP_TIMESTAMP,
	"TCP_USER_TIMEOUT": unix.TCP_USER_TIMEOUT, "TCP_WINDOW_CLAMP": unix.TCP_WINDOW_CLAMP,

	"UDP_CORK": unix.UDP_CORK, "UDP_ENCAP": unix.UDP_ENCAP,
	"UDP_GRO": unix.UDP_GRO, "UDP_SEGMENT": unix.UDP_SEGMENT,

	"IP_ADD_MEMBERSHIP": unix.IP_ADD_MEMBERSHIP, "IP_BIND_ADDRESS_NO_PORT": unix.IP_BIND_ADDRESS_NO_PORT,
	"IP_DROP_MEMBERSHIP": unix.IP_DROP_MEMBERSHIP, "IP_FREEBIND": unix.IP_FREEBIND,
	"IP_LOCAL_PORT_RANGE": unix.IP_LOCAL_PORT_RANGE, "IP_MINTTL": unix.IP_MINTTL,
	"IP_MTU": unix.IP_MTU, "IP_MTU_DISCOVER": unix.IP_MTU_DISCOVER,
	"IP_MULTICAST_ALL": unix.IP_MULTICAST_ALL, "IP_MULTICAST_IF": unix.IP_MULTICAST_IF,
	"IP_MULTICAST_LOOP": unix.IP_MULTICAST_LOOP, "IP_MULTICAST_TTL": unix.IP_MULTICAST_TTL,
	"IP_OPTIONS": unix.IP_OPTIONS, "IP_PKTINFO": unix.IP_PKTINFO, "IP_RECVERR": unix.IP_RECVERR,
	"IP_RECVORIGDSTADDR": unix.IP_RECVORIGDSTADDR, "IP_RECVTOS": unix.IP_RECVTOS,
	"IP_RECVTTL": unix.IP_RECVTTL, "IP_TOS": unix.IP_TOS, "IP_TRANSPARENT": unix.IP_TRANSPARENT,
	"IP_TTL": unix.IP_TTL, "IP_UNICAST_IF": unix.IP_UNICAST_IF,

	"IPV6_ADD_MEMBERSHIP": unix.IPV6_ADD_MEMBERSHIP, "IPV6_AUTOFLOWLABEL": unix.IPV6_AUTOFLOWLABEL,
	"IPV6_DONTFRAG": unix.IPV6_DONTFRAG, "IPV6_DROP_MEMBERSHIP": unix.IPV6_DROP_MEMBERSHIP,
	"IPV6_FREEBIND": unix.IPV6_FREEBIND, "IPV6_JOIN_GROUP": unix.IPV6_JOIN_GROUP,
	"IPV6_LEAVE_GROUP": unix.IPV6_LEAVE_GROUP, "IPV6_MINHOPCOUNT": unix.IPV6_MINHOPCOUNT, "IPV6_MTU": unix.IPV6_MTU,
	"IPV6_MTU_DISCOVER": unix.IPV6_MTU_DISCOVER, "IPV6_MULTICAST_ALL": unix.IPV6_MULTICAST_ALL,
	"IPV6_MULTICAST_HOPS": unix.IPV6_MULTICAST_HOPS, "IPV6_MULTICAST_IF": unix.IPV6_MULTICAST_IF,
	"IPV6_MULTICAST_LOOP": unix.IPV6_MULTICAST_LOOP, "IPV6_RECVERR": unix.IPV6_RECVERR,
	"IPV6_RECVHOPLIMIT": unix.IPV6_RECVHOPLIMIT, "IPV6_RECVPKTINFO": unix.IPV6_RECVPKTINFO,
	"IPV6_RECVTCLASS": unix.IPV6_RECVTCLASS, "IPV6_TCLASS": unix.IPV6_TCLASS,
	"IPV6_TRANSPARENT": unix.IPV6_TRANSPARENT, "IPV6_UNICAST_HOPS": unix.IPV6_UNICAST_HOPS,
	"IPV6_UNICAST_IF": unix.IPV6_UNICAST_IF, "IPV6_V6ONLY": unix.IPV6_V6ONLY,
}

// setInt is setsockopt(2) with an int.
func setInt(fd int, n constant, value int) error {
	return unix.SetsockoptInt(fd, n.level, n.opt, value)
}

// getBytes reads an option of up to size bytes, of any layout.
func getBytes(fd int, n constant, size int) ([]byte, error) {
	buf := make([]byte, max(size, 1))
	length := uint32(size)
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(n.level), uintptr(n.opt),
		uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&length)), 0)
	if errno != 0 {
		return nil, errno
	}
	return buf[:min(int(length), size)], nil
}

// setMembership4 joins or leaves an IPv4 group, on the interface of that
// index or, when it is 0, the one the routing table has for the group.
func setMembership4(fd int, n constant, group [4]byte, i iface) error {
	return unix.SetsockoptIPMreqn(fd, n.level, n.opt, &unix.IPMreqn{Multiaddr: group, Ifindex: int32(i.index)})
}

// setMulticastInterface4 chooses where IPv4 multicast leaves. The address is
// given with the index because the kernel gives only the address back.
func setMulticastInterface4(fd int, n constant, i iface) error {
	return unix.SetsockoptIPMreqn(fd, n.level, n.opt, &unix.IPMreqn{Address: i.addr4, Ifindex: int32(i.index)})
}

// peerCredentials says who connected a unix socket, or who listened; see
// SO_PEERCRED in unix(7). Without a peer the numbers are 0, -1 and -1.
func peerCredentials(fd int) (string, error) {
	c, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("pid=%d uid=%d gid=%d", c.Pid, int32(c.Uid), int32(c.Gid)), nil
}

// buffersSet reports which buffer sizes somebody has set; the others are
// sized by the kernel as it goes. It needs Linux 5.14 (SO_BUF_LOCK); an older
// one is taken to have set none.
func buffersSet(fd int) (rcv, snd bool) {
	lock, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BUF_LOCK)
	return err == nil && lock&2 != 0, err == nil && lock&1 != 0
}

// congestionNames are the algorithms that the running kernel has loaded.
func congestionNames() []string {
	text, err := os.ReadFile("/proc/sys/net/ipv4/tcp_available_congestion_control")
	if err != nil {
		return nil
	}
	return strings.Fields(string(text))
}
