package recorder

import (
	"sync"
	"time"

	"sosh/internal/recording"
	"sosh/sockets"
)

// A source gives the events of tables, translated, to a function, which is called with the lock
// held. It may be used concurrently.
type source struct {
	put func(recording.Event)

	mu      sync.Mutex
	trans   *translator
	cancels []func()
	ended   bool
}

// watch gives the events of a table from now on, beginning with what its handles are.
func (s *source) watch(t *sockets.Table) {
	cancel := t.Subscribe(s.event, sockets.AllEventTypes()...)
	now, open := time.Now(), t.Handles()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancels = append(s.cancels, cancel)
	for _, h := range open {
		s.trans.beginning(h, now, s.put)
	}
}

func (s *source) event(ev sockets.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.trans.translate(ev, s.put)
	}
}

// add gives an event that is not of a handle, with the time of the call.
func (s *source) add(ev recording.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		ev.Time = s.trans.at(time.Now())
		s.put(ev)
	}
}

// detach ends the subscriptions; no event is given any more.
func (s *source) detach() {
	s.mu.Lock()
	cancels := s.cancels
	s.cancels, s.ended = nil, true
	s.mu.Unlock()
	for _, cancel := range cancels {
		cancel()
	}
}
