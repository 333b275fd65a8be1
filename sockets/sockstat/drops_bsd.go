//go:build darwin || freebsd

package sockstat

import "errors"

// EnableDropCount is not supported: only Linux counts drops.
func EnableDropCount(int) error { return errors.ErrUnsupported }

// DropCount finds nothing: only Linux counts drops.
func DropCount([]byte) (uint32, bool) { return 0, false }

// Drops is not supported: only Linux counts drops.
func Drops(int) (uint32, error) { return 0, errors.ErrUnsupported }
