package sockets

import (
	"context"
	"errors"
	"slices"

	"sosh/sockets/sockstat"

	"golang.org/x/sys/unix"
)

// The types of event that only recordings want: a subscriber gets them if it names them. Wait
// and a subscriber without types do not.
const (
	EventMade       EventType = "made"       // socket made this handle
	EventBound      EventType = "bound"      // bind succeeded, or the system has bound the handle
	EventListening  EventType = "listening"  // listen succeeded
	EventHalfClosed EventType = "halfclosed" // shutdown ended the sending side
	EventAborted    EventType = "aborted"    // the connection ends with a reset by this side
	EventCallFailed EventType = "callfailed" // a call failed; Err is its *Error
)

var detailTypes = []EventType{EventMade, EventBound, EventListening, EventHalfClosed, EventAborted, EventCallFailed}

// AllEventTypes returns the types of [EventTypes], and those that a subscriber must name.
func AllEventTypes() []EventType {
	return slices.Concat(eventTypes, detailTypes, []EventType{EventWire, EventSecret, EventTLS})
}

// detail publishes an event of a type of detailTypes, if somebody wants one.
func (h *Handle) detail(ev Event) {
	if h.table.detailed.Load() {
		h.publish(ev)
	}
}

// fail is [Handle.wrap] for the error that a call returns, which is published.
func (h *Handle) fail(op string, addr string, err error) error {
	wrapped := h.wrap(op, addr, err)
	if _, again := err.(*Error); !again && !errors.Is(err, context.Canceled) {
		h.detail(Event{Type: EventCallFailed, Peer: h.peerOf(addr), Err: wrapped})
	}
	return wrapped
}

// peerOf returns the handle's peer, if addr names it or is empty.
func (h *Handle) peerOf(addr string) Addr {
	if p := h.PeerAddr(); addr == "" || p.Raw() == addr {
		return p
	}
	return Addr{}
}

// publishAbort publishes that closing the connection resets it: linger is set so (socket(7)), or
// the kernel has bytes which nobody has read (RFC 2525, 2.17).
func (h *Handle) publishAbort() {
	if !h.table.detailed.Load() || h.parent != nil || h.kind.Datagram() || h.kind.unix() || !h.Connected() {
		return
	}
	resets := false
	h.control(func(fd int) error {
		l, err := unix.GetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER)
		unread, _ := sockstat.RecvQueue(fd)
		resets = err == nil && l.Onoff != 0 && l.Linger == 0 || unread > 0
		return nil
	})
	if resets {
		h.publish(Event{Type: EventAborted, Peer: h.PeerAddr()})
	}
}
