package netcat

import "golang.org/x/sys/unix"

// minTTLOption is the option of -m, for IPv6 or IPv4.
func minTTLOption(six bool) (level, option int) {
	if six {
		return unix.IPPROTO_IPV6, unix.IPV6_MINHOPCOUNT
	}
	return unix.IPPROTO_IP, unix.IP_MINTTL
}
