package netcat

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// listen is the server.
func (n *netcat) listen(ctx context.Context) error {
	access, err := newAccess(n)
	if err != nil {
		return err
	}
	listeners, err := n.listeners(ctx)
	if err != nil {
		return err
	}
	if n.identity != nil {
		n.dialect.identity(n.identity)
	}
	for _, h := range listeners {
		n.dialect.listening(h)
	}
	if err := n.writePort(listeners[0]); err != nil {
		return err
	}
	if n.opt.test {
		n.say("NCAT TEST: LISTEN")
	}
	s := newServer(n, access, listeners)
	defer s.close()
	return s.run(ctx)
}

// listeners makes the listening sockets. Without an address, ncat has one for each
// address family.
func (n *netcat) listeners(ctx context.Context) ([]*sockets.Handle, error) {
	o := n.opt
	if o.unix {
		n.unlinkStale(o.host)
		h, err := n.listener(ctx, target{kind: o.kindOf(netip.Addr{}), host: o.host})
		if err != nil {
			return nil, err
		}
		return []*sockets.Handle{h}, nil
	}
	if o.vsock {
		h, err := n.listener(ctx, vsockTarget(o.host, o.ports[0]))
		if err != nil {
			return nil, err
		}
		return []*sockets.Handle{h}, nil
	}
	num, err := o.portNumber(o.ports[0])
	if o.ports[0] != "0" && err != nil {
		return nil, n.badLocalPort(o.ports[0], err)
	}
	hosts := []string{o.host}
	if o.host == "" {
		hosts = n.anyHosts()
	}
	// A port that the kernel chose for one family may be in use in the other.
	const tries = 20
	for try := 1; ; try++ {
		list, err := n.listenEach(ctx, hosts, num)
		if num != 0 || try == tries || !errors.Is(err, unix.EADDRINUSE) {
			return list, err
		}
	}
}

// anyHosts returns the addresses to listen on if none is given.
func (n *netcat) anyHosts() []string {
	switch {
	case n.opt.ipv4:
		return []string{"0.0.0.0"}
	case n.opt.ipv6:
		return []string{"::"}
	}
	return n.dialect.anyHosts
}

// unlinkStale removes the path of a unix socket before bind, if the dialect does so.
func (n *netcat) unlinkStale(path string) {
	if n.dialect.unlinkStale && !strings.HasPrefix(path, "@") {
		unix.Unlink(path) // os.Remove would also remove a directory
	}
}

// listenEach makes a socket for each host, all on the same port: num or, if num is 0,
// the port that the first socket gets. If one fails, it closes the others.
func (n *netcat) listenEach(ctx context.Context, hosts []string, num int) (list []*sockets.Handle, err error) {
	defer func() {
		if err != nil {
			for _, h := range list {
				n.closeListener(h)
			}
			list = nil
		}
	}()
	o := n.opt
	for i, host := range hosts {
		ips, err := n.resolve(ctx, host)
		if err != nil {
			return list, n.dialect.unresolved(host, "", err)
		}
		h, err := n.listener(ctx, target{kind: o.kindOf(ips[0]), host: o.host, ip: ips[0].String(), num: num})
		if err != nil && i == 0 && len(hosts) > 1 && errors.Is(err, errNoFamily) {
			continue // a machine without IPv6
		}
		if err != nil {
			return list, err
		}
		if num == 0 && len(hosts) > 1 {
			num = int(h.LocalAddr().Port()) // the same for the other family
		}
		list = append(list, h)
	}
	return list, nil
}

// errNoFamily is the cause if the system does not support an address family.
var errNoFamily = errors.New("address family not supported")

func (n *netcat) listener(ctx context.Context, a target) (*sockets.Handle, error) {
	h, err := n.socket(ctx, a.kind)
	var f *failure
	if errors.As(err, &f) {
		return nil, err
	}
	if err != nil {
		return nil, errors.Join(errNoFamily, err)
	}
	if err := n.shareIdentity(h); err != nil {
		n.closeListener(h)
		return nil, n.dialect.badTLS(err)
	}
	h.SetOption("reuseaddr", "1") // an error does not matter: bind will report it
	if isSix(a.kind) {
		h.SetOption("v6only", "1")
	}
	if n.dialect.shareAddress {
		h.SetOption("reuseport", "1")
	}
	failed := func(err error) (*sockets.Handle, error) {
		n.closeListener(h)
		told := n.dialect.bindFailed(a.shown(), err)
		if f := new(failure); errors.As(told, &f) && f.err == nil {
			f.err = err
		}
		return nil, told
	}
	if err := n.bind(ctx, h, a.address()); err != nil {
		return failed(err)
	}
	if !h.Kind().Datagram() {
		backlog := 1
		if n.opt.keepOpen || n.opt.broker || n.opt.proxyType != "" {
			backlog = -1
		}
		if err := h.Listen(backlog); err != nil {
			return failed(err)
		}
	}
	return h, nil
}

// closeListener closes a listener that is not used. If it has the certificate, the next one
// gets its own.
func (n *netcat) closeListener(h *sockets.Handle) {
	if n.identity == h {
		n.identity = nil
	}
	h.Close()
}

// shareIdentity makes all listeners of the run use the same certificate, and also the
// clients of a listener that does not use TLS itself.
func (n *netcat) shareIdentity(h *sockets.Handle) error {
	switch {
	case !n.opt.tls:
		return nil
	case n.identity != nil:
		return h.ShareTLS(n.identity)
	case !strings.Contains(string(h.Kind()), "tls"):
		server, err := n.table.Socket(sockets.TLS4, "")
		if err != nil {
			return err
		}
		n.identity = server
		if err := n.setTLS(server); err != nil {
			return err
		}
	default:
		n.identity = h // which has had the options of the flags
	}
	return n.identity.ShareTLS(n.identity)
}

// shown returns the address as it appears in messages.
func (a target) shown() string {
	if a.ip == "" {
		return a.host
	}
	return fmt.Sprintf("%s:%d", a.ip, a.num)
}
