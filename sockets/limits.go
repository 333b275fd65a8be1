package sockets

import (
	"container/list"
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// The default limits over all peers; see SetLimits.
const (
	DefaultUnread = 256 << 20
	DefaultPeers  = 10_000
)

// unreadFloor is how many bytes each inbox may hold even though all together are at
// their limit, so that a few full inboxes do not block the others.
const unreadFloor = 4 << 10

// fullPause is how long a receiver waits before it checks again whether the other
// inboxes hold less.
const fullPause = 100 * time.Millisecond

// Limits bound what the peers of all handles together make the program hold.
type Limits struct {
	// Unread is how many bytes all inboxes together may hold. Beyond that the receiver
	// of a stream stops reading, so that TCP's flow control holds the sender; a datagram
	// to a served socket is dropped; and a call that collects data fails with
	// [ErrLimit]. Each inbox may hold 4 KiB in any case.
	Unread int64
	// Peers is how many peers a served handle may have. Beyond that a connection is
	// refused, unless older ones have ended and can be closed; a new sender of datagrams
	// replaces the one that has been silent longest.
	Peers int
}

// limits has the Limits of a table, and what the table holds.
type limits struct {
	unread   atomic.Int64 // bytes in all inboxes
	unreadAt atomic.Int64 // its limit
	peersAt  atomic.Int64
	told     atomic.Bool // that unread is at its limit
}

// SetLimits sets the limits. It may be called at any time; what is beyond the new limits
// already stays.
func (t *Table) SetLimits(l Limits) {
	t.limits.unreadAt.Store(max(l.Unread, 1))
	t.limits.peersAt.Store(int64(max(l.Peers, 1)))
}

// Limits returns the limits.
func (t *Table) Limits() Limits {
	return Limits{Unread: t.limits.unreadAt.Load(), Peers: int(t.limits.peersAt.Load())}
}

// Unread returns how many bytes all inboxes hold.
func (t *Table) Unread() int64 { return t.limits.unread.Load() }

// errUnread returns the cause when all inboxes together are at their limit.
func (t *Table) errUnread() error {
	return fmt.Errorf("%w: the inboxes of all handles hold %d unread bytes and the limit is %d", ErrLimit, t.Unread(), t.limits.unreadAt.Load())
}

// resize notes how many bytes the inbox holds now. The caller holds in.mu.
func (in *inbox) resize(size int) {
	if l := in.limits; l != nil {
		if held := l.unread.Add(int64(size - in.size)); size < in.size && l.told.Load() && held < l.unreadAt.Load()*3/4 {
			l.told.Store(false)
		}
	}
	in.size = size
}

// join counts the inbox among those of a table; leave ends that.
func (in *inbox) join(l *limits) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.limits == nil {
		in.limits = l
		l.unread.Add(int64(in.size))
	}
}

func (in *inbox) leave() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.limits != nil {
		in.limits.unread.Add(-int64(in.size))
		in.limits = nil
	}
}

// crowded reports whether the other inboxes hold as much as all may hold together. The
// caller holds in.mu.
func (in *inbox) crowded() bool {
	return in.limits != nil && in.size >= unreadFloor && in.limits.unread.Load()-int64(in.size) >= in.limits.unreadAt.Load()
}

// dropReported drops the reported data. The caller holds in.mu.
func (in *inbox) dropReported() {
	n := in.reportedUnread()
	if n > 0 && !in.messages {
		in.dropping(n, n)
		in.bytes.drop(n)
		in.resize(in.bytes.size)
		return
	}
	for range n {
		in.dropping(1, len(in.msgs[0].Data))
		in.dropMessage()
	}
}

// publishCrowded publishes, once, that all inboxes together are full.
func (h *Handle) publishCrowded() {
	if h.table.limits.told.CompareAndSwap(false, true) {
		h.publish(Event{Type: EventError, Peer: h.PeerAddr(), Err: h.table.errUnread()})
	}
}

// peerage is what a served handle knows of its peers in order to limit them.
type peerage struct {
	count    atomic.Int64 // connections that were accepted and are not closed
	refused  atomic.Int64
	ended    atomic.Int64
	told     atomic.Bool   // that the limit was reached
	handled  bool          // the program that serves a peer closes it
	idle     time.Duration // how long a datagram peer may be silent; 0 is no limit
	recent   list.List     // datagram peers, the longest silent first; guarded by Handle.mu
	max      int           // 0 is that of the table
	listener *Handle       // of a connection: the handle that has accepted it

	keep   bool       // connections stay open after the end of their stream
	overMu sync.Mutex // for over
	over   []*Handle  // connections whose stream has ended; some may be closed already
}

// maxEnded is how many connections of a served handle stay open after the end of their
// stream, for an answer. tryEnded bounds how many are examined when one more ends.
const (
	maxEnded = 100
	tryEnded = 8
)

// KeepEnded makes the connections of a served handle stay open after the end of their
// stream, until they are closed like any other handle. Call it before Serve.
func (h *Handle) KeepEnded() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.peerage.keep = true
}

