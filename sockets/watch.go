package sockets

import (
	"context"
	"errors"
	"time"
)

// Watch starts or ends the handle's receiver: a goroutine that reads data as it arrives,
// stores it in the inbox, and publishes events. On a listener, it publishes the connections
// that arrive on the queue. For a stream that is not connected yet, it starts when the
// stream is connected. After Watch(false) has returned, the receiver may still add data to
// the inbox that it has already read; no data is lost or reordered.
//
// A handle with Serve, and each of its peers on a datagram socket, receives in the
// background anyhow. There, Watch only makes data be kept for [Handle.Wait].
func (h *Handle) Watch(on bool) {
	h.mu.Lock()
	h.watched = on
	var ending *background
	switch {
	case on:
		h.recordUnread()
		h.watchLocked()
	case h.running != nil && !h.running.serving:
		ending, h.running = h.running, nil
	}
	h.mu.Unlock()
	if ending != nil {
		// Without the lock: stop may wait for a subscriber, which may ask for the
		// handle's address.
		ending.stop()
	}
}

// watchLocked starts the receiver if the handle can receive and has no receiver. The caller
// holds h.mu.
func (h *Handle) watchLocked() {
	ready := h.state == stateConnected || h.kind.Datagram() && (h.state == stateBound || h.kind.unix())
	switch {
	case h.closed || h.running != nil || h.parent != nil || h.kind.secure() && h.kind.Datagram():
	case h.state == stateListening:
		h.watchQueue()
	case ready && !h.ended():
		ctx, cancel := context.WithCancel(context.Background())
		b := &background{stop: cancel}
		// Acquire the semaphore for the receiver now, unless a call is receiving.
		acquired := false
		select {
		case h.readSem <- struct{}{}:
			acquired = true
			h.setReceiving(true)
		default:
		}
		if !h.table.start(func() {
			defer cancel()
			h.receive(ctx, acquired)
			h.retire(b)
		}) {
			cancel()
			if acquired {
				h.setReceiving(false)
				h.release(h.readSem)
			}
			return
		}
		h.running = b
	}
}

// retire notes that the background goroutine has ended by itself.
func (h *Handle) retire(b *background) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.running == b {
		h.running = nil
	}
}

// receive is the goroutine of a receiver; it may already hold the read semaphore. While it
// holds it, the inbox is marked as receiving, and receiving calls wait only for the inbox.
// The mark is cleared before the semaphore is released. So a call that sees no mark may wait
// for the receiver's semaphore, but no call waits for an inbox that nobody fills.
func (h *Handle) receive(ctx context.Context, acquired bool) {
	if !acquired {
		if h.acquire(ctx, h.readSem) != nil {
			return
		}
		h.setReceiving(true)
	}
	for h.receiveOne(ctx) == nil {
		if !h.yield(ctx) {
			return
		}
	}
	h.setReceiving(false)
	h.release(h.readSem)
}

// yieldTime is how long a receiver lets calls read in its place. Data that no call waits for
// may be noticed that much later.
const yieldTime = time.Millisecond

// yield lets waiting calls read in the receiver's place, which saves waking the receiver,
// until no call has done so for yieldTime. The receiver holds the semaphore before and
// after. When the receiver must end, yield returns false, without the semaphore.
func (h *Handle) yield(ctx context.Context) bool {
	in := &h.in
	in.mu.Lock()
	if !in.called {
		in.mu.Unlock()
		return true
	}
	pause := time.NewTimer(yieldTime)
	defer pause.Stop()
	in.called, in.yielding = false, pause
	in.changed()
	seen := in.total
	in.mu.Unlock()
	h.release(h.readSem)
	for idle := false; !idle; {
		select {
		case <-pause.C:
			pause.Reset(yieldTime)
		case <-h.done:
		case <-ctx.Done():
		}
		in.mu.Lock()
		idle, seen = in.total == seen, in.total
		in.mu.Unlock()
	}
	// A call that waits for the socket keeps waiting.
	ended := h.acquire(ctx, h.readSem) != nil
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.yielding != pause {
		// Watch has ended this receiver and started another.
		if !ended {
			h.release(h.readSem)
		}
		return false
	}
	in.yielding, in.receiving = nil, !ended
	in.changed()
	return !ended
}

// receiveOne reads a piece of a stream, or a message, stores it in the inbox and publishes
// it. The caller holds the semaphore: the receiver, or a call in its place.
func (h *Handle) receiveOne(ctx context.Context) error {
	if h.in.messages {
		return h.receiveMessage(ctx)
	}
	return h.receivePiece(ctx)
}

// Watched reports whether the handle is watched, or will be when it can receive.
func (h *Handle) Watched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.watched
}

// watchIfWanted starts the receiver of a handle that can receive from now on.
func (h *Handle) watchIfWanted() {
	if h.table.Watched || h.Watched() {
		h.Watch(true)
	}
}

func (h *Handle) setReceiving(on bool) {
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	h.in.receiving, h.in.yielding = on, nil
	h.in.changed()
}

