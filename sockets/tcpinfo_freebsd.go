package sockets

import (
	"errors"
	"fmt"
)

// tcpInfo would read TCP_INFO, whose layout golang.org/x/sys does not have
// for FreeBSD.
func tcpInfo(int) (*TCPInfo, error) {
	return nil, fmt.Errorf("tcp info: not on freebsd: %w", errors.ErrUnsupported)
}

// window shows a congestion figure, which FreeBSD counts in bytes.
func (i *TCPInfo) window(n uint32) string { return formatBytes(uint64(n)) }
