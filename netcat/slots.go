package netcat

import (
	"sync"
	"time"

	"sosh/sockets"
)

const (
	// silentTime is how long a datagram sender may be silent before a new sender can
	// replace it, if there is no free slot: a sender never says that it is done, and can
	// be forged. A sender that has done a handshake is not forged and gets more time.
	silentTime       = 2 * time.Second
	silentSecureTime = 30 * time.Second
	// silentCheck is the interval between checks for silent peers.
	silentCheck = 500 * time.Millisecond
)

// slots limit the number of concurrent clients. A nil *slots has no limit. It may be used
// concurrently.
type slots struct {
	most int

	mu     sync.Mutex
	used   int
	ending int // slots of clients that were told to end and have not ended yet
	places []*place
}

// A place is the slot of a datagram client, which it can lose by silence.
type place struct {
	h      *sockets.Handle
	heard  int64     // number of datagrams at the last check
	since  time.Time // time of the check that found heard changed
	lost   bool      // another client has the slot
	silent time.Duration
}

func newSlots(most int) *slots { return &slots{most: most} }

// take takes a slot if one is free.
func (s *slots) take() bool {
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used >= s.most {
		return false
	}
	s.used++
	return true
}

// open reports whether take or takeFor would get a slot.
func (s *slots) open() bool {
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used < s.most || s.silent() != nil
}

// takeFor takes a slot for a datagram client: a free one, or that of the client that has
// been silent longest, which is then closed.
func (s *slots) takeFor(h *sockets.Handle, secure bool) bool {
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used >= s.most {
		p := s.silent()
		if p == nil {
			return false
		}
		p.lost = true
		s.ending++
		s.used--
		go p.h.Close() // Close may wait for calls that use the handle
	}
	s.used++
	p := &place{h: h, since: time.Now(), silent: silentTime}
	if secure {
		p.silent = silentSecureTime
	}
	s.places = append(s.places, p)
	return true
}

// silent returns the place that a new client can take over, or nil. Clients that have lost
// their place may take a while to end, so their number is limited too. The caller holds
// s.mu.
func (s *slots) silent() *place {
	if s.ending >= s.most {
		return nil
	}
	var longest *place
	for _, p := range s.places {
		if !p.lost && time.Since(p.since) >= p.silent && (longest == nil || p.since.Before(longest.since)) {
			longest = p
		}
	}
	return longest
}

// release releases the slot of a client; h is nil if the client was never made.
func (s *slots) release(h *sockets.Handle) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, p := range s.places {
		if p.h == h && h != nil {
			s.places = append(s.places[:i], s.places[i+1:]...)
			if p.lost {
				s.ending--
				return
			}
			break
		}
	}
	s.used--
}

// watch notes which clients have sent data, until done is closed. Data sent to a client does
// not count, since a forged sender can be sent a lot.
func (s *slots) watch(done <-chan struct{}) {
	for {
		select {
		case <-time.After(silentCheck):
		case <-done:
			return
		}
		s.mu.Lock()
		for _, p := range s.places {
			if heard := p.h.Received(); heard != p.heard {
				p.heard, p.since = heard, time.Now()
			}
		}
		s.mu.Unlock()
	}
}
