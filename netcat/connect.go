package netcat

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"sosh/sockets"
)

// connect is the client: to each port in turn, with a session for each that
// answers.
func (n *netcat) connect(ctx context.Context) error {
	ports, err := n.ports()
	if err != nil {
		return err
	}
	var last error
	ok := false
	for i, port := range ports {
		if i > 0 && n.opt.interval > 0 {
			time.Sleep(n.opt.interval)
		}
		h, err := n.dial(ctx, port)
		if err != nil {
			var f *failure
			if !errors.As(err, &f) || f.err == nil || len(ports) == 1 {
				return err
			}
			n.voice.status(err)
			last = &failure{status: f.status}
			continue
		}
		ok = true
		n.voice.connected(n.opt.host, port, h)
		if !n.opt.scan {
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

// ports are the ports to try, in order, as they are shown.
func (n *netcat) ports() ([]string, error) {
	if n.opt.unix {
		return []string{""}, nil
	}
	return slices.Clone(n.opt.ports), nil
}

// dial connects to a port of the host: to the first of its addresses that
// answers.
func (n *netcat) dial(ctx context.Context, port string) (*sockets.Handle, error) {
	if n.opt.unix {
		a := target{kind: n.opt.kindOf(netip.Addr{}), host: n.opt.host}
		h, err := n.dialTo(ctx, a)
		if err != nil {
			return nil, n.voice.connectFailed(a, err)
		}
		return h, nil
	}
	num, err := n.opt.portNumber(port)
	if err != nil {
		return nil, &failure{status: 1, text: err.Error()}
	}
	ips, err := n.resolve(ctx, n.opt.host)
	if err != nil {
		return nil, n.voice.unresolved(n.opt.host, port, err)
	}
	for i, ip := range ips {
		a := target{kind: n.opt.kindOf(ip), host: n.opt.host, ip: ip.String(), port: strconv.Itoa(num), num: num}
		h, err := n.dialTo(ctx, a)
		if err == nil {
			return h, nil
		}
		err = n.voice.connectFailed(a, err)
		if i == len(ips)-1 {
			return nil, err
		}
		n.voice.status(err)
	}
	panic("resolve returned no address and no error")
}

// dialTo connects to one address.
func (n *netcat) dialTo(ctx context.Context, a target) (*sockets.Handle, error) {
	h, err := n.socket(ctx, a.kind)
	if err != nil {
		return nil, err
	}
	if n.opt.connectTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, n.opt.connectTimeout)
		defer cancel()
	}
	if err := h.Connect(ctx, a.address()); err != nil {
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
	for _, s := range o.sockopts {
		if err := h.SetOption(s.name, s.value); err != nil && s.must {
			return err
		}
	}
	if o.listen || o.unix || o.source == "" && o.sourcePort == "" {
		return nil
	}
	host, port := o.source, o.sourcePort
	if port == "" {
		port = "0"
	}
	if err := h.SetOption("reuseaddr", "1"); err != nil {
		return err
	}
	if host == "" {
		host = "0.0.0.0"
		if h.Kind() == sockets.TCP6 || h.Kind() == sockets.UDP6 {
			host = "::"
		}
	}
	ips, err := n.resolve(ctx, host)
	if err != nil {
		return n.voice.unresolved(host, "", err)
	}
	num, err := o.portNumber(port)
	if port != "0" && err != nil {
		return err
	}
	a := target{ip: ips[0].String(), num: num}
	if err := h.Bind(ctx, a.address()); err != nil {
		return n.voice.bindFailed(a.address(), err)
	}
	return nil
}

// serve runs the session of a connection: on the standard streams, or with the
// program that the flags name.
func (n *netcat) serve(ctx context.Context, h *sockets.Handle) error {
	if n.opt.runsCommand() {
		return n.serveCommand(ctx, h, nil)
	}
	return n.serveFrom(ctx, h, nil)
}

// serveFrom runs a session on the standard streams; before is what the
// connection has sent already.
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
	s := &session{n: n, h: h, in: in, out: out, before: before}
	return n.voice.sessionEnded(s, s.run(ctx))
}
