package repl

import (
	"fmt"
	"sync"

	"sosh/internal/show"
	"sosh/sockets"
)

// eventText returns the text that shows an event other than data, or "".
func (s *Shell) eventText(ev sockets.Event) show.Trusted {
	h := ev.Handle
	name, peer := h.Name(), ev.Peer.String()
	line := func(c colour, format show.Trusted, args ...any) show.Trusted {
		return s.stamp(ev.Time) + s.paintHandle(name, "") + s.out.paint(c, show.Sprintf(format, args...)) + "\n"
	}
	switch ev.Type {
	case sockets.EventSent:
		details := show.Trusted("")
		if s.news.peer(h, ev.Peer) {
			details = show.Sprintf(" to %s", peer)
		}
		if ev.Fault != "" {
			details += show.Sprintf(", %s", ev.Fault)
		}
		return s.stamp(ev.Time) + s.paintHandle(name, "->") + show.Sprintf(" %s%s\n", show.Count(len(ev.Data), "byte"), details)
	case sockets.EventConnected:
		s.news.peer(h, ev.Peer)
		from := ""
		if a := h.LocalAddr(); a.HasPort() {
			from = " from " + a.String()
		}
		return line(colourDim, " connected to %s%s", peer, from)
	case sockets.EventAccepted:
		s.news.peer(h, ev.Peer)
		return line(colourDim, " accepted from %s", peer)
	case sockets.EventWaiting:
		wait := "1 connection waits"
		if ev.N > 1 {
			wait = fmt.Sprintf("%d connections wait", ev.N)
		}
		return line(colourDim, ": %s to be accepted", wait)
	case sockets.EventEOF:
		return line(colourDim, ": the peer %s has ended the stream", peer)
	case sockets.EventReset:
		return line(colourWarn, ": reset by the peer %s", peer)
	case sockets.EventICMP:
		return line(colourWarn, ": %s: %s, by ICMP", peer, sockets.CauseText(ev.Err))
	case sockets.EventError:
		return line(colourWarn, ": %s", sockets.CauseText(ev.Err))
	case sockets.EventClosed:
		s.news.forget(h)
		return line(colourDim, " closed")
	}
	return ""
}

// news knows the peer that was last shown of each datagram handle. Its methods may be used
// concurrently.
type news struct {
	mu    sync.Mutex
	peers map[*sockets.Handle]sockets.Addr
}

// peer reports whether the address of a datagram's peer is to be shown, because it was not shown
// before or is another one.
func (n *news) peer(h *sockets.Handle, peer sockets.Addr) bool {
	if !h.Kind().Datagram() || h.Closed() {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if last, ok := n.peers[h]; ok && last == peer {
		return false
	}
	if n.peers == nil {
		n.peers = make(map[*sockets.Handle]sockets.Addr)
	}
	n.peers[h] = peer
	return true
}

func (n *news) forget(h *sockets.Handle) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.peers, h)
}
