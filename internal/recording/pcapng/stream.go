package pcapng

import (
	"strings"

	"sosh/internal/recording"
)

// streamEvent writes the packets of an event of a stream.
func (w *writer) streamEvent(h *handle, ev *recording.Event) {
	if ev.Type == recording.Failed || ev.Type == recording.ICMP {
		return
	}
	peer := ev.Peer
	if peer == "" && h.conn == nil {
		peer = h.peer
	}
	if peer != "" {
		h.peer = clip(peer)
	}
	opening := ev.Type == recording.Connected || ev.Type == recording.Accepted
	if h.conn == nil && !opening && (ev.Type == recording.Closed || h.peer == "" && len(ev.Data) == 0) {
		return // of a handle that was never connected
	}
	c, end := w.connection(h, ev)
	other := 1 - end
	wire := c.wire[end] && !w.plaintext
	switch ev.Type {
	case recording.Connected, recording.Accepted:
		w.shake(c, comment(h, ev.Type))
	case recording.Sent:
		if !wire {
			w.data(c, end, end, ev.Data, comment(h, ev.Type))
		}
	case recording.Data:
		if !wire {
			w.data(c, other, end, ev.Data, comment(h, ev.Type))
		}
	case recording.Wire:
		if w.plaintext {
			return
		}
		c.wire[end] = true
		from := other
		if ev.Out {
			from = end
		}
		w.data(c, from, end, ev.Data, comment(h, ev.Type))
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

// connection returns the connection of a handle, and which end the handle is.
func (w *writer) connection(h *handle, ev *recording.Event) (c *conn, end int) {
	local := h.local
	if h.conn != nil && h.connFor == [2]string{local, h.peer} {
		return h.conn, h.end
	}
	h.connFor = [2]string{local, h.peer}
	a, aOK := parse(local)
	b, bOK := parse(h.peer)
	if !aOK {
		a = w.madeUp(local, h.name)
	}
	if !bOK {
		b = w.madeUp(h.peer, "peer of "+h.name)
	}
	a, b = sameFamily(a, b)
	key := pairOf(a, b, false)
	c, ok := w.conns.get(key)
	if !ok {
		if c, ok = w.closed.get(key); ok && ev.Type == recording.Connected || ev.Type == recording.Accepted {
			ok = false
		}
	}
	if ok && c.told[c.endOf(a)] && (ev.Type == recording.Connected || ev.Type == recording.Accepted) && c.over() {
		ok = false // the same addresses once more
	}
	if !ok {
		c = &conn{key: key, addr: [2]address{a, b}}
		if h.accepted {
			c.addr = [2]address{b, a}
		}
		w.conns.put(key, c)
	}
	end = c.endOf(a)
	c.told[end] = true
	h.conn, h.end = c, end
	return c, end
}

// madeUp returns the address of a text that is no IP address.
func (w *writer) madeUp(text, what string) address {
	if text == "" || strings.HasPrefix(text, noName) {
		return w.names.unnamed(what)
	}
	return w.names.named(text)
}

// closeEnd notes that the handle of one end was closed.
func (w *writer) closeEnd(c *conn, end int) {
	c.gone[end] = true
	w.conns.remove(c.key)
	if c.told[1-end] && c.gone[1-end] {
		w.closed.remove(c.key)
		return
	}
	w.closed.put(c.key, c) // for a handle of the other end
}

// comment says which handle did what.
func comment(h *handle, t recording.Type) string {
	verb := string(t)
	switch t {
	case recording.Connected:
		verb = "connect"
	case recording.Accepted:
		verb = "accept"
	case recording.Sent:
		verb = "send"
	case recording.Data:
		verb = "recv"
	case recording.HalfClose:
		verb = "shutdown"
	case recording.Closed:
		verb = "close"
	case recording.Wire:
		verb = "TLS"
	}
	return h.name + " " + verb
}
