//go:build darwin || freebsd

package sockstat

import "errors"

// EnableDropCount would ask for the number of datagrams that the kernel
// dropped, which only Linux tells.
func EnableDropCount(int) error { return errors.ErrUnsupported }

// DropCount would find that number in control messages.
func DropCount([]byte) (uint32, bool) { return 0, false }

// Drops would give that number without a receive.
func Drops(int) (uint32, error) { return 0, errors.ErrUnsupported }
