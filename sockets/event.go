package sockets

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// An EventType names what happened to a handle.
type EventType string

// The types of event.
const (
	EventConnected EventType = "connected" // connect succeeded
	EventAccepted  EventType = "accepted"  // accept made this handle
	EventWaiting   EventType = "waiting"   // a connection waits on a listener's queue
	EventData      EventType = "data"      // bytes or a datagram were received
	EventSent      EventType = "sent"      // bytes or a datagram were sent
	EventEOF       EventType = "eof"       // the peer ended its side of the stream
	EventReset     EventType = "reset"     // the peer reset the connection
	EventICMP      EventType = "icmp"      // an ICMP error came back for a sent datagram
	EventError     EventType = "error"     // reading or accepting failed for another reason
	EventClosed    EventType = "closed"    // the handle was closed here
)

var eventTypes = []EventType{EventConnected, EventAccepted, EventWaiting, EventData, EventSent,
	EventEOF, EventReset, EventICMP, EventError, EventClosed}

// EventTypes returns the names of all types of event, in order.
func EventTypes() []string {
	names := make([]string, len(eventTypes))
	for i, t := range eventTypes {
		names[i] = string(t)
	}
	return names
}

// ParseEventType returns the type that s names, or an error that lists them.
func ParseEventType(s string) (EventType, error) {
	for _, t := range eventTypes {
		if string(t) == s {
			return t, nil
		}
	}
	return "", fmt.Errorf("no event %q (expected: %s)", s, strings.Join(EventTypes(), ", "))
}

// An Event is one thing that happened to a handle.
type Event struct {
	Type   EventType
	Handle *Handle
	Time   time.Time
	Peer   Addr      // the sender, the receiver, or the peer that connected
	Data   []byte    // the bytes of data and sent; read only. See [Handle.Wait]
	Cut    bool      // of data: the datagram was longer than the limit
	N      int       // of waiting: how many connections wait; of data and sent: how many bytes
	Err    error     // of reset, icmp, error and tls
	Own    bool      // of connected and accepted, of unix: the peer is a socket of this process
	TLS    *TLSEvent // of wire, secret and tls
	Fault  string    // of sent: what the handle's [Faults] did, "dropped", "held back", "late", "duplicate", "corrupt", or ""

	// Quiet marks the events of a handle that was closed by [Handle.Discard].
	Quiet bool

	// Direct marks data that a call has read from the socket itself and returns: there
	// was no receiver, and the bytes are not in the inbox.
	Direct bool
	// End is the position in the handle's input after this data, for
	// [Handle.MarkShown] and [Handle.MarkReported].
	End uint64
}

// Subscribe calls fn for the events of every handle, one at a time and in order, until
// cancel is called. types limits them to some types; without types it is all of [EventTypes].
// Bytes that are sent and received are copied only while a subscriber wants them.
//
// fn runs on the goroutine on which the event happened. It must be quick, and must not
// call methods of a Handle or the Table other than Name, Parent, Kind, State, Connected,
// Listening, LocalAddr, PeerAddr, MarkReported and MarkShown; for events of TLS
// ([EventWire]), only Name, Parent and Kind.
func (t *Table) Subscribe(fn func(Event), types ...EventType) (cancel func()) {
	t.evMu.Lock()
	defer t.evMu.Unlock()
	if len(types) == 0 {
		types = eventTypes
	}
	sink := &sink{fn: fn, types: types}
	if sink.wired() {
		sink.epoch = t.epoch.Add(1)
		t.wired.Add(1)
	}
	t.sinks = append(t.sinks, sink)
	t.sinksChanged()
	return func() {
		t.evMu.Lock()
		defer t.evMu.Unlock()
		for i, s := range t.sinks {
			if s == sink {
				t.sinks = append(t.sinks[:i:i], t.sinks[i+1:]...)
				if s.wired() {
					t.wired.Add(-1)
				}
				break
			}
		}
		t.sinksChanged()
	}
}

type sink struct {
	fn    func(Event)
	types []EventType
	epoch uint64 // of a subscription to wire: its number
}

// sinksChanged notes which events the subscribers want. The caller holds evMu.
func (t *Table) sinksChanged() {
	data, detail := false, false
	for _, s := range t.sinks {
		data = data || has(s.types, EventData) || has(s.types, EventSent)
		detail = detail || slices.ContainsFunc(detailTypes, func(d EventType) bool { return has(s.types, d) })
	}
	t.listening.Store(data)
	t.detailed.Store(detail)
}

// ownPeer reports whether the peer of a connected unix socket is a socket of this process,
// if a subscriber may want to know.
func (h *Handle) ownPeer() (own bool) {
	if h.kind.unix() && h.parent == nil && h.table.listening.Load() {
		h.control(func(fd int) error { own = peerPID(fd) == os.Getpid(); return nil })
	}
	return own
}

// wants reports whether anybody would get an event of data or sent. listening, keepData
// and keepSent say whether they would get its bytes too.
func (h *Handle) wants() bool { return h.table.listening.Load() || h.recording.Load() }

// An ordering holds the lock under which something happens and is published. So
// subscribers see sent data before the answer to it, and received data before a call
// returns it. Without subscribers nothing is locked.
type ordering struct {
	table *Table
	held  bool
}

func (o *ordering) enter() {
	if !o.held && (o.table.listening.Load() || o.table.detailed.Load()) {
		o.table.telling.Lock()
		o.held = true
	}
}

func (o *ordering) leave() {
	if o.held {
		o.table.telling.Unlock()
		o.held = false
	}
}

// publish sends ev to the subscribers, then keeps it for [Handle.Wait], so that what a
// subscriber shows comes before what a waiter does. Both see the events of a handle in the
// same order; closed is the last.
func (h *Handle) publish(ev Event) {
	ev.Handle, ev.Quiet = h, h.quiet.Load()
	if ev.Time.IsZero() {
		ev.Time = time.Now()
	}
	t := h.table
	t.evMu.Lock()
	defer t.evMu.Unlock()
	if h.events.over() {
		return
	}
	for _, s := range t.sinks {
		if has(s.types, ev.Type) {
			s.fn(ev)
		}
	}
	h.events.add(ev)
}