// letGo notes that the stream of a connection of h has ended. If there are more than
// maxEnded of them, it closes the oldest whose data was received or reported: otherwise
// each connection of a server that nobody attends to would leave a descriptor.
func (h *Handle) letGo(c *Handle) {
	p := &h.peerage
	if p.handled || p.keep {
		return
	}
	var read []*Handle
	p.overMu.Lock()
	p.over = append(p.over, c)
	for i := 0; i < tryEnded && len(p.over) > maxEnded; i++ {
		o := p.over[0]
		switch p.over = p.over[1:]; {
		case o.Closed():
		case o.in.allReported():
			read = append(read, o)
		default:
			p.over = append(p.over, o)
		}
	}
	p.overMu.Unlock()
	for _, o := range read {
		o.Close()
	}
}

// allReported reports whether all that the inbox holds was reported.
func (in *inbox) allReported() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.reportedUnread() == in.unread()
}

// LimitPeers limits the peers of a served handle; call it before Serve. most is how many
// there may be, 0 for the limit of the table. idle is how long a datagram peer may be
// silent, 0 for no limit. With handled, a peer that is ended gets the end of its stream,
// and the program that serves it closes it; otherwise it is closed at once.
func (h *Handle) LimitPeers(most int, idle time.Duration, handled bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.peerage.max, h.peerage.idle, h.peerage.handled = most, idle, handled
}

// mostPeers returns how many peers there may be. max does not change while the handle is
// served.
func (h *Handle) mostPeers() int {
	if n := h.peerage.max; n > 0 {
		return n
	}
	return int(h.table.limits.peersAt.Load())
}

// countPeer counts an accepted connection, and reports whether it may stay. If there are
// too many, it first closes those that have ended and have nothing unread.
func (h *Handle) countPeer(c *Handle) bool {
	p := &h.peerage
	if p.count.Load() >= int64(h.mostPeers()) {
		for _, o := range h.table.Handles() {
			if o.peerage.listener == h && o.ended() && o.Unread() == 0 {
				o.Close()
			}
		}
	}
	if p.count.Load() >= int64(h.mostPeers()) {
		h.refusePeer(c.peer)
		return false
	}
	p.told.Store(false)
	p.count.Add(1)
	c.peerage.listener = h
	return true
}

// uncount undoes countPeer when the connection is closed.
func (h *Handle) uncount() {
	if l := h.peerage.listener; l != nil {
		l.peerage.count.Add(-1)
	}
}

// refusePeer counts a peer that was refused because of the limit, and publishes the
// first.
func (h *Handle) refusePeer(from Addr) {
	h.peerage.refused.Add(1)
	if h.peerage.told.CompareAndSwap(false, true) {
		h.publish(Event{Type: EventError, Peer: from, Err: fmt.Errorf("%w: %d peers; more are refused", ErrLimit, h.mostPeers())})
	}
}

// endPeers ends peers of a served datagram socket. The caller has removed them from
// h.peers and does not hold h.mu.
func (h *Handle) endPeers(list []*Handle, why error) {
	for _, c := range list {
		h.peerage.ended.Add(1)
		if why != nil && h.peerage.told.CompareAndSwap(false, true) {
			h.publish(Event{Type: EventError, Peer: c.PeerAddr(), Err: why})
		}
		if h.peerage.handled {
			c.endStream(io.EOF)
		} else {
			c.Close()
		}
	}
}

// heard notes that a peer has sent something. If there are too many peers, it removes
// and returns those that have been silent longest. The caller holds h.mu.
func (h *Handle) heard(c *Handle) (end []*Handle) {
	r := &h.peerage.recent
	if c.place != nil {
		r.MoveToBack(c.place)
	} else {
		c.place = r.PushBack(c)
	}
	c.moved.Store(time.Now().UnixNano())
	for len(h.peers) > h.mostPeers() && r.Front().Value != c {
		end = append(end, h.takeOut(r.Front().Value.(*Handle)))
	}
	return end
}

// takeOut removes a datagram peer. The caller holds h.mu.
func (h *Handle) takeOut(c *Handle) *Handle {
	if h.peers[c.peer] == c {
		delete(h.peers, c.peer)
	}
	if c.place != nil {
		h.peerage.recent.Remove(c.place)
		c.place = nil
	}
	return c
}

// endIdle is the goroutine that ends datagram peers which have been silent for too long.
func (h *Handle) endIdle(ctx context.Context) {
	idle := h.peerage.idle
	tick := time.NewTicker(max(idle/4, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		case <-h.done:
			return
		}
		var end []*Handle
		h.mu.Lock()
		for e := h.peerage.recent.Front(); e != nil; {
			c := e.Value.(*Handle)
			if e = e.Next(); time.Since(time.Unix(0, c.moved.Load())) > idle {
				end = append(end, h.takeOut(c))
			}
		}
		h.mu.Unlock()
		h.endPeers(end, nil)
	}
}
