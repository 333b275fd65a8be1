package recorder

import (
	"slices"
	"time"

	"sosh/internal/recording"
	"sosh/sockets"
)

// A translator makes events of a recording from those of handles. The caller has a lock.
type translator struct {
	start time.Time
	last  time.Duration // of the last event: times never go back
	next  int           // the number of the last handle
	known map[*sockets.Handle]*known
	only  []*sockets.Handle // record these, and what they accept; nil is all
}

// known is a handle that the recording has named.
type known struct {
	number      int
	local, peer address
}

// An address is the text of the address that was used last, since most events of a handle have
// the same.
type address struct {
	addr sockets.Addr
	text string
}

func (a *address) of(addr sockets.Addr) string {
	if addr != a.addr {
		a.addr, a.text = addr, addr.String()
	}
	return a.text
}

func newTranslator(start time.Time, only []*sockets.Handle) *translator {
	return &translator{start: start, known: make(map[*sockets.Handle]*known), only: slices.Clone(only)}
}

// at returns the time of an event.
func (t *translator) at(when time.Time) time.Duration {
	t.last = max(t.last, when.Sub(t.start))
	return t.last
}

var typeOf = map[sockets.EventType]recording.Type{
	sockets.EventConnected: recording.Connected,
	sockets.EventAccepted:  recording.Accepted,
	sockets.EventData:      recording.Data,
	sockets.EventSent:      recording.Sent,
	sockets.EventEOF:       recording.EOF,
	sockets.EventReset:     recording.Reset,
	sockets.EventICMP:      recording.ICMP,
	sockets.EventError:     recording.Failed,
	sockets.EventClosed:    recording.Closed,
}

// translate returns the event as it is recorded; ok is false if it is not.
func (t *translator) translate(ev sockets.Event) (out recording.Event, ok bool) {
	typ, ok := typeOf[ev.Type]
	if !ok || !t.wanted(ev) {
		return out, false
	}
	h := ev.Handle
	k := t.known[h]
	if k == nil {
		t.next++
		k = &known{number: t.next}
		t.known[h] = k
	}
	out = recording.Event{
		Time: t.at(ev.Time), Type: typ, Handle: h.Name(), Number: k.number, Kind: string(h.Kind()),
		Local: k.local.of(h.LocalAddr()), Peer: k.peer.of(ev.Peer), Data: ev.Data, Cut: ev.Cut, Fault: ev.Fault,
	}
	if ev.Err != nil {
		out.Error = sockets.CauseText(ev.Err)
	}
	if ev.Type == sockets.EventClosed {
		t.forget(h)
	}
	return out, true
}

// wanted reports whether events of the handle are recorded.
func (t *translator) wanted(ev sockets.Event) bool {
	return t.only == nil || slices.Contains(t.only, ev.Handle)
}

func (t *translator) forget(h *sockets.Handle) {
	delete(t.known, h)
	if i := slices.Index(t.only, h); i >= 0 {
		t.only = slices.Delete(t.only, i, i+1)
		if t.only == nil {
			t.only = []*sockets.Handle{}
		}
	}
}
