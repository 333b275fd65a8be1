package netcat

import (
	"context"
	"encoding/binary"
	"net/netip"

	"sosh/sockets"
)

// SOCKS on the asking side. The client of golang.org/x/net tells a proxy's reply
// as text only, and a timeout as a cancelled call; either dialect has words of
// its own for each.

// connectSOCKS asks a SOCKS proxy for a connection.
func (n *netcat) connectSOCKS(ctx context.Context, h *sockets.Handle, p hop, host, port string) error {
	num, err := n.opt.portNumber(port)
	if err != nil {
		return n.voice.badPort(err)
	}
	auth, err := n.proxyAuth(p)
	if err != nil {
		return err
	}
	if p.kind == "socks5" {
		return n.connectSOCKS5(ctx, h, host, uint16(num), auth)
	}
	return n.connectSOCKS4(ctx, h, host, uint16(num), auth)
}

// connectSOCKS4 asks a SOCKS4 proxy: by address, or as 4a by name.
func (n *netcat) connectSOCKS4(ctx context.Context, h *sockets.Handle, host string, port uint16, auth *credentials) error {
	e := &proxyError{kind: "socks4", at: "response"}
	ip, err := netip.ParseAddr(host)
	name := ""
	switch {
	case err != nil && len(host) > maxHostName:
		e.err = errLongName
		return e
	case err != nil:
		// An address that can't be: the name follows.
		ip, name = netip.AddrFrom4([4]byte{0, 0, 0, 1}), host+"\x00"
		n.voice.proxySays("Host %s will be resolved by the proxy.", host)
	case !ip.Is4():
		e.err = errSOCKS4Six
		return e
	}
	request := binary.BigEndian.AppendUint16([]byte{4, 1}, port)
	request = append(request, ip.AsSlice()...)
	if auth != nil {
		request = append(request, auth.user...)
	}
	reply, err := ask(ctx, h, append(append(request, 0), name...), 8)
	if err != nil {
		e.err = err
		return e
	}
	if reply[1] != 90 {
		e.at, e.code = "", int(reply[1])
		return e
	}
	return nil
}

// connectSOCKS5 asks a SOCKS5 proxy (RFC 1928, RFC 1929).
func (n *netcat) connectSOCKS5(ctx context.Context, h *sockets.Handle, host string, port uint16, auth *credentials) error {
	e := &proxyError{kind: "socks5", at: "connect response"}
	failed := func(err error) error {
		e.err = err
		return e
	}
	methods := []byte{5, 1, 0}
	if auth != nil {
		methods = []byte{5, 2, 0, 2}
	}
	reply, err := ask(ctx, h, methods, 2)
	switch {
	case err != nil:
		return failed(err)
	case reply[0] != 5:
		return failed(errSOCKSVersion)
	case reply[1] == 0xff:
		return failed(errNoMethod)
	case reply[1] == 0:
		n.voice.proxySays("No authentication needed.")
	case reply[1] == 2 && auth != nil:
		if len(auth.user) > 255 || len(auth.password) > 255 {
			return failed(errLongName)
		}
		login := append([]byte{1, byte(len(auth.user))}, auth.user...)
		login = append(append(login, byte(len(auth.password))), auth.password...)
		if reply, err = ask(ctx, h, login, 2); err != nil {
			return failed(err)
		}
		if reply[1] != 0 {
			return failed(errPassword)
		}
	default:
		return failed(errMethod)
	}

	e.at = "request response"
	request := []byte{5, 1, 0}
	switch ip, err := netip.ParseAddr(host); {
	case err == nil && ip.Is4():
		request = append(append(request, 1), ip.AsSlice()...)
	case err == nil:
		request = append(append(request, 4), ip.AsSlice()...)
	case len(host) > maxHostName:
		return failed(errLongName)
	default:
		n.voice.proxySays("Host %s will be resolved by the proxy.", host)
		request = append(append(request, 3, byte(len(host))), host...)
	}
	if reply, err = ask(ctx, h, binary.BigEndian.AppendUint16(request, port), 4); err != nil {
		return failed(err)
	}
	switch {
	case reply[0] != 5:
		return failed(errSOCKSVersion)
	case reply[1] != 0:
		e.at, e.code = "", int(reply[1])
		return e
	}
	size := 0
	switch reply[3] {
	case 1:
		size = 4
	case 3:
		length, err := ask(ctx, h, nil, 1)
		if err != nil {
			return failed(err)
		}
		size = int(length[0])
	case 4:
		size = 16
	default:
		return failed(errSOCKSAddress)
	}
	if _, err := ask(ctx, h, nil, size+2); err != nil {
		return failed(err)
	}
	n.voice.proxySays("connection succeeded.")
	return nil
}

// ask sends a request and receives as much of the answer as there must be.
func ask(ctx context.Context, h *sockets.Handle, request []byte, size int) ([]byte, error) {
	if len(request) > 0 {
		if _, err := h.Send(ctx, request); err != nil {
			return nil, err
		}
	}
	m, err := h.RecvExact(ctx, size)
	return m.Data, err
}
