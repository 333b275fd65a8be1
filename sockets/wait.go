package sockets

import (
	"context"
	"slices"
	"sync"
	"time"
)

// How many events, and how many bytes of their data, a handle keeps for Wait.
const (
	maxEvents     = 1024
	maxEventBytes = 1 << 20
)

// An eventLog keeps a handle's events until Wait takes them.
type eventLog struct {
	mu       sync.Mutex
	list     []Event
	room     []Event // the array that contains list, from its beginning
	bytes    int     // size of the data of all events
	data     int     // number of data events
	waiting  int     // total bytes of those
	handlers int     // number of handlers, which call Wait for data again and again
	ended    bool
	change   chan struct{}
}

// over reports whether the handle was closed: closed is the last event.
func (l *eventLog) over() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended
}

// add keeps ev, and drops the oldest event if there are too many. An event after closed is
// not kept.
func (l *eventLog) add(ev Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || has(detailTypes, ev.Type) {
		return
	}
	l.ended = ev.Type == EventClosed
	if (ev.Type == EventData || ev.Type == EventSent) && !ev.Handle.recording.Load() {
		return
	}
	if n := len(l.list); n == cap(l.list) {
		if cap(l.room) > n+n/4 {
			// Removed events have left space at the beginning.
			l.room = l.room[:cap(l.room)]
			copy(l.room, l.list)
			clear(l.room[n:])
			l.list = l.room[:n]
		} else {
			l.list = slices.Grow(l.list, n/2+1)
			l.room = l.list
		}
	}
	if h := ev.Handle; ev.Type == EventData && !h.keepData.Load() || ev.Type == EventSent && !h.keepSent.Load() {
		ev.Data = nil // Wait takes the bytes from the inbox
	}
	l.list = append(l.list, ev)
	l.count(ev, 1)
	for len(l.list) > maxEvents || l.bytes > maxEventBytes && len(l.list) > 1 {
		i := 0
		if l.handlers > 0 {
			// A handler must lose no data, so the receiver waits for it. Sends do not
			// wait for it.
			if l.data == len(l.list) {
				break
			}
			for l.list[i].Type == EventData {
				i++
			}
		}
		l.remove(i)
	}
	l.changed()
}

// remove removes and returns event i.
func (l *eventLog) remove(i int) Event {
	ev := l.list[i]
	l.count(ev, -1)
	if i == 0 {
		l.list[0] = Event{}
		l.list = l.list[1:]
	} else {
		l.list = slices.Delete(l.list, i, i+1)
	}
	if len(l.list) == 0 {
		l.list, l.room = nil, nil // most logs are empty most of the time
	}
	return ev
}

func (l *eventLog) count(ev Event, n int) {
	l.bytes += n * len(ev.Data)
	if ev.Type == EventData {
		l.data += n
		l.waiting += n * len(ev.Data)
	}
}

func (l *eventLog) changed() {
	if l.change != nil {
		close(l.change)
		l.change = nil
	}
}

func (l *eventLog) waiter() <-chan struct{} {
	if l.change == nil {
		l.change = make(chan struct{})
	}
	return l.change
}

// take takes the first event of one of types, or of any type if types is empty. If there is
// none, it returns a channel to wait for.
func (l *eventLog) take(types []EventType) (ev Event, ok, ended bool, change <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.list {
		if has(types, l.list[i].Type) {
			ev = l.remove(i)
			l.changed()
			return ev, true, false, nil
		}
	}
	return Event{}, false, l.ended, l.waiter()
}

func has(types []EventType, t EventType) bool {
	for _, want := range types {
		if want == t {
			return true
		}
	}
	return len(types) == 0
}

// handlerFull reports whether so many data events wait for a handler (as many as an inbox of
// the default size holds) that a datagram which can't wait must be dropped.
func (l *eventLog) handlerFull() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.handlers > 0 && l.waiting+l.data*messageCost >= DefaultInbox
}

// awaitHandler makes the receiver wait while the maximum number of data events waits for a
// handler, so that none is lost. It returns false when the receiver must end.
func (l *eventLog) awaitHandler(ctx context.Context, done <-chan struct{}) bool {
	for {
		l.mu.Lock()
		if l.handlers == 0 || l.data < maxEvents/2 && l.waiting < maxEventBytes/2 {
			l.mu.Unlock()
			return true
		}
		change := l.waiter()
		l.mu.Unlock()
		select {
		case <-change:
		case <-done:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// Wait takes the first event of one of the types that no earlier Wait has taken; if there is
// none, it waits. It starts the handle's receiver. For events before the first Wait for their
// type, the bytes were not kept; for data, those bytes are returned that are still in the
// inbox. If the handle closes, or was closed before, the wait ends: with the event, if closed
// is among the types, even if an earlier Wait took it.
func (h *Handle) Wait(ctx context.Context, types ...EventType) (Event, error) {
	h.Watch(true)
	if has(types, EventSent) {
		h.keepSent.Store(true)
	}
	if has(types, EventData) {
		h.keepData.Store(true)
	}
	began := time.Now()
	for {
		ev, ok, ended, change := h.events.take(types)
		switch {
		case ok:
			if ev.Type == EventData && ev.Data == nil {
				h.in.mu.Lock()
				ev.Data = h.in.unreadBytes(ev.End, ev.N)
				h.in.mu.Unlock()
			}
			return ev, nil
		case ended && len(types) > 0 && has(types, EventClosed):
			return Event{Type: EventClosed, Handle: h, Time: began, Peer: h.PeerAddr()}, nil // taken before
		case ended:
			return Event{}, h.fail("wait", "", closedError{h.name})
		}
		select {
		case <-change:
		case <-ctx.Done():
			return Event{}, h.fail("wait", "", ContextCause(ctx, began))
		}
	}
}

// ClaimData claims all events of data for a caller that takes them by Wait: until
// release is called, the receiver waits for that caller, so that it gets every one.
// release may be called more than once.
func (h *Handle) ClaimData() (release func()) {
	count := func(n int) {
		h.events.mu.Lock()
		defer h.events.mu.Unlock()
		h.events.handlers += n
		h.events.changed()
	}
	h.keepData.Store(true)
	count(1)
	return sync.OnceFunc(func() { count(-1) })
}
