package recording

import (
	"slices"
	"strings"
	"time"
)

// A Conversation is the traffic between two ends: one connection, or the datagrams
// between two addresses.
type Conversation struct {
	Number         int // from 1, in the order in which they began
	Kind           string
	Client, Server End // the client connected, or sent the first datagram
	// ByServer is true if Events belong to the server's handle, because the client is not a
	// handle of the recording. If both are, Events belong to the client's handle.
	ByServer bool
	Events   []Event
}

// An End is one side of a conversation.
type End struct {
	Handle  string // "" if it is not a handle of the recording
	Number  int    // of the handle
	Parent  string // the listener that accepted it
	Address string // "" if it is not known, or an unnamed unix socket
}

// Ours reports whether the end is a handle of the recording.
func (e End) Ours() bool { return e.Handle != "" }

// IsDatagram reports whether handles of a kind, such as udp4, send datagrams or records: what
// was sent at once is received at once.
func IsDatagram(kind string) bool {
	return strings.HasPrefix(kind, "udp") || strings.HasPrefix(kind, "dtls") || kind == "unixgram" || kind == "unixpacket"
}

// Datagram reports whether the conversation has datagrams or records, and not a stream.
func (c *Conversation) Datagram() bool { return IsDatagram(c.Kind) }

// FromClient reports whether one of the conversation's events was done by the client: sent
// by it, or ended by it.
func (c *Conversation) FromClient(ev Event) bool {
	theirs := ev.Type == Data || ev.Type == EOF || ev.Type == ICMP ||
		ev.Type == Reset && ev.Text != "here" || (ev.Type == Wire || ev.Type == Gap) && !ev.Out
	return theirs == c.ByServer
}

// A Turn is what one end did before the other end acted: it sent data, or shut down its
// side.
type Turn struct {
	// Type is Sent for data, HalfClose for the end of what one end sends, or the type of the
	// event: Reset, Closed, TLS, ICMP, Failed, Gap.
	Type       Type
	FromClient bool
	Data       []byte  // all the data of the turn; of a conversation of datagrams, one datagram
	Events     []Event // the events of the turn, such as the pieces in which the data arrived
}

// Time returns when the turn began.
func (t Turn) Time() time.Duration { return t.Events[0].Time }

// Turns returns the conversation as turns, in the order seen by the end that c.Events
// belong to. Datagrams that faults dropped, and ciphertext, are left out.
func (c *Conversation) Turns() []Turn {
	var list []Turn
	for _, ev := range c.Events {
		t := Turn{Type: ev.Type, FromClient: c.FromClient(ev), Data: ev.Data, Events: []Event{ev}}
		switch ev.Type {
		case Sent, Data:
			t.Type = Sent
			if ev.Fault == "dropped" || len(ev.Data) == 0 && !c.Datagram() {
				continue
			}
			if n := len(list); n > 0 && !c.Datagram() && list[n-1].Type == Sent && list[n-1].FromClient == t.FromClient {
				last := &list[n-1]
				if len(last.Events) == 1 {
					last.Data = slices.Clone(last.Data) // the event has it too
				}
				last.Data = append(last.Data, ev.Data...)
				last.Events = append(last.Events, ev)
				continue
			}
		case EOF, HalfClose:
			t.Type = HalfClose
		case Reset, Closed, TLS, ICMP, Failed, Gap:
		default:
			continue
		}
		list = append(list, t)
	}
	return list
}

// Conversations groups events into conversations. Events of no conversation, such as those
// of listeners, are left out. The events' data is shared, not copied.
func Conversations(events []Event) []*Conversation {
	var g grouper
	of := make([]*side, len(events))
	for i, ev := range events {
		of[i] = g.add(ev)
	}
	for i, ev := range events {
		if s := of[i]; s != nil && s.server == s.c.ByServer {
			s.c.Events = append(s.c.Events, ev)
		}
	}
	return g.list
}

// A grouper finds the conversation of each event of a stream.
type grouper struct {
	list    []*Conversation
	handles map[handleID]*handle
	single  map[pair][]*side // open conversations whose second handle may still appear
}

type handleID struct {
	name   string
	number int
}

// A handle is a handle of the recording that was not closed yet.
type handle struct {
	kind, local, parent string
	only                *side            // of a connected handle
	peers               map[string]*side // of a datagram handle that is not connected
}

// A side is a handle's part in a conversation.
type side struct {
	c      *Conversation
	server bool
	at     pair
}

// A pair is the ports, or paths, of the client and of the server.
type pair struct{ client, server string }

