package recorder

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"sosh/internal/recording"
	"sosh/internal/recording/forms"
	"sosh/sockets"
)

// A Memory keeps the latest events of handles, and can save them as a recording. Its methods may
// be called concurrently, and on nil, where they do nothing.
type Memory struct {
	source source

	// The source's lock guards what follows.
	start  time.Time
	limit  int
	events []recording.Event // events[head:] are kept
	head   int
	size   int // of what is kept
	lost   int // events that were dropped
	open   map[int]*past
}

// past keeps of the dropped events those that describe the state of a handle, the last of each type.
type past struct {
	events []recording.Event
	kept   int  // events of the handle that are kept
	closed bool // the last event was dropped
}

// NewMemory returns a memory for up to limit bytes. Each event counts some hundred bytes more
// than its data.
func NewMemory(limit int) *Memory {
	m := &Memory{start: time.Now(), limit: limit, open: make(map[int]*past)}
	m.source.put, m.source.trans = m.keep, newTranslator(m.start, nil)
	return m
}

// Watch keeps the events of a table from now on, starting with the current state of its handles.
func (m *Memory) Watch(t *sockets.Table) {
	if m != nil {
		m.source.watch(t, nil)
	}
}

// Add keeps an event that is not of a handle, with the time of the call.
func (m *Memory) Add(ev recording.Event) {
	if m != nil {
		m.source.add(ev)
	}
}

// SetLimit changes how many bytes are kept, and drops what is too much.
func (m *Memory) SetLimit(limit int) {
	m.source.mu.Lock()
	defer m.source.mu.Unlock()
	m.limit = limit
	m.shrink()
}

// Limit returns how many bytes are kept at most; 0 on nil.
func (m *Memory) Limit() int {
	if m == nil {
		return 0
	}
	m.source.mu.Lock()
	defer m.source.mu.Unlock()
	return m.limit
}

// Close ends the subscriptions. What is kept can still be saved.
func (m *Memory) Close() {
	if m != nil {
		m.source.detach()
	}
}

// keep adds an event. The caller holds the source's lock.
func (m *Memory) keep(ev recording.Event) {
	m.events = append(m.events, ev)
	m.size += cost(ev)
	if ev.Number != 0 {
		p := m.open[ev.Number]
		if p == nil {
			p = new(past)
			m.open[ev.Number] = p
		}
		p.kept++
	}
	m.shrink()
}

// shrink drops the oldest events while there are too many.
func (m *Memory) shrink() {
	for m.size > m.limit && m.head < len(m.events) {
		ev := m.events[m.head]
		m.events[m.head] = recording.Event{}
		m.head++
		m.size -= cost(ev)
		m.lost++
		m.dropped(ev)
	}
	if m.head > 64 && m.head > len(m.events)/2 {
		n := copy(m.events, m.events[m.head:])
		clear(m.events[n:])
		m.events, m.head = m.events[:n], 0
	}
}

// dropped notes what a dropped event says of its handle.
func (m *Memory) dropped(ev recording.Event) {
	p := m.open[ev.Number]
	if p == nil {
		return
	}
	p.kept--
	switch ev.Type {
	case recording.Made, recording.Bound, recording.Listening, recording.Connected, recording.Accepted, recording.TLS:
		p.events = slices.DeleteFunc(p.events, func(old recording.Event) bool { return old.Type == ev.Type })
		p.events = append(p.events, ev)
		m.lost--
	case recording.Closed:
		p.closed = true
	}
	if p.closed && p.kept == 0 {
		m.lost += len(p.events)
		delete(m.open, ev.Number)
	}
}

// all returns the header and the events: first the earlier state of the handles, then Lost.
func (m *Memory) all() (recording.Header, []recording.Event, int) {
	m.source.mu.Lock()
	defer m.source.mu.Unlock()
	var list []recording.Event
	for _, p := range m.open {
		list = append(list, p.events...)
	}
	slices.SortFunc(list, func(a, b recording.Event) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Number, b.Number))
	})
	kept := m.events[m.head:]
	if m.lost > 0 {
		lost := recording.Event{Type: recording.Lost, N: m.lost, Time: m.source.trans.last}
		if len(kept) > 0 {
			lost.Time = kept[0].Time
		}
		list = append(list, lost)
	}
	return header(m.start), append(list, kept...), m.lost
}

// A Saved says what Save has written.
type Saved struct {
	Events int // that were written
	Lost   int // that were kept no more
}

// Save writes what is kept to a new file, in the form of its extension. The error is that of
// forms.CreateNew or of writing, or that nothing is kept.
func (m *Memory) Save(path string, o forms.Options) (Saved, error) {
	if m == nil {
		return Saved{}, ErrNothing
	}
	f, err := forms.CreateNew(path, o)
	if err != nil {
		return Saved{}, err
	}
	h, events, lost := m.all()
	if err := f.Begin(h); err != nil {
		f.Close()
		return Saved{}, err
	}
	for _, ev := range events {
		if err := f.Write(ev); err != nil {
			f.Close()
			return Saved{}, err
		}
	}
	return Saved{len(events), lost}, f.Close()
}

// ErrNothing is the error of saving without a memory.
var ErrNothing = errors.New("no events are kept")
