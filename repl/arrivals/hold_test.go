package arrivals

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sosh/internal/show"
)

// recorder is a Hold with what it has shown.
type recorder struct {
	Hold
	mu      sync.Mutex
	drawn   []string
	done    chan int
	counted int
}

func newRecorder() *recorder {
	r := &recorder{done: make(chan int, 100)}
	r.Draw = func(l Line) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.drawn = append(r.drawn, strings.TrimSuffix(string(l.Text), "\n"))
	}
	r.Rows = func(text show.Trusted) int { return strings.Count(string(text), "\n") }
	r.Done = func(dropped int) { r.done <- dropped }
	return r
}

func (r *recorder) put(text show.Trusted) {
	r.Put(Line{Text: text + "\n", Data: true, Lost: func() { r.counted++ }})
}

func (r *recorder) want(t *testing.T, want string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if got := strings.Join(r.drawn, " "); got != want {
		t.Errorf("shown: %q, want %q", got, want)
	}
	r.drawn = nil
}

func TestHold(t *testing.T) {
	r := newRecorder()
	r.put("a")
	r.want(t, "a")
	r.Start()
	r.put("b")
	r.put("c\nc")
	r.want(t, "")
	if lines, dropped, on := r.Held(); lines != 3 || dropped != 0 || !on {
		t.Errorf("held: %d, %d, %v", lines, dropped, on)
	}
	r.Stop()
	r.want(t, "b c\nc")
	r.put("d")
	r.want(t, "d")
}

// TestHoldBounded: of many lines the newest stay.
func TestHoldBounded(t *testing.T) {
	r := newRecorder()
	r.Start()
	const n = 100000
	for i := range n {
		r.put(show.Sprintf("line %d of a chatter", i))
	}
	lines, dropped, _ := r.Held()
	if lines+dropped != n || dropped == 0 {
		t.Errorf("%d lines held and %d dropped, want %d", lines, dropped, n)
	}
	r.Stop()
	if got := <-r.done; got != dropped {
		t.Errorf("Done was told of %d dropped rows, want %d", got, dropped)
	}
	size := 0
	for _, l := range r.drawn {
		size += len(l)
	}
	if size > maxHeld || r.drawn[len(r.drawn)-1] != fmt.Sprintf("line %d of a chatter", n-1) {
		t.Errorf("%d bytes shown, the last %q", size, r.drawn[len(r.drawn)-1])
	}
}

// TestRest: lines use up the room below a command's output, and then wait.
func TestRest(t *testing.T) {
	r := newRecorder()
	r.Rest(time.Now().Add(time.Hour), 2)
	r.put("a")
	r.put("b")
	r.put("c")
	r.want(t, "a b")
	r.EndRest()
	r.want(t, "c")
	r.Rest(time.Now().Add(20*time.Millisecond), 0)
	for i := range 1 + maxBrief/2 {
		r.put(show.Sprintf("%d", i%10))
	}
	for range 2 { // EndRest above, and the timer
		<-r.done
	}
	if len(r.drawn)+r.counted != 1+maxBrief/2 {
		t.Errorf("%d shown and %d counted, want %d", len(r.drawn), r.counted, 1+maxBrief/2)
	}
	r.Rest(time.Now().Add(time.Hour), 0)
	r.put("x")
	r.Start()
	r.EndRest()
	r.drawn = nil
	r.Stop()
	r.want(t, "x")
}

// TestRestAgain: a Rest that takes the place of another ends at its own time.
func TestRestAgain(t *testing.T) {
	r := newRecorder()
	r.Rest(time.Now().Add(time.Hour), 0)
	r.put("a")
	r.Rest(time.Now(), 0)
	<-r.done
	r.want(t, "a")
}
