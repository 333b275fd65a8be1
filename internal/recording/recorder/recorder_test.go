package recorder

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sosh/internal/recording"
	"sosh/internal/recording/forms"

	"golang.org/x/sys/unix"
)

// fifo makes a FIFO, and a recording to it. Its warnings go to the list.
func fifo(t *testing.T) (path string, r *Recording, warnings func() string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "f.jsonl")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var list []string
	r, err := Create(path, Options{Warn: func(text string) {
		mu.Lock()
		defer mu.Unlock()
		list = append(list, text)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return path, r, func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(list, "\n")
	}
}

// read reads a recording until its end.
func read(t *testing.T, r io.Reader) (events []recording.Event) {
	t.Helper()
	d, err := recording.OpenJSONL(r)
	if err != nil {
		t.Fatal(err)
	}
	for {
		ev, err := d.Next()
		if err == io.EOF {
			return events
		} else if err != nil {
			t.Fatal(err)
		}
		events = append(events, ev)
	}
}

var block = bytes.Repeat([]byte("0123456789abcdef"), 4096)

// TestSlowReader has a reader that is slower than the events: they wait for it, and none is lost.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	path, r, warnings := fifo(t)
	const total = 200 // more than the queue holds
	go func() {
		for range total {
			r.Add(recording.Event{Type: recording.Sent, Data: block})
		}
		r.Close()
	}()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	events := read(t, slow{f})
	if len(events) != total || warnings() != "" {
		t.Errorf("%d events, want %d; warnings %q", len(events), total, warnings())
	}
}

// slow is a reader that pauses.
type slow struct{ r io.Reader }

func (s slow) Read(p []byte) (int, error) {
	time.Sleep(100 * time.Microsecond)
	return s.r.Read(p[:min(len(p), 16<<10)])
}

// TestStuckReader has a reader that reads nothing for a while: events are dropped, soon without
// waiting, and the recording says how many.
func TestStuckReader(t *testing.T) {
	t.Parallel()
	path, r, warnings := fifo(t)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	began := time.Now()
	const total = 300
	for range total {
		r.Add(recording.Event{Type: recording.Sent, Data: block})
	}
	if d := time.Since(began); d > 5*patience {
		t.Errorf("adding took %v", d)
	}
	lost := r.Status().Lost
	if lost == 0 {
		t.Fatal("nothing was lost")
	}
	result := make(chan []recording.Event)
	go func() { result <- read(t, f) }()
	for r.Status().Bytes < maxQueued { // the queue is being read
		time.Sleep(time.Millisecond)
	}
	for r.Status().Lost == lost { // until there is room
		before := r.Status().Events
		r.Add(recording.Event{Type: recording.Note, Text: "later"})
		if r.Status().Events > before {
			break
		}
	}
	r.Close()
	events := <-result
	sent, told := 0, 0
	for _, ev := range events {
		switch ev.Type {
		case recording.Sent:
			sent++
		case recording.Lost:
			told += ev.N
		}
	}
	if sent+told < total || told < lost || sent > total {
		t.Errorf("%d events and %d lost, of %d", sent, told, total)
	}
	if strings.Count(warnings(), "\n") != 0 || !strings.Contains(warnings(), "events are dropped") {
		t.Errorf("warnings %q", warnings())
	}
}

// TestCloseStuck closes a recording that nobody reads.
func TestCloseStuck(t *testing.T) {
	t.Parallel()
	for _, opened := range []bool{false, true} {
		path, r, warnings := fifo(t)
		if opened {
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
		}
		for range 10 {
			r.Add(recording.Event{Type: recording.Sent, Data: block})
		}
		began := time.Now()
		r.Close()
		if d := time.Since(began); d > 5*patience {
			t.Errorf("opened %v: closing took %v", opened, d)
		}
		if warnings() == "" {
			t.Errorf("opened %v: no warning", opened)
		}
		r.Close()
		r.Add(recording.Event{Type: recording.Note})
	}
}

// TestMemory fills a memory with more than it keeps.
func TestMemory(t *testing.T) {
	m := NewMemory(1 << 20)
	add := func(ev recording.Event) {
		m.source.mu.Lock()
		defer m.source.mu.Unlock()
		m.keep(ev)
	}
	handle := func(typ recording.Type, number int) recording.Event {
		return recording.Event{Type: typ, Handle: "h", Number: number}
	}
	add(handle(recording.Made, 1))
	add(handle(recording.Connected, 1))
	for n := 2; n < 5000; n++ {
		add(handle(recording.Made, n))
		ev := handle(recording.Sent, n)
		ev.Data = make([]byte, 100)
		add(ev)
		add(handle(recording.Closed, n))
	}
	if len(m.open) > 3000 || m.size > m.limit || cap(m.events) > 20000 {
		t.Errorf("%d handles, %d bytes, room for %d events", len(m.open), m.size, cap(m.events))
	}
	path := filepath.Join(t.TempDir(), "m.jsonl")
	saved, err := m.Save(path, forms.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	events := read(t, f)
	if events[0].Type != recording.Made || events[0].Number != 1 || events[1].Type != recording.Connected {
		t.Errorf("the handle that is open is not there: %v, %v", events[0], events[1])
	}
	if n := 2 + 3*4998; len(events)-1+saved.Lost != n || len(events) != saved.Events {
		t.Errorf("%d events and %d lost, want %d together", len(events)-1, saved.Lost, n)
	}
	m.SetLimit(0)
	if m.size != 0 || len(m.open) != 1 {
		t.Errorf("%d bytes and %d handles are left", m.size, len(m.open))
	}
	var none *Memory
	none.Add(recording.Event{})
	if _, err := none.Save(path, forms.Options{}); err != ErrNothing {
		t.Error(err)
	}
}
