package sockopt

import (
	"strings"

	"golang.org/x/sys/unix"
)

// levels are the protocol levels by name.
var levels = map[string]int{
	"SOL_SOCKET": unix.SOL_SOCKET,

	"IPPROTO_IP":   unix.IPPROTO_IP,
	"IPPROTO_IPV6": unix.IPPROTO_IPV6,
	"IPPROTO_TCP":  unix.IPPROTO_TCP,
	"IPPROTO_UDP":  unix.IPPROTO_UDP,

	"SOL_IP":   unix.IPPROTO_IP,
	"SOL_IPV6": unix.IPPROTO_IPV6,
	"SOL_TCP":  unix.IPPROTO_TCP,
	"SOL_UDP":  unix.IPPROTO_UDP,
}

// ParseConstant reads the level or the number of a raw option: a decimal or hexadecimal
// number, or the C name of a constant of this system, in any case. The error is a
// [*ValueError].
func ParseConstant(s string) (int, error) {
	text := strings.ToUpper(strings.TrimSpace(s))
	if n, ok := levels[text]; ok {
		return n, nil
	}
	if n, ok := constants[text]; ok {
		return n, nil
	}
	n, ok := parseInteger(text)
	if !ok || n < 0 || n > 1<<31-1 {
		return 0, &ValueError{Option: "a raw option", Value: s, Want: "a number or a C name such as SOL_SOCKET or SO_KEEPALIVE"}
	}
	return int(n), nil
}

// SetRaw sets an option by number to an int, as setsockopt(2) does with
// an int of 32 bits. The error is the system's.
func SetRaw(fd, level, opt, value int) error {
	return unix.SetsockoptInt(fd, level, opt, value)
}

// GetRaw reads an option by number as an int of 32 bits. The error is
// the system's.
func GetRaw(fd, level, opt int) (int, error) {
	return unix.GetsockoptInt(fd, level, opt)
}

// GetRawBytes reads up to size bytes of an option by number. The error is the system's,
// or [errors.ErrUnsupported] on systems other than Linux.
func GetRawBytes(fd, level, opt, size int) ([]byte, error) {
	return getBytes(fd, constant{level: level, opt: opt}, size)
}
