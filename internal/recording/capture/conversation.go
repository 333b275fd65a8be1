package capture

import (
	"container/list"
	"fmt"
	"net/netip"

	"sosh/internal/recording"
	"sosh/internal/recording/packet"
)

// pair is the two ends of a conversation, in an order that both directions share.
type pair struct{ low, high netip.AddrPort }

func pairOf(a, b netip.AddrPort) pair {
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	return pair{a, b}
}

// end is one conversation, as its client's handle.
type end struct {
	name           string
	kind           string
	number         int
	client, server netip.AddrPort
}

// newEnd returns the handle of a new conversation. proto is tcp or udp; n counts them.
func (r *Reader) newEnd(proto string, n int, client, server netip.AddrPort) end {
	kind := proto + "4"
	if client.Addr().Is6() && !client.Addr().Is4In6() {
		kind = proto + "6"
	}
	return end{fmt.Sprintf("%s%d", proto, n), kind, r.handle(), client, server}
}

// event returns an event of the handle.
func (e *end) event(t recording.Type) recording.Event {
	return recording.Event{Type: t, Handle: e.name, Number: e.number, Kind: e.kind,
		Local: e.client.String(), Peer: e.server.String()}
}

// transfer returns the event of bytes that go from src.
func (e *end) transfer(src netip.AddrPort, data []byte) recording.Event {
	t := recording.Data
	if src == e.client {
		t = recording.Sent
	}
	ev := e.event(t)
	ev.Data = data
	return ev
}

// recent keeps conversations by their addresses, and gives up the one idle longest where
// there are too many.
type recent[T any] struct {
	byPair map[pair]*list.Element
	order  *list.List // of *entry[T]; the one idle longest is first
}

type entry[T any] struct {
	key   pair
	value T
}

func newRecent[T any]() recent[T] { return recent[T]{make(map[pair]*list.Element), list.New()} }

// get returns the conversation of a pair, and marks it as used.
func (r *recent[T]) get(key pair) (value T, ok bool) {
	e := r.byPair[key]
	if e == nil {
		return value, false
	}
	r.order.MoveToBack(e)
	return e.Value.(*entry[T]).value, true
}

// put adds a conversation, in place of one with the same addresses. If there are too many,
// it removes one and returns it.
func (r *recent[T]) put(key pair, value T) (old T, removed bool) {
	if e := r.byPair[key]; e != nil {
		r.order.Remove(e)
		delete(r.byPair, key)
	}
	if r.order.Len() >= maxConversations {
		first := r.order.Front()
		x := r.order.Remove(first).(*entry[T])
		delete(r.byPair, x.key)
		old, removed = x.value, true
	}
	r.byPair[key] = r.order.PushBack(&entry[T]{key, value})
	return old, removed
}

// all calls f for each conversation, the one idle longest first.
func (r *recent[T]) all(f func(T)) {
	for e := r.order.Front(); e != nil; e = e.Next() {
		f(e.Value.(*entry[T]).value)
	}
}

// conversations are the UDP conversations.
type conversations struct {
	r      *Reader
	recent recent[*end]
	n      int
}

func newConversations(r *Reader) *conversations {
	return &conversations{r: r, recent: newRecent[*end]()}
}

// serverPort is the first port that is not reserved for servers.
const serverPort = 1024

// datagram emits a datagram, and before the first of a conversation that it is connected. The
// client is whoever sent first, unless only that one has a server's port: then the capture
// began with an answer.
func (c *conversations) datagram(s segment) {
	key := pairOf(s.src, s.dst)
	e, ok := c.recent.get(key)
	if !ok {
		client, server := s.src, s.dst
		if client.Port() < serverPort && server.Port() >= serverPort {
			client, server = server, client
		}
		c.n++
		end := c.r.newEnd("udp", c.n, client, server)
		e = &end
		c.recent.put(key, e)
		c.r.emit(e.event(recording.Connected))
	}
	ev := e.transfer(s.src, s.payload)
	ev.Cut = s.missing > 0
	c.r.emit(ev)
}

// unreachable emits the ICMP error for a datagram, which has the datagram's first bytes.
func (c *conversations) unreachable(why string, about []byte) {
	ip, err := packet.ParseIP(about)
	if err != nil || ip.Protocol != packet.UDP || ip.Offset > 0 || len(ip.Payload) < 8 {
		return
	}
	u, err := packet.ParseUDP(ip.Payload)
	if err != nil {
		return
	}
	from, to := netip.AddrPortFrom(ip.Src, u.SrcPort), netip.AddrPortFrom(ip.Dst, u.DstPort)
	e, ok := c.recent.get(pairOf(from, to))
	if !ok || from != e.client {
		return
	}
	ev := e.event(recording.ICMP)
	ev.Error = why
	c.r.emit(ev)
}
