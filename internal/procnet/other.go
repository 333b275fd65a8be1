//go:build !linux

package procnet

import (
	"context"
	"errors"
	"net/netip"
)

// Sockets fails: this system does not say which sockets there are without special rights.
func Sockets(context.Context, Query) ([]Socket, error) { return nil, errors.ErrUnsupported }

// Owners fails: see [Sockets].
func Owners(context.Context, []Socket, bool) (*Owned, error) {
	return &Owned{Hidden: true}, errors.ErrUnsupported
}

// ReadProcess returns only the PID.
func ReadProcess(pid int) Process { return Process{PID: pid, UID: -1} }

// RouteTo returns the local address that the system chooses for packets to ip.
func RouteTo(_ context.Context, ip netip.Addr) (Route, error) { return routeByConnect(ip) }

// NeighbourState fails.
func NeighbourState(context.Context, netip.Addr) (Neighbour, error) {
	return 0, errors.ErrUnsupported
}
