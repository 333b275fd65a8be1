package netcat

import (
	"context"
	"errors"
	"net/netip"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// The bytes of the loose source route option of IPv4 (RFC 791, 3.1).
const (
	optionNOP  = 1
	optionLSRR = 131
)

// setSourceRoute has what is sent to an address go by way of the hops of -g.
func (n *netcat) setSourceRoute(ctx context.Context, h *sockets.Handle, to netip.Addr) error {
	hops := n.opt.sourceRoute
	if len(hops) == 0 {
		return nil
	}
	if !to.Is4() {
		return errors.New("source routing is IPv4's alone")
	}
	pointer := n.opt.sourceRoutePointer
	if pointer == 0 {
		pointer = 4
	}
	option := []byte{optionNOP, optionLSRR, byte(3 + 4*(len(hops)+1)), byte(pointer)}
	for _, hop := range hops {
		ips, err := n.resolve(ctx, hop)
		if err != nil || !ips[0].Is4() {
			return n.voice.sourceUnresolved(hop, errNoName)
		}
		option = append(option, ips[0].AsSlice()...)
	}
	option = append(option, to.AsSlice()...)
	raw, err := h.SyscallConn()
	if err != nil {
		return err
	}
	cerr := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptString(int(fd), unix.IPPROTO_IP, unix.IP_OPTIONS, string(option))
	})
	return errors.Join(cerr, err)
}
