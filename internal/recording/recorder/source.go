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

// watch delivers the events of a table from now on, starting with the current state of its handles. test, which
// may be nil, says for each which test it belongs to; it is called with the lock held.
func (s *source) watch(t *sockets.Table, test func() string) {
	put := s.put
	if test != nil {
		put = func(ev recording.Event) {
			ev.Test = test()
			s.put(ev)
		}
	}
	cancel := t.Subscribe(func(ev sockets.Event) { s.event(ev, put) }, sockets.AllEventTypes()...)
	now, open := time.Now(), t.Handles()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancels = append(s.cancels, cancel)
	for _, h := range open {
		s.trans.beginning(h, now, put)
	}
}

func (s *source) event(ev sockets.Event, put func(recording.Event)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.trans.translate(ev, put)
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
