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
	// queueLimit is how many bytes wait for one client. What waits is the same
	// for all, so this is about what a hub holds for everybody.
	queueLimit = 4 << 20
	// pieceCost is what a piece counts beside its bytes.
	pieceCost = 64
	// A client whose queue was full must take so much in so much time, or is
	// dropped: the others wait for it meanwhile.
	behindTime  = time.Second
	behindLeast = 256 << 10
	// stuckTime is how long a client that takes nothing is waited for at the end.
	stuckTime = 5 * time.Second
)

// A member is a client of a hub. One with a handle of its own has a queue, which
// a goroutine of its own sends; to one that is only an address of a datagram
// socket is sent directly.
type member struct {
	h      *sockets.Handle // its own, or the socket that it sends to
	peer   sockets.Addr
	id     int
	shared bool // h is not its own
	full   bool // of a shared one: the last datagram found no room; for the hub's lock

	began  time.Time
	active atomic.Int64 // when something last moved, since began
	heard  atomic.Int64 // when something last came
	telnet telnet

	queued chan struct{} // holds a token when there is something to send
	gone   chan struct{}
	once   sync.Once

	mu     sync.Mutex
	pieces [][]byte // nil is the end
	size   int      // bytes of pieces, and of the one that is being sent
	taken  int64    // bytes, ever
	behind bool     // it was full, and is not yet half empty
	since  time.Time
	then   int64         // what was taken at since
	room   chan struct{} // closed when something is taken; nil while nobody waits
}

func newMember(h *sockets.Handle, peer sockets.Addr) *member {
	return &member{h: h, peer: peer, began: time.Now(), queued: make(chan struct{}, 1), gone: make(chan struct{})}
}

// leave has the client leave, and reports whether it had not been told to before.
// It may be called concurrently.
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

// touch notes that something moved, and idle is how long ago that was. silent is
// how long ago something came.
func (m *member) touch()                { m.active.Store(int64(time.Since(m.began))) }
func (m *member) idle() time.Duration   { return time.Since(m.began) - time.Duration(m.active.Load()) }
func (m *member) silent() time.Duration { return time.Since(m.began) - time.Duration(m.heard.Load()) }

// put puts a piece in the client's queue, and waits while that is full. It
// returns false if the client takes too little for that and has to leave; alone
// says that nobody else waits.
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

// waitRoom returns what is closed when something is taken. The caller holds
// m.mu.
func (m *member) waitRoom() <-chan struct{} {
	if m.room == nil {
		m.room = make(chan struct{})
	}
	return m.room
}

// drain waits until what is queued has been sent, or for so long.
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

// sendQueue sends what is queued for a client, until it leaves.
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

// finish waits until all that is queued has been sent, for as long as the client
// keeps taking it.
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
