package netcat

import (
	"context"
	"fmt"
	"net/netip"
	"os"

	"sosh/sockets"
)

// listen is the server: a session for the first connection, or with -k for one
// after the other.
func (n *netcat) listen(ctx context.Context) error {
	h, err := n.listener(ctx)
	if err != nil {
		return err
	}
	defer h.Close()
	n.voice.listening(h)
	if err := n.writePort(h); err != nil {
		return err
	}
	for {
		c, err := h.Accept(ctx, "")
		if err != nil {
			return err
		}
		n.voice.accepted(c)
		err = n.serve(ctx, c)
		c.Close()
		if !n.opt.keepOpen {
			return err
		}
		if err != nil {
			n.voice.status(err)
		}
	}
}

// listener makes the socket that is listened on.
func (n *netcat) listener(ctx context.Context) (*sockets.Handle, error) {
	o := n.opt
	a := target{host: o.host}
	if o.unix {
		a.kind = o.kindOf(netip.Addr{})
		if _, ncat := n.voice.(*ncatVoice); !ncat {
			os.Remove(a.host)
		}
	} else {
		num, err := o.portNumber(o.ports[0])
		if o.ports[0] != "0" && err != nil {
			return nil, err
		}
		host := o.host
		if host == "" {
			host = "0.0.0.0"
			if o.ipv6 {
				host = "::"
			}
		}
		ips, err := n.resolve(ctx, host)
		if err != nil {
			return nil, n.voice.unresolved(host, "", err)
		}
		a.kind, a.ip, a.num = o.kindOf(ips[0]), ips[0].String(), num
	}
	h, err := n.socket(ctx, a.kind)
	if err != nil {
		return nil, err
	}
	if !o.unix {
		h.SetOption("reuseaddr", "1")
	}
	if err := h.Bind(ctx, a.address()); err != nil {
		h.Close()
		return nil, n.voice.bindFailed(a.address(), err)
	}
	if !h.Kind().Datagram() {
		backlog := 1
		if o.keepOpen {
			backlog = -1
		}
		if err := h.Listen(backlog); err != nil {
			h.Close()
			return nil, n.voice.bindFailed(a.address(), err)
		}
	}
	return h, nil
}

// writePort writes the port of a listener to the file that --port-file names,
// whole: who waits for the file to be there can read it.
func (n *netcat) writePort(h *sockets.Handle) error {
	name := n.opt.portFile
	if name == "" {
		return nil
	}
	tmp := fmt.Sprintf("%s.%d", name, os.Getpid())
	err := os.WriteFile(tmp, fmt.Appendf(nil, "%d\n", h.LocalAddr().Port()), 0o666)
	if err == nil {
		err = os.Rename(tmp, name)
	}
	if err != nil {
		os.Remove(tmp)
		return fmt.Errorf("write the port: %w", err)
	}
	return nil
}
