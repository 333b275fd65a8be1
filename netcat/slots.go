package netcat

import (
	"sync"
	"time"

	"sosh/sockets"
)

const (
	// silentTime is how long a sender of datagrams may be silent before a new one
	// takes its place, where all are taken: it has no end by which to leave, and
	// anybody can forge a sender. One that had a handshake is no forgery.
	silentTime       = 2 * time.Second
	silentSecureTime = 30 * time.Second
	// silentCheck is the interval between looks for silent peers.
	silentCheck = 500 * time.Millisecond
)

// slots limit how many clients there are at once. A nil one has no limit. It may
// be used concurrently.
type slots struct {
	most int

	mu     sync.Mutex
	used   int
	ending int // of clients that were made to leave and have not left
	places []*place
}

// A place is the slot of a client that sends datagrams, which is lost by
// silence.
type place struct {
	h      *sockets.Handle
	heard  int64     // datagrams, when last looked at
	since  time.Time // when that was found to have changed
	lost   bool      // somebody else has the slot
	silent time.Duration
}

func newSlots(most int) *slots { return &slots{most: most} }

// take takes a slot if there is one.
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

// takeFor takes a slot for a client that sends datagrams: a free one, or that of
// the client that has been silent longest, which is closed.
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
		go p.h.Close() // which may wait for those that use it
	}
	s.used++
	p := &place{h: h, since: time.Now(), silent: silentTime}
	if secure {
		p.silent = silentSecureTime
	}
	s.places = append(s.places, p)
	return true
}

// silent is the place that a new client may have, or nil. Those who have lost
// theirs may take a while to leave, so they are limited too. The caller holds
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

// release gives back the slot of a client, or of one that never came to be, nil.
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

// watch notes which clients have sent anything, until done is closed. What is sent
// to them says nothing: a forged sender may be sent a lot.
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
