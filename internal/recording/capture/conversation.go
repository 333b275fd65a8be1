package capture

import (
	"container/list"
	"fmt"
	"net/netip"
	"strings"

	"sosh/internal/recording"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
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

// icmp emits an ICMP error for a datagram; the error contains the datagram's first bytes.
func (c *conversations) icmp(code string, unreachable bool, about gopacket.Packet) {
	if !unreachable {
		return
	}
	var src, dst netip.Addr
	var proto layers.IPProtocol
	switch ip := about.NetworkLayer().(type) {
	case *layers.IPv4:
		src, _ = netip.AddrFromSlice(ip.SrcIP.To4())
		dst, _ = netip.AddrFromSlice(ip.DstIP.To4())
		proto = ip.Protocol
	case *layers.IPv6:
		src, _ = netip.AddrFromSlice(ip.SrcIP)
		dst, _ = netip.AddrFromSlice(ip.DstIP)
		proto = ip.NextHeader
	}
	rest := about.NetworkLayer()
	if rest == nil || proto != layers.IPProtocolUDP || len(rest.LayerPayload()) < 4 {
		return
	}
	p := rest.LayerPayload()
	from := netip.AddrPortFrom(src, uint16(p[0])<<8|uint16(p[1]))
	to := netip.AddrPortFrom(dst, uint16(p[2])<<8|uint16(p[3]))
	e, ok := c.recent.get(pairOf(from, to))
	if !ok || from != e.client {
		return
	}
	ev := e.event(recording.ICMP)
	_, what, _ := strings.Cut(code, "(")
	ev.Error = strings.ToLower(strings.TrimSuffix(what, ")"))
	if ev.Error == "port" || ev.Error == "portunreachable" {
		ev.Error = "port unreachable"
	}
	c.r.emit(ev)
}
