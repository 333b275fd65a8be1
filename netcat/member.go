package netcat

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

const (
	// queueLimit is the maximum size of one client's queue, in bytes. The queues of
	// all clients share the same data, so a hub holds about this much in total.
	queueLimit = 4 << 20
	// pieceCost is added to the size of each piece.
	pieceCost = 64
	// A client whose queue was full must read behindLeast in each behindTime, or it
	// is dropped, since the other clients wait for it.
	behindTime  = time.Second
	behindLeast = 256 << 10
	// stuckTime is how long the hub waits, at its end, for a client that reads nothing.
	stuckTime = 5 * time.Second
)

// A member is a client of a hub. A client with its own handle has a queue, and a
// goroutine that sends it. A client that is only an address of a shared datagram
// socket has no queue: data is sent to it directly.
type member struct {
	h      *sockets.Handle // the client's own handle, or the shared datagram socket
	peer   sockets.Addr
	id     int
	shared bool // h is not its own
	full   bool // if shared: the send buffer was full for the last datagram; guarded by the hub's lock

	began  time.Time
	active atomic.Int64 // time of the last data in either direction, since began
	heard  atomic.Int64 // time of the last data received
	telnet telnet

	queued chan struct{} // holds a token when there is something to send
	gone   chan struct{}
	once   sync.Once

	mu     sync.Mutex
	pieces [][]byte // nil marks the end
	size   int      // bytes in pieces and in the piece being sent
	taken  int64    // total bytes sent from the queue
	behind bool     // the queue was full, and is not yet half empty
	since  time.Time
	then   int64         // value of taken at the time since
	room   chan struct{} // closed when the queue shrinks; nil while nobody waits
}

func newMember(h *sockets.Handle, peer sockets.Addr) *member {
	return &member{h: h, peer: peer, began: time.Now(), queued: make(chan struct{}, 1), gone: make(chan struct{})}
}

// leave disconnects the client, and reports whether this was the first call. It may be
// called concurrently.
func (m *member) leave() (first bool) {
	m.once.Do(func() {
		first = true
		close(m.gone)
		if !m.shared {
			m.h.Close()
		}
	})
	return first
}

// touch notes that data has moved, and idle returns the time since then. silent returns
// the time since data was last received.
func (m *member) touch()                { m.active.Store(int64(time.Since(m.began))) }
func (m *member) idle() time.Duration   { return time.Since(m.began) - time.Duration(m.active.Load()) }
func (m *member) silent() time.Duration { return time.Since(m.began) - time.Duration(m.heard.Load()) }

// put adds a piece to the client's queue, and waits while the queue is full. It returns
// false if the client reads too slowly and must be dropped. alone reports whether
// nobody else waits for this client; then it may be slow.
func (m *member) put(p []byte, alone func() bool) bool {
	cost := len(p) + pieceCost
	for {
		m.mu.Lock()
		if m.size < queueLimit {
			m.pieces = append(m.pieces, p)
			m.size += cost
			if m.size >= queueLimit && !m.behind {
				m.behind, m.since, m.then = true, time.Now(), m.taken
			}
			m.mu.Unlock()
			select {
			case m.queued <- struct{}{}:
			default:
			}
			return true
		}
		wait := behindTime - time.Since(m.since)
		if wait <= 0 {
			if m.taken-m.then < behindLeast && !alone() {
				m.mu.Unlock()
				return false
			}
			m.since, m.then, wait = time.Now(), m.taken, behindTime
		}
		room := m.waitRoom()
		m.mu.Unlock()
		timer := time.NewTimer(wait)
		select {
		case <-room:
		case <-timer.C:
		case <-m.gone:
			timer.Stop()
			return true
		}
		timer.Stop()
	}
}

// waitRoom returns a channel that is closed when the queue shrinks. The caller holds
// m.mu.
func (m *member) waitRoom() <-chan struct{} {
	if m.room == nil {
		m.room = make(chan struct{})
	}
	return m.room
}

// drain waits until the queue has been sent, but at most for most.
func (m *member) drain(most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for {
		m.mu.Lock()
		if m.size == 0 {
			m.mu.Unlock()
			return
		}
		room := m.waitRoom()
		m.mu.Unlock()
		select {
		case <-room:
		case <-m.gone:
			return
		case <-timer.C:
			return
		}
	}
}

// sendQueue sends the queue of a client, until the client is disconnected.
func (m *member) sendQueue(ctx context.Context) {
	for {
		m.mu.Lock()
		if len(m.pieces) == 0 {
			m.mu.Unlock()
			select {
			case <-m.queued:
				continue
			case <-m.gone:
				return
			}
		}
		p := m.pieces[0]
		m.pieces[0] = nil
		m.pieces = m.pieces[1:]
		m.mu.Unlock()
		var err error
		switch {
		case p == nil:
			m.h.Shutdown(unix.SHUT_WR)
		case m.h.Kind().Datagram():
			_, _, err = m.h.SendSplit(ctx, "", p)
		default:
			_, err = m.h.Send(ctx, p)
		}
		if err != nil && (!m.h.Kind().Datagram() || errors.Is(err, sockets.ErrEnded) || m.h.Closed()) {
			m.leave()
			return
		}
		m.touch()
		m.took(len(p) + pieceCost)
	}
}

// took notes that a piece has been sent.
func (m *member) took(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.size -= n
	m.taken += int64(n)
	if m.size < queueLimit/2 {
		m.behind = false
	}
	if m.room != nil {
		close(m.room)
		m.room = nil
	}
}

// finish waits until the queue has been sent, as long as the client keeps reading.
func (m *member) finish(ctx context.Context) {
	for ctx.Err() == nil {
		m.mu.Lock()
		size := m.size
		m.mu.Unlock()
		if size == 0 {
			return
		}
		m.drain(stuckTime)
		m.mu.Lock()
		stuck := m.size == size
		m.mu.Unlock()
		select {
		case <-m.gone:
			return
		default:
		}
		if stuck {
			return
		}
	}
}
