package sockets

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Shutdown ends one or both sides of the connection, as shutdown(2); how is
// unix.SHUT_RD, SHUT_WR or SHUT_RDWR.
func (h *Handle) Shutdown(how int) (err error) {
	if h.parent != nil {
		return h.fail("shutdown", "", unix.EOPNOTSUPP)
	}
	if how != unix.SHUT_WR {
		// Set this before the call, which wakes waiting receives.
		was := h.shutRead.Swap(true)
		defer func() {
			if err != nil && !was && !h.shutAnyway(err) {
				h.shutRead.Store(false)
			}
		}()
	}
	s := h.tls.Load()
	if h.dtls.Load() != nil && (how == unix.SHUT_WR || how == unix.SHUT_RDWR) {
		return h.fail("shutdown", "", errNoHalves)
	}
	if s != nil && how != unix.SHUT_RD && !h.Closed() {
		s.closeWrite()
	}
	o := ordering{table: h.table} // publish it before the peer's reaction
	o.enter()
	defer o.leave()
	if s != nil && how == unix.SHUT_WR && !h.Closed() {
		// Send only close_notify: the TCP stream must still carry messages of TLS
		// itself.
	} else if err := h.control(func(fd int) error { return unix.Shutdown(fd, how) }); err != nil {
		return h.fail("shutdown", "", err)
	}
	h.mu.Lock()
	ends := !h.writeEnd && how != unix.SHUT_RD
	h.readEnd = h.readEnd || how != unix.SHUT_WR
	h.writeEnd = h.writeEnd || how != unix.SHUT_RD
	h.mu.Unlock()
	if ends {
		h.detail(Event{Type: EventHalfClosed, Peer: h.PeerAddr()})
	}
	return nil
}

// shutAnyway reports whether a failed shutdown nevertheless had its effect: for a UDP
// socket without a peer, Linux returns ENOTCONN but wakes the readers.
func (h *Handle) shutAnyway(err error) bool {
	return h.kind.Datagram() && errors.Is(err, unix.ENOTCONN)
}