func (g *grouper) add(ev Event) *side {
	switch ev.Type {
	case TestBegan, TestEnded, Check, Output, Note, Lost:
		return nil
	}
	if ev.Handle == "" {
		return nil
	}
	id := handleID{ev.Handle, ev.Number}
	h := g.handles[id]
	if h == nil {
		h = new(handle)
		if g.handles == nil {
			g.handles, g.single = make(map[handleID]*handle), make(map[pair][]*side)
		}
		g.handles[id] = h
	}
	if ev.Kind != "" {
		h.kind = ev.Kind
	}
	if ev.Local != "" {
		h.local = ev.Local
	}
	if ev.Parent != "" {
		h.parent = ev.Parent
	}
	s := g.sideOf(h, ev)
	if ev.Type == Closed {
		delete(g.handles, id)
		g.forget(h.only)
		for _, s := range h.peers {
			g.forget(s)
		}
	}
	return s
}

// sideOf returns the side of a conversation that an event of h belongs to.
func (g *grouper) sideOf(h *handle, ev Event) *side {
	switch {
	case ev.Type == Connected || ev.Type == Accepted:
		g.forget(h.only)
		h.only = g.begin(h, ev, ev.Type == Accepted)
	case h.only != nil:
	case ev.Type != Data && ev.Type != Sent:
		return h.peers[ev.Peer]
	case !IsDatagram(h.kind) || ev.Parent != "":
		// Its beginning was not recorded.
		h.only = g.begin(h, ev, h.parent != "")
	default:
		s := h.peers[ev.Peer]
		if s == nil {
			s = g.begin(h, ev, ev.Type == Data)
			if h.peers == nil {
				h.peers = make(map[string]*side)
			}
			h.peers[ev.Peer] = s
		}
		return s
	}
	return h.only
}

// begin adds a handle to a new conversation, or to an existing one as its second end.
func (g *grouper) begin(h *handle, ev Event, server bool) *side {
	mine := End{Handle: ev.Handle, Number: ev.Number, Parent: h.parent, Address: address(h.local)}
	other := End{Address: address(ev.Peer)}
	s := &side{server: server}
	c := &Conversation{Kind: h.kind, ByServer: server, Client: mine, Server: other}
	if server {
		c.Client, c.Server = other, mine
	}
	s.at = pair{port(c.Client.Address), port(c.Server.Address)}
	if s.at.server != "" {
		for _, o := range g.single[s.at] {
			if o.server != server && alike(o.c, c) {
				g.forget(o)
				s.c = o.c
				if server {
					mine.Address = narrower(mine.Address, o.c.Server.Address)
					o.c.Server = mine
				} else {
					mine.Address = narrower(mine.Address, o.c.Client.Address)
					o.c.Client, o.c.ByServer, o.c.Kind = mine, false, h.kind
				}
				return s
			}
		}
		if list := append(g.single[s.at], s); len(list) > maxSingle {
			g.single[s.at] = list[1:]
		} else {
			g.single[s.at] = list
		}
	}
	g.list = append(g.list, c)
	c.Number = len(g.list)
	s.c = c
	return s
}

// maxSingle is how many conversations between the same two ports wait for their other end.
const maxSingle = 64

// forget ends the search for the other end of a side.
func (g *grouper) forget(s *side) {
	if s == nil {
		return
	}
	list := slices.DeleteFunc(g.single[s.at], func(o *side) bool { return o == s })
	if g.single[s.at] = list; len(list) == 0 {
		delete(g.single, s.at)
	}
}

// alike reports whether two conversations between the same ports can be the two views of
// one conversation.
func alike(a, b *Conversation) bool {
	return network(a.Kind) == network(b.Kind) &&
		sameHost(a.Client.Address, b.Client.Address) && sameHost(a.Server.Address, b.Server.Address)
}

// network returns what the kind of a handle is below TLS: tcp for tls4.
func network(kind string) string {
	kind = strings.TrimRight(kind, "46")
	switch kind {
	case "tls":
		return "tcp"
	case "dtls":
		return "udp"
	}
	return kind
}

// address returns an address as it is compared; sosh shows that of an unnamed unix socket as
// (unnamed).
func address(s string) string {
	if s == "(unnamed)" {
		return ""
	}
	return s
}

// port returns the part of an address after the host; of a path, all of it.
func port(address string) string {
	if strings.ContainsAny(address, "/@") {
		return address
	}
	return address[strings.LastIndexByte(address, ':')+1:]
}

// sameHost reports whether two addresses with the same port can be the same; a socket bound
// to all addresses may have any.
func sameHost(a, b string) bool {
	a, b = a[:len(a)-len(port(a))], b[:len(b)-len(port(b))]
	return a == b || isWildcard(a) || isWildcard(b)
}

// narrower returns the more specific of two addresses of one socket.
func narrower(a, b string) string {
	if b == "" || isWildcard(b[:len(b)-len(port(b))]) {
		return a
	}
	return b
}

func isWildcard(host string) bool {
	return host == "0.0.0.0:" || host == "[::]:" || host == "*:" || host == ":"
}
