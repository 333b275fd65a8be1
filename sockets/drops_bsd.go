//go:build darwin || freebsd

package sockets

import "errors"

// enableDropCount would ask for the number of datagrams that the kernel
// dropped, which only Linux tells.
func enableDropCount(int) error { return errors.ErrUnsupported }

// dropCount would find that number in control messages.
func dropCount([]byte) (uint32, bool) { return 0, false }

// kernelDrops would give that number without a receive.
func kernelDrops(int) (uint32, error) { return 0, errors.ErrUnsupported }
