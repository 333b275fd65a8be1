package arrivals

import (
	"strings"
	"sync"
	"time"

	"sosh/internal/show"
)

// The bounds of what is held back, in bytes of text.
const (
	maxHeld  = 512 << 10 // while the user holds the output; then the oldest are dropped
	maxBrief = 8 << 10   // of data while a command's output stays on screen; then data is counted
	maxOther = 64 << 10  // of other lines, which can't be counted
)

// A Line is what is shown of one event, in whole rows.
type Line struct {
	Text  show.Trusted
	Data  bool   // of received data
	Drawn func() // called when the line was shown; may be nil
	Lost  func() // called when data is not shown, and must be counted; may be nil
}

// A Hold keeps lines back: until the user releases them, or long enough for the output of a
// command to be read. Its methods may be used concurrently. They call Draw and the functions of a
// Line without holding a lock.
type Hold struct {
	Draw func(Line)             // shows a line; set before use
	Rows func(show.Trusted) int // how many rows a text takes; set before use
	Done func(dropped int)      // called when all lines were released; so many rows were not kept

	mu       sync.Mutex
	on       bool      // by the user
	until    time.Time // lines may use up room only, before this
	room     int       // rows
	queue    []Line
	first    int // index of the oldest in queue
	size     int // bytes in queue
	lines    int // rows in queue, as they were made
	dropped  int // rows
	draining bool
	timer    *time.Timer
}

// Put shows a line, or keeps it.
func (h *Hold) Put(l Line) {
	h.mu.Lock()
	brief := time.Now().Before(h.until)
	switch {
	case h.on || h.draining || len(h.queue) > 0:
	case !brief:
		h.mu.Unlock()
		h.Draw(l)
		return
	default:
		if n := h.Rows(l.Text); n <= h.room {
			h.room -= n
			h.mu.Unlock()
			h.Draw(l)
			return
		}
	}
	if !h.on && (l.Data && h.size >= maxBrief || h.size >= maxOther) {
		if !l.Data || l.Lost == nil {
			h.dropped += strings.Count(string(l.Text), "\n")
			l.Lost = nil
		}
		h.mu.Unlock()
		if l.Lost != nil {
			l.Lost()
		}
		return
	}
	h.push(l)
	if !h.on && !h.draining && h.timer == nil {
		h.timer = time.AfterFunc(time.Until(h.until), h.expire)
	}
	h.mu.Unlock()
}

// push adds a line, and drops the oldest beyond the bound. The caller holds mu.
func (h *Hold) push(l Line) {
	h.queue = append(h.queue, l)
	h.size += len(l.Text)
	h.lines += strings.Count(string(l.Text), "\n")
	for h.size > maxHeld && h.first < len(h.queue)-1 {
		h.dropped += strings.Count(string(h.pop().Text), "\n")
	}
}

// pop takes the oldest line. The caller holds mu.
func (h *Hold) pop() Line {
	l := h.queue[h.first]
	h.queue[h.first] = Line{}
	h.first++
	h.size -= len(l.Text)
	h.lines -= strings.Count(string(l.Text), "\n")
	switch {
	case h.first == len(h.queue):
		h.queue, h.first = nil, 0
	case h.first > 1024 && h.first > len(h.queue)/2:
		h.queue = append([]Line(nil), h.queue[h.first:]...)
		h.first = 0
	}
	return l
}

// Start keeps all lines until Stop.
func (h *Hold) Start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.on = true
}

// Stop shows what was kept, the oldest first. If another goroutine is showing it already, it
// returns at once.
func (h *Hold) Stop() {
	h.mu.Lock()
	h.on = false
	h.mu.Unlock()
	h.release()
}

// Rest lets lines use up only so many rows of the screen until a time: what was printed last stays
// on the screen so long. It does not end a Start.
func (h *Hold) Rest(until time.Time, rows int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.until, h.room = until, max(rows, 0)
	if h.timer != nil {
		h.timer.Reset(time.Until(until))
	}
}

// EndRest ends a Rest at once.
func (h *Hold) EndRest() {
	h.mu.Lock()
	h.until = time.Time{}
	if h.timer != nil {
		h.timer.Stop()
		h.timer = nil
	}
	h.mu.Unlock()
	h.release()
}

// expire is called by the timer.
func (h *Hold) expire() {
	h.mu.Lock()
	h.timer = nil
	left := time.Until(h.until)
	if left > 0 && len(h.queue) > 0 {
		h.timer = time.AfterFunc(left, h.expire)
	}
	h.mu.Unlock()
	if left <= 0 {
		h.release()
	}
}

// release shows what was kept, unless that goes on already, until Start is called.
func (h *Hold) release() {
	h.mu.Lock()
	if h.draining || h.on {
		h.mu.Unlock()
		return
	}
	h.draining = true
	for len(h.queue) > 0 && !h.on {
		l := h.pop()
		h.mu.Unlock()
		h.Draw(l)
		h.mu.Lock()
	}
	h.draining = false
	dropped := 0
	if !h.on {
		dropped, h.dropped = h.dropped, 0
	}
	h.mu.Unlock()
	h.Done(dropped)
}

// On reports whether the user holds the lines.
func (h *Hold) On() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.on
}

// Waiting reports whether lines wait for a Rest to end.
func (h *Hold) Waiting() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.queue) > 0 && !h.on
}

// Held returns how many rows the user holds, and how many more were dropped; false if the user
// holds none back.
func (h *Hold) Held() (lines, dropped int, on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lines, h.dropped, h.on
}
