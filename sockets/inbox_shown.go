package sockets

import (
	"slices"
	"sort"
)

// Data in an inbox can be marked in two ways. Reported data was mentioned to a person,
// if only as a number in a summary: it may be dropped when the inbox is full. Shown data
// was displayed byte by byte: whoever receives it need not show it again.

// A Span is a part of a [Message]'s data: the bytes From up to, not including, To.
type Span struct{ From, To int }

// shownSpan is a part of an inbox's data that was shown, by positions: bytes of a
// stream, or the first n bytes of one message.
type shownSpan struct {
	from, to uint64
	n        int
}

// maxShownSpans is how many spans an inbox keeps. Beyond it the oldest span is
// forgotten: its data counts as not shown.
const maxShownSpans = 4096

// MarkReported marks the data up to position end, from an [Event], as reported: the oldest of it
// may be dropped when the inbox is full.
func (h *Handle) MarkReported(end uint64) {
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	if end > h.in.reported {
		h.in.reported = end
		h.in.changed()
	}
}

// MarkShown marks the first n of the size bytes of data before position end, from an
// [Event], as shown to a person, and all of them as reported.
func (h *Handle) MarkShown(end uint64, size, n int) {
	h.MarkReported(end)
	if n <= 0 {
		return
	}
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	s := shownSpan{end - uint64(size), end - uint64(size-n), n}
	if h.in.messages {
		s.from, s.to = end-1, end
	}
	h.in.addShown(s)
}

// addShown adds a span. Adjacent spans of a stream are joined.
func (in *inbox) addShown(s shownSpan) {
	list := in.shown
	i := sort.Search(len(list), func(i int) bool { return list[i].to > s.from || !in.messages && list[i].to == s.from })
	j := i
	for j < len(list) && (list[j].from < s.to || !in.messages && list[j].from == s.to) {
		s.from, s.to, s.n = min(s.from, list[j].from), max(s.to, list[j].to), max(s.n, list[j].n)
		j++
	}
	list = slices.Replace(list, i, j, s)
	if n := len(list) - maxShownSpans; n > 0 {
		list = slices.Delete(list, 0, n)
	}
	in.shown = list
}

// shownIn returns which parts of the n units from position head on were shown, as spans
// of their data.
func (in *inbox) shownIn(head uint64, n int) (spans []Span) {
	end := head + uint64(n)
	for _, s := range in.shown {
		switch {
		case s.to <= head || s.from >= end:
		case in.messages:
			spans = append(spans, Span{0, s.n})
		default:
			spans = append(spans, Span{int(max(s.from, head) - head), int(min(s.to, end) - head)})
		}
	}
	return spans
}

// forgetShown forgets the spans up to position end, whose data has left the inbox.
func (in *inbox) forgetShown(end uint64) {
	i := 0
	for i < len(in.shown) && in.shown[i].to <= end {
		i++
	}
	in.shown = slices.Delete(in.shown, 0, i)
}

// dropping counts the first n unread units, of size bytes, as dropped.
func (in *inbox) dropping(n, size int) {
	head := in.head()
	in.dropped += int64(size)
	for _, s := range in.shownIn(head, n) {
		size -= s.To - s.From
	}
	in.unseen += int64(size)
	in.forgetShown(head + uint64(n))
}

// shownOf returns which parts of n units, taken from position head on, were shown. It
// waits until their event has been published.
func (h *Handle) shownOf(head uint64, n int) []Span {
	o := ordering{table: h.table}
	o.enter()
	o.leave()
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	if len(h.in.shown) == 0 {
		return nil
	}
	return h.in.shownIn(head, n)
}

// A Held is unread data that was not shown.
type Held struct {
	Data []byte
	From Addr
	// End and Size are the arguments for [Handle.MarkShown]: Data is the end of the Size
	// bytes before position End.
	End  uint64
	Size int
}

// Held returns the unread data that was not shown, the oldest first, up to about limit
// bytes, and how many more bytes there are. It takes nothing.
func (h *Handle) Held(limit int) (list []Held, more int) {
	peer := h.PeerAddr()
	in := &h.in
	in.mu.Lock()
	defer in.mu.Unlock()
	head := in.head()
	in.forgetShown(head)
	if in.messages {
		for i, m := range in.msgs {
			at, n := head+uint64(i), 0
			for _, s := range in.shownIn(at, 1) {
				n = s.To
			}
			switch rest := m.Data[min(n, len(m.Data)):]; {
			case m.err != nil || len(rest) == 0:
			case limit <= 0:
				more += len(rest)
			default:
				list = append(list, Held{rest, m.From, at + 1, len(m.Data)})
				limit -= len(rest)
			}
		}
		return list, more
	}
	at := head
	hold := func(end uint64) {
		n := min(int(end-at), max(limit, 0))
		if n > 0 {
			list = append(list, Held{in.bytes.part(int(at-head), n), peer, at + uint64(n), n})
			limit -= n
		}
		more += int(end-at) - n
	}
	for _, s := range in.shown {
		if s.from > at {
			hold(s.from)
		}
		at = max(at, s.to)
	}
	if at < in.total {
		hold(in.total)
	}
	return list, more
}
