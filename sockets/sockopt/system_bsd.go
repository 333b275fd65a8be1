//go:build darwin || freebsd

package sockopt

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// setInt is setsockopt(2) with an int, or with a byte for the two
// options of IPv4 multicast that take one; see ip(4).
func setInt(fd int, n constant, value int) error {
	if n.level == unix.IPPROTO_IP && (n.opt == unix.IP_MULTICAST_TTL || n.opt == unix.IP_MULTICAST_LOOP) {
		if value < 0 || value > 255 {
			return unix.EINVAL
		}
		return unix.SetsockoptByte(fd, n.level, n.opt, byte(value))
	}
	return unix.SetsockoptInt(fd, n.level, n.opt, value)
}

// getBytes is not supported here.
func getBytes(int, constant, int) ([]byte, error) { return nil, errors.ErrUnsupported }

// setMembership4 joins or leaves an IPv4 group, on the interface that has
// that address or, when it is 0.0.0.0, the one the routing table has.
func setMembership4(fd int, n constant, group [4]byte, i iface) error {
	return unix.SetsockoptIPMreq(fd, n.level, n.opt, &unix.IPMreq{Multiaddr: group, Interface: i.addr4})
}

// setMulticastInterface4 chooses where IPv4 multicast leaves, by address.
func setMulticastInterface4(fd int, n constant, i iface) error {
	return unix.SetsockoptInet4Addr(fd, n.level, n.opt, i.addr4)
}

// peerCredentials returns who has connected a unix socket, or who listened; see
// LOCAL_PEERCRED in unix(4), whose level is 0. It does not include the process.
func peerCredentials(fd int) (string, error) {
	const solLocal = 0
	c, err := unix.GetsockoptXucred(fd, solLocal, unix.LOCAL_PEERCRED)
	if err != nil {
		return "", err
	}
	gid := int64(-1)
	if c.Ngroups > 0 {
		gid = int64(c.Groups[0])
	}
	return fmt.Sprintf("uid=%d gid=%d", c.Uid, gid), nil
}

// buffersSet reports which buffer sizes were set by somebody. These systems do not tell,
// so it assumes both.
func buffersSet(int) (rcv, snd bool) { return true, true }

// congestionNames returns nothing: these systems do not list their algorithms.
func congestionNames() []string { return nil }
