package sockstat

import (
	"errors"
	"fmt"
)

// ReadTCP would read TCP_INFO, whose layout golang.org/x/sys does not have
// for FreeBSD.
func ReadTCP(int) (*TCP, error) {
	return nil, fmt.Errorf("tcp info: not on freebsd: %w", errors.ErrUnsupported)
}

// window shows a congestion figure, which FreeBSD counts in bytes.
func (i *TCP) window(n uint32) string { return size(uint64(n)) }
