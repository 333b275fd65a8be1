package repl

import (
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"sosh/internal/show"
	"sosh/sockets"
)

// maxPending is how many bytes may wait for the terminal; with more, data that
// comes is only counted.
const maxPending = 8 << 10

// maxBody is how many bytes of one event are drawn.
const maxBody = 4 << 10

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

// quietFor: the data of a handle that was silent for so long is shown even while
// another handle floods the terminal.
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

// showEvent shows one event above the line being typed. It runs on the
// goroutine that publishes the event, and must not block.
func (s *Shell) showEvent(ev sockets.Event) {
	name := ev.Handle.Name()
	if ev.Type == sockets.EventClosed {
		s.floods.mu.Lock()
		delete(s.floods.last, ev.Handle)
		s.floods.mu.Unlock()
		defer s.decoding.closed(ev.Handle)
	}
	if s.out.quiet.Load() || ev.Direct || ev.Quiet {
		return
	}
	if s.attachment.event(s, ev) {
		s.decoding.skip(ev)
		return
	}
	f := &s.floods
	if ev.Type == sockets.EventData {
		f.mu.Lock()
		busy := f.busy(ev, s.con.Pending())
		if busy || f.find(ev.Handle) != nil {
			f.add(ev)
			f.mu.Unlock()
			s.decoding.skip(ev)
			ev.Handle.MarkReported(ev.End)
			if !busy {
				s.drained()
			}
			return
		}
		f.mu.Unlock()
	}
	if ev.Type == sockets.EventData && s.settings.viewOf(name) == show.None {
		return
	}
	if ev.Type != sockets.EventData && f.has(ev.Handle) {
		s.drained() // the summary of what came before this goes first
	}
	text, n, decoded := s.decodedText(ev)
	if !decoded {
		text, n = s.eventText(ev)
	}
	if text == "" {
		return
	}
	drawn := s.out.notify(text)
	switch {
	case ev.Type != sockets.EventData:
	case drawn:
		ev.Handle.MarkShown(ev.End, len(ev.Data), n)
	default:
		f.mu.Lock()
		f.add(ev)
		f.mu.Unlock()
		ev.Handle.MarkReported(ev.End)
	}
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

func (f *floods) add(ev sockets.Event) {
	fl := f.find(ev.Handle)
	if fl == nil {
		fl = &flood{handle: ev.Handle}
		f.order = append(f.order, fl)
	}
	fl.messages++
	fl.bytes += int64(len(ev.Data))
}

// drained shows the summaries of the floods, once the terminal has caught up and no handle is
// attached.
func (s *Shell) drained() {
	if s.attachment.active.Load() {
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
		s.out.notify(s.stamp(time.Now()) + s.out.paint(colourIn, show.Sprintf("%s <- %s, %s, not shown; show %s prints them", name, show.Count(fl.messages, what), show.Size(fl.bytes), name)))
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
		s.out.notify(s.out.paint(colourWarn, show.Sprintf("%s: the inbox is full, its oldest %s were dropped, %s of that never shown; setopt %s inbox N enlarges it, view %s none makes the sender wait", h.Name(), show.Size(more), show.Size(hidden), h.Name(), h.Name())))
	}
}

// eventText returns the text that shows an event, or "", and how many bytes of the
// event's data are in it.
func (s *Shell) eventText(ev sockets.Event) (show.Trusted, int) {
	name, peer := ev.Handle.Name(), ev.Peer.String()
	line := func(c colour, format show.Trusted, args ...any) show.Trusted {
		return s.stamp(ev.Time) + s.out.paint(c, show.Sprintf(format, args...)) + "\n"
	}
	switch ev.Type {
	case sockets.EventData:
		view := s.settings.viewOf(name)
		size := show.Count(len(ev.Data), "byte")
		if ev.Cut {
			size += ", cut"
		}
		n, more := len(ev.Data), show.Trusted("")
		if view != show.Full && n > maxBody {
			n = wholeRunes(ev.Data[:maxBody])
			more = show.Sprintf("  ... %s more; show %s prints them, view %s full shows everything\n", show.Count(len(ev.Data)-n, "byte"), name, name)
		}
		return line(colourIn, "%s <- %s  %s", name, peer, size) + s.body(colourIn, view.Render(ev.Data[:n], s.out.columns()-2)) + more, n
	case sockets.EventSent:
		size := show.Count(len(ev.Data), "byte")
		if ev.Fault != "" {
			size += ", " + ev.Fault
		}
		return line(colourOut, "%s -> %s  %s", name, peer, size), 0
	case sockets.EventConnected:
		from := ""
		if a := ev.Handle.LocalAddr(); a.HasPort() {
			from = " from " + a.String()
		}
		return line(colourDim, "%s connected to %s%s", name, peer, from), 0
	case sockets.EventAccepted:
		return line(colourDim, "%s accepted from %s", name, peer), 0
	case sockets.EventWaiting:
		wait := "1 connection waits"
		if ev.N > 1 {
			wait = fmt.Sprintf("%d connections wait", ev.N)
		}
		return line(colourDim, "%s: %s to be accepted", name, wait), 0
	case sockets.EventEOF:
		return line(colourDim, "%s: the peer %s has ended the stream", name, peer), 0
	case sockets.EventReset:
		return line(colourWarn, "%s: reset by the peer %s", name, peer), 0
	case sockets.EventICMP:
		return line(colourWarn, "%s: %s: %s, by ICMP", name, peer, sockets.CauseText(ev.Err)), 0
	case sockets.EventError:
		return line(colourWarn, "%s: %s", name, sockets.CauseText(ev.Err)), 0
	case sockets.EventClosed:
		return line(colourDim, "%s closed", name), 0
	}
	return "", 0
}

// wholeRunes returns the length of p without a character at its end that is not
// complete.
func wholeRunes(p []byte) int {
	for i := len(p) - 1; i >= max(0, len(p)-utf8.UTFMax); i-- {
		if utf8.RuneStart(p[i]) {
			if utf8.FullRune(p[i:]) {
				return len(p)
			}
			return i
		}
	}
	return len(p)
}
