package recorder

import (
	"errors"
	"slices"
	"strings"
	"time"

	"sosh/internal/recording"
	"sosh/sockets"
)

// A translator turns events of handles into events of a recording. The caller holds a lock.
type translator struct {
	start time.Time
	last  time.Duration // of the last event: times never go back
	next  int           // the number of the last handle
	known map[*sockets.Handle]*known
	only  []*sockets.Handle // record these and the connections they accept; nil records all
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

	sockets.EventMade:       recording.Made,
	sockets.EventBound:      recording.Bound,
	sockets.EventListening:  recording.Listening,
	sockets.EventHalfClosed: recording.HalfClose,
	sockets.EventAborted:    recording.Reset,
	sockets.EventCallFailed: recording.Failed,

	sockets.EventWire:   recording.Wire,
	sockets.EventSecret: recording.Secret,
	sockets.EventTLS:    recording.TLS,
}

// beginning emits the events that say what a handle was when the recording began, unless the
// recording has named it before.
func (t *translator) beginning(h *sockets.Handle, now time.Time, emit func(recording.Event)) {
	if t.known[h] != nil || !t.wanted(h) {
		return
	}
	typ := recording.Made
	if h.Parent() != "" {
		typ = recording.Accepted
	}
	local, peer := h.LocalAddr(), h.PeerAddr()
	emit(t.event(typ, h, now, local, peer))
	switch {
	case h.Listening():
		emit(t.event(recording.Listening, h, now, local, peer))
	case typ == recording.Accepted:
	case h.Connected():
		emit(t.event(recording.Connected, h, now, local, peer))
	case !local.IsZero():
		emit(t.event(recording.Bound, h, now, local, peer))
	}
}

// event returns an event of a handle, which is known from then on.
func (t *translator) event(typ recording.Type, h *sockets.Handle, at time.Time, local, peer sockets.Addr) recording.Event {
	k := t.known[h]
	if k == nil {
		t.next++
		k = &known{number: t.next}
		t.known[h] = k
	}
	ev := recording.Event{
		Time: t.at(at), Type: typ, Handle: h.Name(), Number: k.number, Kind: string(h.Kind()),
		Local: k.local.of(local), Peer: k.peer.of(peer),
	}
	if typ == recording.Accepted {
		ev.Parent = h.Parent()
	}
	return ev
}

// translate emits the event as it is recorded, after those of beginning if the handle was not
// known; nothing if it is not recorded.
func (t *translator) translate(ev sockets.Event, emit func(recording.Event)) {
	typ, ok := typeOf[ev.Type]
	if !ok || !t.wanted(ev.Handle) {
		return
	}
	if ev.TLS != nil {
		emit(t.translateTLS(typ, ev))
		return
	}
	if typ != recording.Made && typ != recording.Accepted {
		t.beginning(ev.Handle, ev.Time, emit)
	}
	out := t.event(typ, ev.Handle, ev.Time, ev.Handle.LocalAddr(), ev.Peer)
	out.Data, out.Cut, out.Own, out.Fault = ev.Data, ev.Cut, ev.Own, ev.Fault
	if ev.Err != nil {
		out.Error = sockets.CauseText(ev.Err)
	}
	var e *sockets.Error
	if errors.As(ev.Err, &e) {
		out.Op, out.Error = e.Op, sockets.CauseText(e.Err)
		if e.Op == "connect" && out.Peer == "" {
			out.Peer = dialed(e.Addr)
		}
	}
	switch ev.Type {
	case sockets.EventAborted:
		out.Text = "here"
	case sockets.EventClosed:
		delete(t.known, ev.Handle)
	}
	emit(out)
}

// dialed returns the address in the text of a failed connect: of "localhost:1 (127.0.0.1:1)"
// the one that was tried.
func dialed(text string) string {
	if i := strings.LastIndex(text, " ("); i >= 0 && strings.HasSuffix(text, ")") {
		return text[i+2 : len(text)-1]
	}
	return text
}

// translateTLS returns an event of TLS as it is recorded. It calls no method of the handle that
// takes a lock.
func (t *translator) translateTLS(typ recording.Type, ev sockets.Event) recording.Event {
	out := t.event(typ, ev.Handle, ev.Time, ev.TLS.Local, ev.Peer)
	switch typ {
	case recording.Wire:
		out.Data, out.Out = ev.Data, ev.TLS.Out
	case recording.Secret:
		out.Text = string(ev.Data)
	case recording.TLS:
		if ev.Err != nil {
			out.Error = sockets.CauseText(ev.Err)
		} else if i := ev.TLS.Info; i != nil {
			out.TLS = &recording.TLSInfo{Version: i.Version, Cipher: i.Cipher, ALPN: i.ALPN, Name: i.ServerName, Server: ev.TLS.Server}
			if len(i.Chain) > 0 {
				out.TLS.Peer = i.Chain[0].Subject
			}
		}
	}
	return out
}

// wanted reports whether events of the handle are recorded.
func (t *translator) wanted(h *sockets.Handle) bool {
	if t.only == nil || slices.Contains(t.only, h) {
		return true
	}
	parent := h.Parent()
	return parent != "" && slices.ContainsFunc(t.only, func(h *sockets.Handle) bool { return h.Name() == parent })
}
