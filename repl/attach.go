package repl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"sosh/internal/show"
	"sosh/repl/console"
	"sosh/script"
	"sosh/sockets"

	"golang.org/x/sys/unix"
)

const shutWrite = unix.SHUT_WR

// errPeerEnded interrupts the reading of a line for a peer that has ended.
var errPeerEnded = errors.New("the peer ended")

// endEvents are the events after which no more data arrives.
var endEvents = []sockets.EventType{sockets.EventEOF, sockets.EventReset, sockets.EventError, sockets.EventClosed}

// An attachment is the handle that has the keyboard, if there is one.
type attachment struct {
	current atomic.Pointer[sockets.Handle] // as handle, without the lock

	mu     sync.Mutex
	handle *sockets.Handle
	until  uint64 // data up to this position was shown when the attachment began

	later []sockets.Event // of other handles, shown after the attachment
	more  int             // further ones, which are only counted
}

// maxLater is how many events of other handles an attachment keeps.
const maxLater = 200

// begin connects the keyboard to h, and shows earlier data that was not shown.
func (a *attachment) begin(s *Shell, h *sockets.Handle) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.handle, a.until = h, 0
	a.current.Store(h)
	list, more := h.Held(showLimit)
	for _, held := range list {
		a.until = held.End
		if s.out.notify(s.body(colourIn, show.Text(held.Data))) {
			h.MarkShown(held.End, held.Size, held.Size)
		}
	}
	if more > 0 {
		if !h.Kind().Datagram() {
			a.until += uint64(more)
		}
		s.out.notify(show.Sprintf("  ... %s more; show %s prints them", show.Count(more, "byte"), h.Name()))
	}
}

// end gives the keyboard back to the prompt, and shows what happened to other handles.
func (a *attachment) end(s *Shell) {
	a.mu.Lock()
	later, more := a.later, a.more
	a.handle, a.later, a.more = nil, nil, 0
	a.current.Store(nil)
	a.mu.Unlock()
	s.drained()
	for _, ev := range later {
		s.showEvent(ev)
	}
	if more > 0 {
		s.out.notify(show.Sprintf("%s more of other handles", show.Count(more, "event")))
	}
}

// has reports whether h is attached.
func (a *attachment) has(h *sockets.Handle) bool {
	if a.current.Load() == nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.handle == h
}

// event shows received data of the attached handle, escaped but in the peer's own lines, without
// the line that introduces an event. Events of other handles are kept for end; of their data only
// the amount is shown then, and it stays unread. event returns false if no handle is attached.
func (a *attachment) event(s *Shell, ev sockets.Event) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.handle == nil:
		return false
	case a.handle == ev.Handle:
	case ev.Type == sockets.EventData:
		s.floods.add(ev.Handle, len(ev.Data))
		ev.Handle.MarkReported(ev.End)
		return true
	case len(a.later) < maxLater:
		a.later = append(a.later, ev)
		return true
	default:
		a.more++
		return true
	}
	switch ev.Type {
	case sockets.EventData:
		r, ok := s.joined(ev, show.TextView)
		if ok && ev.End > a.until && s.out.notify(s.body(colourIn, show.Text(r.data))) {
			r.shown(len(r.data))
		}
	case sockets.EventEOF, sockets.EventReset, sockets.EventICMP, sockets.EventError, sockets.EventClosed:
		s.out.notify(s.eventText(ev))
	}
	return true
}

// entered returns what is sent for a text that was typed or pasted, and ended by Enter: its lines, each
// with eol. A pasted text that ends in a newline gets no empty line after it. Without an eol the
// text is sent as it is.
func entered(text, eol string) string {
	if eol == "" {
		return text
	}
	return strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", eol) + eol
}

// runAttach connects the keyboard to one handle, until its connection ends or Ctrl-] is pressed.
func (s *Shell) runAttach(c *script.Call) error {
	h := c.Handle(0)
	if s.con == nil {
		return errors.New("attach needs a terminal")
	}
	if !h.Connected() {
		return fmt.Errorf("%s is %s (expected a connection)", h.Name(), h.State())
	}
	ends := endEvents
	switch state := h.State(); state {
	case "reset", "read-closed, write-closed":
		return fmt.Errorf("%s is %s (expected a connection that is open)", h.Name(), state)
	case "read-closed":
		ends = endEvents[1:] // the end of the stream was before this
	}
	s.out.notify(show.Sprintf("attached to %s, %s; Ctrl-] returns to the prompt, Ctrl-D ends the stream too", h.Name(), h.PeerAddr()))
	s.attachment.begin(s, h)
	defer s.attachment.end(s)
	if len(ends) < len(endEvents) {
		s.out.notify("the peer has ended its stream already; what you type is still sent")
	}
	h.Watch(true)
	ctx, stop := context.WithCancel(c.Context())
	defer stop()
	// The end of the connection ends the line being typed.
	go func() {
		if _, err := h.Wait(ctx, ends...); err == nil {
			s.con.Interrupt(errPeerEnded)
		}
	}()
	for {
		line, err := s.con.ReadRaw()
		switch {
		case errors.Is(err, errPeerEnded):
			s.out.notify(show.Sprintf("detached: %s is %s", h.Name(), h.State()))
			return nil
		case errors.Is(err, console.ErrInterrupt):
			s.out.notify(show.Sprintf("detached from %s: Ctrl-C", h.Name()))
			return nil
		case errors.Is(err, console.ErrEscape):
			s.out.notify(show.Sprintf("detached from %s", h.Name()))
			return nil
		case err != nil:
			// Ctrl-D ends the input, as in nc.
			if serr := h.Shutdown(shutWrite); serr != nil {
				return serr
			}
			s.out.notify(show.Sprintf("detached from %s: the end of the stream was sent", h.Name()))
			return nil
		}
		if _, err := h.Send(ctx, []byte(entered(line, h.EOL()))); err != nil {
			return err
		}
	}
}
