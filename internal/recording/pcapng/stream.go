package pcapng

import (
	"strings"

	"sosh/internal/recording"
	"sosh/internal/recording/packet"
)

// A endpoint is a handle's end of a connection.
type endpoint struct {
	conn        *conn
	end         int
	local, peer string // the addresses by which it was found
}

// streamEvent writes the packets of an event of a stream.
func (w *writer) streamEvent(h *handle, ev *recording.Event) {
	switch ev.Type {
	case recording.Connected, recording.Accepted:
		h.stream = w.endpointOf(h, ev, true)
		h.stream.conn.recorded[h.stream.end] = true
		w.handshake(h.stream.conn, comment(h, ev.Type))
		return
	case recording.Wire, recording.TLS:
		w.wireEvent(h, ev)
		return
	case recording.Failed:
		if ev.Op == "connect" {
			w.refused(h, ev)
		}
		return
	case recording.ICMP:
		return
	}
	if h.stream.conn == nil {
		if ev.Type == recording.Closed || ev.Peer == "" && len(ev.Data) == 0 {
			return // it was never connected
		}
		h.stream = w.endpointOf(h, ev, false)
		h.stream.conn.recorded[h.stream.end] = true
	}
	c, end := h.stream.conn, h.stream.end
	other := 1 - end
	wire := c.wire[end] // the ciphertext carries what data and sent contain
	switch ev.Type {
	case recording.Sent:
		if !wire {
			w.data(c, end, end, ev.Data, comment(h, ev.Type))
		}
	case recording.Data:
		if !wire {
			w.data(c, other, end, ev.Data, comment(h, ev.Type))
		}
	case recording.Gap:
		from := other
		if ev.Out {
			from = end
		}
		w.gap(c, from, end, ev.N)
	case recording.HalfClose:
		if !wire { // of TLS it is a message
			w.fin(c, end, end, comment(h, ev.Type))
		}
	case recording.EOF:
		if wire {
			c.peerEnded[end] = true // TCP may still be open
		} else {
			w.fin(c, other, end, comment(h, ev.Type))
		}
	case recording.Reset:
		from := other
		if ev.Text == "here" {
			from = end
		}
		w.rst(c, from, comment(h, ev.Type))
	case recording.Closed:
		if c.peerEnded[end] {
			w.fin(c, other, end, "")
		}
		w.fin(c, end, end, comment(h, ev.Type))
		w.closeEnd(c, end)
	}
}

// refused writes a connect that has failed: the segment that asks for a connection, and the
// answer, if there was one.
func (w *writer) refused(h *handle, ev *recording.Event) {
	peer, ok := parse(ev.Peer)
	refused := strings.Contains(ev.Error, "refused")
	if !ok || h.stream.conn != nil || strings.HasPrefix(ev.Error, "TLS") || !refused && !strings.Contains(ev.Error, "timed out") {
		return
	}
	local, ok := parse(h.local)
	if !ok || local.Port() == 0 {
		local = w.names.ephemeral(peer.Addr())
	}
	local, peer = sameFamily(local, peer)
	c := &conn{addr: [2]address{local, peer}}
	w.segment(c, 0, packet.SYN, nil, comment(h, recording.Connected))
	if c.dirs[0].next++; refused {
		w.segment(c, 1, packet.RST|packet.ACK, nil, h.name+": "+label(ev.Error))
	}
}

// wireEvent writes ciphertext, which may come before connected, or be an event of the listener
// while the connection has no handle yet.
func (w *writer) wireEvent(h *handle, ev *recording.Event) {
	if w.plaintext {
		return
	}
	if s := &h.wire; s.conn == nil || s.local != ev.Local || s.peer != ev.Peer {
		*s = w.endpointOf(h, ev, false)
	}
	c, end := h.wire.conn, h.wire.end
	opened := recording.Connected // the TLS handshake comes before the event connected
	if end == 1 {
		opened = recording.Accepted
	}
	w.handshake(c, comment(h, opened))
	switch {
	case ev.Type == recording.TLS && ev.Error != "":
		w.fin(c, end, end, comment(h, ev.Type)+": "+label(ev.Error))
	case ev.Type == recording.TLS:
	case ev.Out:
		c.wire[end] = true
		w.data(c, end, end, ev.Data, comment(h, ev.Type))
	default:
		c.wire[end] = true
		w.data(c, 1-end, end, ev.Data, comment(h, ev.Type))
	}
}

// endpointOf finds the connection of an event, or starts one.
func (w *writer) endpointOf(h *handle, ev *recording.Event, opening bool) endpoint {
	s := endpoint{local: clip(h.local), peer: clip(ev.Peer)}
	// A client of TLS is the first to send something.
	server := ev.Type == recording.Accepted || h.accepted || ev.Type == recording.Wire && !ev.Out
	if s.conn = w.pairing.dequeue(&s, ev, server); s.conn != nil {
		if s.end = 0; server {
			s.end = 1
		} else {
			w.names.rename(s.conn.addr[0], h.name)
		}
		return s
	}
	a, b := w.address(s.local, h.name), w.address(s.peer, "peer of "+h.name)
	a, b = sameFamily(a, b)
	key := pairOf(a, b)
	c, ok := w.conns.get(key)
	if !ok {
		c, ok = w.closed.get(key)
	}
	if !ok || opening && c.recorded[c.endOf(a)] {
		// It is new, or the same addresses once more.
		c = &conn{key: key, addr: [2]address{a, b}, dirs: [2]direction{{next: w.isn}, {next: w.isn}}}
		if server {
			c.addr = [2]address{b, a}
		}
		w.closed.remove(key)
		w.conns.put(key, c)
	}
	s.conn, s.end = c, c.endOf(a)
	w.pairing.enqueue(&s, ev, server)
	return s
}

// address returns the address of a text; what says what to call it if it is no name.
func (w *writer) address(text, what string) address {
	if a, ok := parse(text); ok {
		return a
	}
	if text == "" || strings.HasPrefix(text, noName) {
		return w.names.unnamed(what)
	}
	return w.names.named(text)
}

// closeEnd notes that the handle of one end was closed.
func (w *writer) closeEnd(c *conn, end int) {
	c.closed[end] = true
	open, _ := w.conns.get(c.key)
	closed, _ := w.closed.get(c.key)
	if open == c {
		w.conns.remove(c.key)
	}
	switch {
	case c.closed[1-end]:
		if closed == c {
			w.closed.remove(c.key)
		}
	case open == c:
		w.closed.put(c.key, c) // for the handle of the other end
	}
}

// verbs are the calls after which packets are named.
var verbs = map[recording.Type]string{
	recording.Connected: "connect",
	recording.Accepted:  "accept",
	recording.Sent:      "send",
	recording.Data:      "recv",
	recording.HalfClose: "shutdown",
	recording.EOF:       "end of the stream",
	recording.Reset:     "reset",
	recording.Closed:    "close",
	recording.Wire:      "TLS",
	recording.TLS:       "TLS handshake",
	recording.ICMP:      "ICMP error",
}

// comment says which handle did what.
func comment(h *handle, t recording.Type) string { return h.name + ": " + verbs[t] }
