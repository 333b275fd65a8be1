package sockets

import (
	"container/list"
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// The limits over all peers, unless SetLimits says otherwise.
const (
	DefaultUnread = 256 << 20
	DefaultPeers  = 10_000
)

// unreadFloor is how many bytes an inbox may hold though all together are at
// their limit, so that those that hold much do not silence the others.
const unreadFloor = 4 << 10

// fullPause is how long a receiver waits before it looks again whether the
// others hold less.
const fullPause = 100 * time.Millisecond

// Limits bound what the peers of all handles together have a program hold.
type Limits struct {
	// Unread is how many bytes all inboxes may hold. Beyond that a receiver of
	// a stream reads no more, so that TCP's flow control holds the sender, a
	// datagram to a served socket is lost, and a call that collects fails with
	// [ErrLimit]. Each inbox may hold 4 KiB in any case.
	Unread int64
	// Peers is how many peers a handle may have that is served. Beyond that a
	// connection is refused, unless there are some that have ended; for a new
	// sender of datagrams the one that was silent longest is ended.
	Peers int
}

// limits are the Limits of a table, and what it holds.
type limits struct {
	unread   atomic.Int64 // bytes in all inboxes
	unreadAt atomic.Int64 // its limit
	peersAt  atomic.Int64
	told     atomic.Bool // that unread is at its limit
}

// SetLimits sets the limits. It may be called at any time: what is held beyond
// them stays.
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

// errUnread is the cause where the inboxes hold as much as they may.
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

// join has the inbox count among those of a table, and leave ends that.
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

// crowded reports whether the others hold as much as all may. The caller holds
// in.mu.
func (in *inbox) crowded() bool {
	return in.limits != nil && in.size >= unreadFloor && in.limits.unread.Load()-int64(in.size) >= in.limits.unreadAt.Load()
}

// dropTold lets go of what was told of. The caller holds in.mu.
func (in *inbox) dropTold() {
	n := in.toldUnread()
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

// tellCrowded tells, once, that all inboxes together are full.
func (h *Handle) tellCrowded() {
	if h.table.limits.told.CompareAndSwap(false, true) {
		h.publish(Event{Type: EventError, Peer: h.PeerAddr(), Err: h.table.errUnread()})
	}
}

// peerage is what a served handle keeps of its peers to bound them.
type peerage struct {
	count    atomic.Int64 // connections that were accepted and are not closed
	refused  atomic.Int64
	ended    atomic.Int64
	told     atomic.Bool   // that there is no room
	handled  bool          // whoever serves a peer closes it at its end
	idle     time.Duration // after which a silent datagram peer is ended; 0 is never
	recent   list.List     // of datagram peers, the longest silent first; guarded by Handle.mu
	max      int           // 0 is that of the table
	listener *Handle       // of a connection: what has accepted it
}

// LimitPeers sets, before Serve, how many peers the handle may have, 0 for the
// limit of the table; after what time a silent datagram peer is ended, 0 for
// never; and that peers which are ended find the end of their stream, and are
// closed by whoever serves them.
func (h *Handle) LimitPeers(most int, idle time.Duration, handled bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.peerage.max, h.peerage.idle, h.peerage.handled = most, idle, handled
}

// mostPeers is how many there may be. max is not changed once it is served.
func (h *Handle) mostPeers() int {
	if n := h.peerage.max; n > 0 {
		return n
	}
	return int(h.table.limits.peersAt.Load())
}

// countPeer counts a connection that was accepted, and reports whether it may
// stay. Where there are too many, those that have ended and were read go.
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

// uncount is the end of a connection that was counted.
func (h *Handle) uncount() {
	if l := h.peerage.listener; l != nil {
		l.peerage.count.Add(-1)
	}
}

// refusePeer counts a peer that has found no room, and tells of the first.
func (h *Handle) refusePeer(from Addr) {
	h.peerage.refused.Add(1)
	if h.peerage.told.CompareAndSwap(false, true) {
		h.publish(Event{Type: EventError, Peer: from, Err: fmt.Errorf("%w: %d peers; more are refused", ErrLimit, h.mostPeers())})
	}
}

// endPeers ends peers of a served datagram socket. The caller does not hold
// h.mu, and has taken them out of h.peers.
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

// heard notes that a peer was heard, and takes out the one that was silent
// longest if there are too many. The caller holds h.mu.
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

// takeOut forgets a datagram peer. The caller holds h.mu.
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

// endIdle is the goroutine that ends datagram peers which have been silent for
// too long.
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
