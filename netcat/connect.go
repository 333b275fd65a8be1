package netcat

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"os"
	"strconv"
	"time"

	"sosh/sockets"
	"sosh/sockets/proxy"

	"golang.org/x/sys/unix"
)

// connect is the client: it connects to each port in turn, and runs a session for each
// port that answers.
func (n *netcat) connect(ctx context.Context) error {
	ports, err := n.portList()
	if err != nil {
		return err
	}
	switch {
	case n.opt.scan && n.opt.reconnect:
		return n.awaitScan(ctx, ports)
	case n.opt.scan:
		return n.scan(ctx, ports)
	case n.opt.reconnect:
		return n.persist(ctx, ports[0])
	}
	var last error
	ok := false
	for i, port := range ports {
		if i > 0 && n.opt.interval > 0 {
			time.Sleep(n.opt.interval)
		}
		h, err := n.dial(ctx, port, func(err error) { n.dialect.status(err) })
		if err != nil {
			var f *failure
			if !errors.As(err, &f) || f.err == nil || len(ports) == 1 || errors.As(err, new(*proxy.Error)) {
				return err
			}
			n.dialect.status(err)
			last = &failure{status: f.status}
			continue
		}
		ok = true
		n.morePorts = i < len(ports)-1
		n.dialect.connected(n.opt.host, port, h)
		if n.opt.passDescriptor {
			err = n.passDescriptor(h)
		} else {
			err = n.serve(ctx, h)
		}
		h.Close()
		if err != nil {
			return err
		}
	}
	if ok {
		return nil
	}
	return last
}

// dial connects to a port of the host, at the first address that answers. failed is
// called with the error of each address that does not answer.
func (n *netcat) dial(ctx context.Context, port string, failed func(error)) (*sockets.Handle, error) {
	if n.opt.unix || n.opt.vsock {
		a := target{kind: n.opt.kindOf(netip.Addr{}), host: n.opt.host}
		if n.opt.vsock {
			a = vsockTarget(n.opt.host, port)
		}
		h, err := n.dialTo(ctx, a)
		var f *failure
		if err != nil && !errors.As(err, &f) {
			err = n.dialect.connectFailed(a, err)
		}
		return h, err
	}
	if len(n.opt.proxies) > 0 {
		return n.dialProxy(ctx, port)
	}
	num, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	ips, err := n.resolve(ctx, n.opt.host)
	if err != nil {
		return nil, forNow(n.dialect.unresolved(n.opt.host, port, err), err)
	}
	for i, ip := range ips {
		a := target{kind: n.opt.kindOf(ip), host: n.opt.host, ip: ip.String(), port: port, num: num}
		h, err := n.dialTo(ctx, a)
		if err == nil {
			return h, nil
		}
		var f *failure
		if errors.As(err, &f) {
			return nil, f
		}
		err = n.dialect.connectFailed(a, err)
		if i == len(ips)-1 {
			return nil, err
		}
		failed(err)
	}
	panic("resolve returned no address and no error")
}

// badLocalPort returns the error for an invalid local port.
func (n *netcat) badLocalPort(port string, err error) error {
	if isNumber(port) {
		return n.dialect.badPort(err)
	}
	return n.dialect.badService(err)
}

// dialTo connects to one address.
func (n *netcat) dialTo(ctx context.Context, a target) (*sockets.Handle, error) {
	h, err := n.socket(ctx, a.kind)
	if err != nil {
		return nil, err
	}
	if len(n.opt.sourceRoute) > 0 && a.ip != "" {
		ip, err := netip.ParseAddr(a.ip)
		if err == nil {
			err = n.routeThrough(ctx, h, ip)
		}
		if err != nil {
			h.Close()
			return nil, err
		}
	}
	if n.opt.connectTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, n.opt.connectTimeout)
		defer cancel()
	}
	err = h.Connect(ctx, a.address())
	if err == nil && n.opt.tls && n.opt.unix {
		err = n.startTLS(ctx, h)
	}
	if err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// socket makes a socket with the options that the flags set, bound to the local
