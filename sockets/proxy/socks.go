package proxy

import (
	"context"
	"encoding/binary"
	"net/netip"
	"strings"

	"sosh/sockets"
)

// maxName is the maximum length of a host, a user or a password in SOCKS.
const maxName = 255

// connectSOCKS asks a SOCKS proxy for a connection. It does not use golang.org/x/net/proxy, which
// returns a proxy's reply only as text, and a timeout as a cancelled call.
func (d *Dialer) connectSOCKS(ctx context.Context, h *sockets.Handle, hop Hop, host, port string) error {
	num, err := d.number(port)
	if err != nil {
		return err
	}
	auth, err := d.credentials(hop)
	if err != nil {
		return err
	}
	if hop.Protocol == SOCKS5 {
		return d.connectSOCKS5(ctx, h, host, num, auth)
	}
	return d.connectSOCKS4(ctx, h, host, num, auth)
}

// connectSOCKS4 asks a SOCKS4 proxy, by address, or by name as in SOCKS4a.
func (d *Dialer) connectSOCKS4(ctx context.Context, h *sockets.Handle, host string, port uint16, auth *Credentials) error {
	e := &Error{Protocol: SOCKS4, Part: "response"}
	ip, err := netip.ParseAddr(host)
	name := ""
	switch {
	case err != nil && len(host) > maxName:
		e.Err = ErrLongName
		return e
	case err != nil && strings.IndexByte(host, 0) >= 0, auth != nil && strings.IndexByte(auth.User, 0) >= 0:
		e.Err = errZero // a zero byte ends each of them
		return e
	case err != nil:
		// This impossible address means that the name follows (SOCKS4a).
		ip, name = netip.AddrFrom4([4]byte{0, 0, 0, 1}), host+"\x00"
		d.notify(RemoteName, host)
	case !ip.Is4():
		e.Err = ErrSOCKS4Six
		return e
	}
	request := binary.BigEndian.AppendUint16([]byte{4, 1}, port)
	request = append(request, ip.AsSlice()...)
	if auth != nil {
		request = append(request, auth.User...)
	}
	reply, err := exchange(ctx, h, append(append(request, 0), name...), 8)
	if err != nil {
		e.Err = err
		return e
	}
	if reply[1] != 90 {
		e.Part, e.Code = "", int(reply[1])
		return e
	}
	return nil
}

// connectSOCKS5 asks a SOCKS5 proxy (RFC 1928, RFC 1929).
func (d *Dialer) connectSOCKS5(ctx context.Context, h *sockets.Handle, host string, port uint16, auth *Credentials) error {
	e := &Error{Protocol: SOCKS5, Part: "connect response"}
	failed := func(err error) error {
		e.Err = err
		return e
	}
	methods := []byte{5, 1, 0}
	if auth != nil {
		methods = []byte{5, 2, 0, 2}
	}
	reply, err := exchange(ctx, h, methods, 2)
	switch {
	case err != nil:
		return failed(err)
	case reply[0] != 5:
		return failed(ErrVersion)
	case reply[1] == 0xff:
		return failed(ErrNoMethod)
	case reply[1] == 0:
		d.notify(NoAuthentication, host)
	case reply[1] == 2 && auth != nil:
		if len(auth.User) > maxName || len(auth.Password) > maxName {
			return failed(ErrLongName)
		}
		login := append([]byte{1, byte(len(auth.User))}, auth.User...)
		login = append(append(login, byte(len(auth.Password))), auth.Password...)
		if reply, err = exchange(ctx, h, login, 2); err != nil {
			return failed(err)
		}
		if reply[1] != 0 {
			return failed(ErrPassword)
		}
	default:
		return failed(ErrMethod)
	}

	e.Part = "request response"
	request := []byte{5, 1, 0}
	switch ip, err := netip.ParseAddr(host); {
	case err == nil && ip.Is4():
		request = append(append(request, 1), ip.AsSlice()...)
	case err == nil:
		request = append(append(request, 4), ip.AsSlice()...)
	case len(host) > maxName:
		return failed(ErrLongName)
	default:
		d.notify(RemoteName, host)
		request = append(append(request, 3, byte(len(host))), host...)
	}
	if reply, err = exchange(ctx, h, binary.BigEndian.AppendUint16(request, port), 4); err != nil {
		return failed(err)
	}
	switch {
	case reply[0] != 5:
		return failed(ErrVersion)
	case reply[1] != 0:
		e.Part, e.Code = "", int(reply[1])
		return e
	}
	size := 0
	switch reply[3] {
	case 1:
		size = 4
	case 3:
		length, err := exchange(ctx, h, nil, 1)
		if err != nil {
			return failed(err)
		}
		size = int(length[0])
	case 4:
		size = 16
	default:
		return failed(ErrAddressType)
	}
	if _, err := exchange(ctx, h, nil, size+2); err != nil {
		return failed(err)
	}
	d.notify(Connected, host)
	return nil
}

// exchange sends a request, if there is one, and receives size bytes.
func exchange(ctx context.Context, h *sockets.Handle, request []byte, size int) ([]byte, error) {
	if len(request) > 0 {
		if _, err := h.Send(ctx, request); err != nil {
			return nil, err
		}
	}
	m, err := h.RecvExact(ctx, size)
	return m.Data, err
}
