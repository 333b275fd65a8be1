package netcat

import (
	"context"
	"errors"
	"net/netip"

	"sosh/internal/show"
	"sosh/sockets"
	"sosh/sockets/proxy"
	"sosh/sockets/proxyserver"
)

// serveProxy serves one client of the proxy. Its errors do not concern other clients.
func (n *netcat) serveProxy(ctx context.Context, h *sockets.Handle) error {
	protocol := proxy.Protocol(n.opt.proxyType)
	credentials, err := n.proxyAuth(proxy.Hop{Protocol: protocol})
	if err != nil {
		return err
	}
	s := &proxyserver.Server{
		Protocol: protocol, Credentials: credentials, IdleTime: n.opt.idleTimeout, Table: n.table, Resolve: n.resolveForClient,
	}
	if err := s.Serve(ctx, h); err != nil && n.opt.verbose > 0 {
		n.say("Ncat: %s: %s.", show.Cell([]byte(h.PeerAddr().Host())), show.Cell([]byte(sockets.TextWithoutHandle(err))))
	}
	return nil
}

// resolveForClient is resolve for a client of the proxy.
func (n *netcat) resolveForClient(ctx context.Context, host string) ([]netip.Addr, error) {
	ips, err := n.resolve(ctx, host)
	if errors.Is(err, errNoName) {
		err = unknownHost{err}
	}
	return ips, err
}

// An unknownHost is a proxyserver.ErrUnknownHost with the message of getaddrinfo(3).
type unknownHost struct{ error }

func (unknownHost) Is(target error) bool { return target == proxyserver.ErrUnknownHost }