// address that they name.
func (n *netcat) socket(ctx context.Context, kind sockets.Kind) (*sockets.Handle, error) {
	h, err := n.table.Socket(kind, "")
	if err != nil {
		return nil, err
	}
	if err := n.prepare(ctx, h); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

func (n *netcat) prepare(ctx context.Context, h *sockets.Handle) error {
	o := n.opt
	if o.tls {
		if err := n.setTLS(h); err != nil {
			return n.dialect.badTLS(err)
		}
	}
	for _, s := range o.sockopts {
		if o.unix {
			break // as in nc, no option applies to them
		}
		if err := s.set(h); err != nil && s.refused != "" {
			return &failure{status: 1, text: n.dialect.prefix + ": " + s.refused + ": " + causeOf(err), err: err}
		}
	}
	if o.unix && o.udp && !o.listen {
		return n.bindTemporary(ctx, h)
	}
	switch {
	case o.listen, o.unix:
		return nil
	case o.sourceGiven && o.source == "":
		return n.dialect.sourceUnresolved("", errNoName)
	case o.source == "" && o.sourcePort == "":
		return nil
	}
	if o.vsock {
		a := vsockTarget(o.source, cmp.Or(o.sourcePort, "0")).host
		if err := h.Bind(ctx, a); err != nil {
			return n.dialect.bindFailed(a, err)
		}
		return nil
	}
	host, num := o.source, 0
	if o.sourcePort != "" && o.sourcePort != "0" {
		var err error
		if num, err = o.portNumber(o.sourcePort); err != nil {
			return n.badLocalPort(o.sourcePort, err)
		}
	}
	if err := h.SetOption("reuseaddr", "1"); err != nil {
		return err
	}
	if host == "" {
		host = "0.0.0.0"
		if isSix(h.Kind()) {
			host = "::"
		}
	}
	ips, err := n.resolve(ctx, host)
	if err != nil {
		return n.dialect.sourceUnresolved(host, err)
	}
	if isSix(h.Kind()) != ips[0].Is6() {
		return n.dialect.sourceMismatch(host)
	}
	a := target{ip: ips[0].String(), num: num}
	if err := h.Bind(ctx, a.address()); err != nil {
		return n.dialect.bindFailed(a.shown(), err)
	}
	return nil
}

// set sets the option on a handle.
func (s sockopt) set(h *sockets.Handle) error {
	if s.name == "debug" {
		v, _ := strconv.Atoi(s.value)
		return h.SetRawOption(strconv.Itoa(unix.SOL_SOCKET), strconv.Itoa(unix.SO_DEBUG), v)
	}
	return h.SetOption(s.name, s.value)
}

// bindTemporary binds a unix datagram socket to a path, since without one it can get no
// answer: the path of -s, or a temporary one that is removed at the end.
func (n *netcat) bindTemporary(ctx context.Context, h *sockets.Handle) error {
	path := n.opt.source
	if path == "" {
		dir, err := os.MkdirTemp("", "nc-")
		if err != nil {
			return err
		}
		n.atEnd(func() { os.RemoveAll(dir) })
		path = dir + "/recv.sock"
	} else {
		n.unlinkStale(path)
	}
	if err := n.bind(ctx, h, path); err != nil {
		return n.dialect.bindFailed(path, err)
	}
	n.dialect.sourceBound(h)
	n.atEnd(func() { n.dialect.sourceRemoved(path) })
	return nil
}

// bind binds a socket. The path of a unix socket is removed at the end, unless another
// file has replaced it. Close does that too, but it waits for calls that use the socket;
// after a signal, there is no time for that.
func (n *netcat) bind(ctx context.Context, h *sockets.Handle, address string) error {
	if !n.opt.unix {
		return h.Bind(ctx, address)
	}
	var bound os.FileInfo
	n.atEnd(func() {
		if now, err := os.Lstat(address); err == nil && bound != nil && os.SameFile(bound, now) {
			os.Remove(address)
		}
	})
	n.cleanup.mu.Lock() // a signal must wait until the bound path is recorded
	defer n.cleanup.mu.Unlock()
	if err := h.Bind(ctx, address); err != nil {
		return err
	}
	bound, _ = os.Lstat(address) // an abstract name has no file
	return nil
}

// serve runs the session of a connection: with the standard streams, or with the
// program of -e, -c or --lua-exec.
func (n *netcat) serve(ctx context.Context, h *sockets.Handle) error {
	if n.opt.runsCommand() {
		return n.serveCommand(ctx, h, nil)
	}
	return n.serveFrom(ctx, h, nil)
}

// serveFrom runs a session with the standard streams; before is data already received
// from the connection.
func (n *netcat) serveFrom(ctx context.Context, h *sockets.Handle, before []byte) error {
	in, err := standardInput()
	if err != nil {
		return err
	}
	defer in.close()
	out, err := standardOutput()
	if err != nil {
		return err
	}
	defer out.close()
	s := &session{n: n, h: h, in: in, out: out, before: before,
		last: !n.morePorts && !n.opt.reconnect && !(n.opt.listen && n.opt.keepOpen)}
	err = s.run(ctx)
	n.over = s.over || s.inputEnded.Load() || errors.As(err, new(*outputError))
	return n.dialect.sessionEnded(s, err)
}
