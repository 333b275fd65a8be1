package repl

import (
	"sync"
	"time"

	"sosh/internal/show"
	"sosh/sockets"
)

// maxPending is how many bytes may wait for the terminal; with more, data that
// comes is only counted.
const maxPending = 8 << 10

// A flood counts what came on one handle while the terminal was busy, and was not
// shown.
type flood struct {
	handle   *sockets.Handle
	messages int
	bytes    int64
}

// floods are the handles whose data comes faster than the terminal shows it. The
// lock is taken on the goroutine that publishes an event.
type floods struct {
	mu    sync.Mutex
	order []*flood
	last  map[*sockets.Handle]time.Time // when data last came

	dropped map[*sockets.Handle]drops // what was reported as dropped from inboxes
}

// drops are the bytes that a full inbox has dropped, and how many of them were
// never shown.
type drops struct{ all, unseen int64 }

// quietFor is how long a handle must have been silent for its next data to be shown
// even while another handle floods the terminal.
const quietFor = 100 * time.Millisecond

// busy reports whether the data of an event is only counted.
func (f *floods) busy(ev sockets.Event, pending int) bool {
	if f.last == nil {
		f.last = make(map[*sockets.Handle]time.Time)
	}
	quiet := ev.Time.Sub(f.last[ev.Handle]) > quietFor
	f.last[ev.Handle] = ev.Time
	if quiet {
		return pending > 4*maxPending
	}
	return pending > maxPending
}

// has reports whether data of h waits for a summary.
func (f *floods) has(h *sockets.Handle) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.find(h) != nil
}

func (f *floods) find(h *sockets.Handle) *flood {
	for _, fl := range f.order {
		if fl.handle == h {
			return fl
		}
	}
	return nil
}

// add counts a piece of data, which is not shown.
func (f *floods) add(h *sockets.Handle, bytes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fl := f.find(h)
	if fl == nil {
		fl = &flood{handle: h}
		f.order = append(f.order, fl)
	}
	fl.messages++
	fl.bytes += int64(bytes)
}

// counted counts a piece of data as part of a flood, if the terminal is too busy to show it.
func (s *Shell) counted(ev sockets.Event, bytes int) bool {
	f := &s.floods
	f.mu.Lock()
	busy := f.busy(ev, s.con.Pending())
	count := busy || f.find(ev.Handle) != nil
	f.mu.Unlock()
	if !count {
		return false
	}
	f.add(ev.Handle, bytes)
	ev.Handle.MarkReported(ev.End)
	if !busy {
		s.drained()
	}
	return true
}

// drained shows the summaries of the floods, once the terminal has caught up and no handle is
// attached.
func (s *Shell) drained() {
	if s.attachment.current.Load() != nil || s.hold.On() || s.hold.Waiting() {
		return
	}
	f := &s.floods
	f.mu.Lock()
	order := f.order
	f.order = nil
	f.mu.Unlock()
	for _, fl := range order {
		what := "piece"
		if fl.handle.Kind().Datagram() {
			what = "datagram"
		}
		name := fl.handle.Name()
		s.draw(s.stamp(time.Now()) + s.paintHandle(name, "<-") + show.Sprintf(" %s, %s, not shown; show %s prints them\n", show.Count(fl.messages, what), show.Size(fl.bytes), name))
		s.notifyDropped(fl.handle)
	}
}

// notifyDropped says how much a full inbox has dropped since the last notice.
func (s *Shell) notifyDropped(h *sockets.Handle) {
	n, unseen := h.Dropped()
	f := &s.floods
	f.mu.Lock()
	if f.dropped == nil {
		f.dropped = make(map[*sockets.Handle]drops)
	}
	more, hidden := n-f.dropped[h].all, unseen-f.dropped[h].unseen
	f.dropped[h] = drops{n, unseen}
	if h.Closed() {
		delete(f.dropped, h)
	}
	f.mu.Unlock()
	if more > 0 {
		s.draw(s.out.paint(colourWarn, show.Sprintf("%s: the inbox is full, its oldest %s were dropped, and %s of these were never shown; setopt %s inbox N enlarges it, view %s none makes the sender wait", h.Name(), show.Size(more), show.Size(hidden), h.Name(), h.Name())) + "\n")
	}
}