// receivePiece is receiveOne for a stream. It reads no more than fits the inbox, so that
// TCP's flow control stops the sender.
func (h *Handle) receivePiece(ctx context.Context) error {
	room, err := h.awaitRoom(ctx)
	if err != nil {
		return err
	}
	buf, n, err := h.readPiece(ctx, min(room, maxMessage))
	if err != nil {
		return err
	}
	order := ordering{table: h.table}
	order.enter()
	defer order.leave()
	now, listening := time.Now(), h.table.listening.Load() || h.keepData.Load()
	h.in.mu.Lock()
	h.count(n)
	end, kept := h.in.addBytes(buf, n, listening)
	wanted := h.wants()
	h.in.mu.Unlock()
	h.came(Message{Data: kept, Size: n, From: h.PeerAddr(), Time: now}, end, wanted)
	return nil
}

// awaitRoom waits until the inbox has free space, and returns how many bytes.
func (h *Handle) awaitRoom(ctx context.Context) (room int, err error) {
	for {
		h.in.mu.Lock()
		room := h.in.room()
		var changed <-chan struct{}
		var again <-chan time.Time
		if room == 0 {
			changed = h.in.waiter()
		}
		crowded := room == 0 && h.in.crowded()
		h.in.mu.Unlock()
		if crowded {
			again = time.After(fullPause)
			h.publishCrowded()
		}
		if room > 0 && h.events.awaitHandler(ctx, h.done) {
			return room, nil
		}
		select {
		case <-changed:
		case <-again:
		case <-h.done:
			return 0, closedError{h.name}
		case <-ctx.Done():
			return 0, ContextCause(ctx, time.Now())
		}
	}
}

// receiveMessage is receiveOne for a socket that preserves message boundaries.
func (h *Handle) receiveMessage(ctx context.Context) error {
	if _, err := h.awaitRoom(ctx); err != nil {
		return err
	}
	m, err := h.readMessage(ctx, maxMessage)
	switch {
	case err == nil:
	case h.kind.Datagram() && passing(err):
		// The error takes the place of a datagram: recv reports it once.
		peer := h.PeerAddr()
		order := ordering{table: h.table} // publish it after the datagram that caused it
		order.enter()
		h.publishPassing(peer, err)
		order.leave()
		h.in.mu.Lock()
		h.in.addMessage(Message{From: peer, err: err})
		h.in.mu.Unlock()
		return nil
	default:
		if !h.ended() && ctx.Err() == nil && !h.Closed() {
			h.publish(Event{Type: EventError, Err: err})
		}
		return err
	}
	m.Time = time.Now()
	order := ordering{table: h.table}
	order.enter()
	defer order.leave()
	h.in.mu.Lock()
	h.count(m.Size)
	end := h.in.addMessage(m)
	wanted := h.wants()
	h.in.mu.Unlock()
	h.came(m, end, wanted)
	return nil
}

// errNoRoom is the error in the event for a dropped datagram.
var errNoRoom = errors.New("the inbox drops datagrams while it is full; info counts them")

// deliver adds a datagram to the inbox of one peer of a served socket, and publishes it. If
// the inbox is full, the datagram is dropped, as the kernel would do, since other peers must
// not wait for this one. It is also dropped if the handler of its events is too far behind.
// The first drop after a delivered datagram is published as an event.
func (h *Handle) deliver(m Message) {
	order := ordering{table: h.table}
	order.enter()
	defer order.leave()
	h.in.mu.Lock()
	full := h.in.room() == 0 || h.events.handlerFull()
	news, crowded := full && !h.in.losing, full && h.in.crowded()
	h.in.losing = full
	var end uint64
	if full {
		h.in.lost++
	} else {
		h.count(m.Size)
		end = h.in.addMessage(m)
	}
	wanted := h.wants()
	h.in.mu.Unlock()
	switch {
	case !full:
		h.came(m, end, wanted)
	case crowded:
		h.publishCrowded()
	case news:
		h.publish(Event{Type: EventError, Peer: h.PeerAddr(), Err: errNoRoom})
	}
}

// came publishes data that the receiver read: m.Size bytes, which the event shares with the
// inbox, or does not contain. wanted is the result of wants from the moment when the data was
// added to the inbox; for data from before that, recordUnread makes the events.
func (h *Handle) came(m Message, end uint64, wanted bool) {
	if wanted {
		h.publish(Event{Type: EventData, Time: m.Time, Peer: m.From, Data: m.Data, N: m.Size, Cut: m.Cut, End: end})
	}
}

// count counts received data, before a call can return it.
func (h *Handle) count(n int) {
	h.counters.in.Add(int64(n))
	h.counters.inMsgs.Add(1)
}

// recordUnread starts keeping events of data and sent for Wait. Data that is already unread
// gets an event too. The caller holds h.mu.
func (h *Handle) recordUnread() {
	in := &h.in
	in.mu.Lock()
	defer in.mu.Unlock()
	if h.recording.Swap(true) || in.unread() == 0 {
		return
	}
	ev := Event{Type: EventData, Handle: h, Time: time.Now(), Peer: h.peer, N: in.size, End: in.total}
	if !in.messages {
		h.events.add(ev)
		return
	}
	for i, m := range in.msgs {
		if m.err == nil {
			ev.Time, ev.Peer, ev.Data, ev.N, ev.Cut, ev.End = m.Time, m.From, m.Data, len(m.Data), m.Cut, in.head()+uint64(i)+1
			h.events.add(ev)
		}
	}
}
