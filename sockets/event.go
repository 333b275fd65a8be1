package sockets

import (
	"fmt"
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
	EventData      EventType = "data"      // bytes or a datagram came
	EventSent      EventType = "sent"      // bytes or a datagram went out
	EventEOF       EventType = "eof"       // the peer ended its side of the stream
	EventReset     EventType = "reset"     // the peer reset the connection
	EventICMP      EventType = "icmp"      // an ICMP error came for a datagram sent
	EventError     EventType = "error"     // reading or accepting failed otherwise
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
	Peer   Addr   // who sent it, or to whom it went, or who connected
	Data   []byte // the bytes of data and sent; nobody may change them. See [Handle.Wait]
	Cut    bool   // of data: the datagram was longer than the limit
	N      int    // of waiting: how many connections wait; of data and sent: how many bytes
	Err    error  // of reset, icmp and error
	Fault  string // of sent: what the handle's [Faults] did, "dropped", "held back", "late", "duplicate", "corrupt", or ""

	// Quiet marks what happens to a handle that [Handle.Discard] has ended.
	Quiet bool

	// Direct marks data that a call read from the socket itself and returns:
	// no receiver ran, the bytes are not in the inbox.
	Direct bool
	// End is the position in the handle's input after this data, for
	// [Handle.Shown] and [Handle.Told].
	End uint64
}

// Subscribe has fn called for the events of every handle, of the types given or
// of all, one at a time and in order, until cancel is called. What is sent and
// received is copied only while somebody wants it. fn runs on the goroutine of whatever
// happened: it must be quick, and must not call a method of a Handle or the
// Table other than Name, Kind, LocalAddr, Told and Shown.
func (t *Table) Subscribe(fn func(Event), types ...EventType) (cancel func()) {
	t.evMu.Lock()
	defer t.evMu.Unlock()
	sink := &sink{fn, types}
	t.sinks = append(t.sinks, sink)
	t.listening.Store(t.dataWanted())
	return func() {
		t.evMu.Lock()
		defer t.evMu.Unlock()
		for i, s := range t.sinks {
			if s == sink {
				t.sinks = append(t.sinks[:i:i], t.sinks[i+1:]...)
				break
			}
		}
		t.listening.Store(t.dataWanted())
	}
}

type sink struct {
	fn    func(Event)
	types []EventType
}

// dataWanted reports whether a subscriber wants what is sent or received. The
// caller holds evMu.
func (t *Table) dataWanted() bool {
	for _, s := range t.sinks {
		if has(s.types, EventData) || has(s.types, EventSent) {
			return true
		}
	}
	return false
}

// wants reports whether an event of data or sent would reach anybody; with its
// bytes where listening, keepData and keepSent say so.
func (h *Handle) wants() bool { return h.table.listening.Load() || h.recording.Load() }

// An ordering holds the lock under which something happens and is published,
// so that subscribers hear of what was sent before the answer to it, and of
// what came before a call returns it. Without a subscriber there is no lock.
type ordering struct {
	table *Table
	held  bool
}

func (o *ordering) enter() {
	if !o.held && o.table.listening.Load() {
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

// publish sends ev to the subscribers and keeps it for [Handle.Wait]. Both have
// the events of a handle in one order, of which closed is the last.
func (h *Handle) publish(ev Event) {
	ev.Handle, ev.Quiet = h, h.quiet.Load()
	if ev.Time.IsZero() {
		ev.Time = time.Now()
	}
	t := h.table
	t.evMu.Lock()
	defer t.evMu.Unlock()
	if !h.events.add(ev) {
		return
	}
	for _, s := range t.sinks {
		if has(s.types, ev.Type) {
			s.fn(ev)
		}
	}
}
