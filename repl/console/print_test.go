package console

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sosh/internal/leak"
	"sosh/internal/show"
	"sosh/internal/termtest"
)

func TestPrint(t *testing.T) {
	s := open(t, 30, 12, Config{})
	s.c.Print("before")
	done := s.readline()
	s.Press("send c he")
	s.WaitText("before", "> send c he")
	s.c.Print("c <- 5 bytes\nhello\n")
	s.WaitText("before", "c <- 5 bytes", "hello", "> send c he")
	s.c.Print("")
	s.c.Print("no newline")
	s.Press("llo\x1b[D")
	s.WaitText("before", "c <- 5 bytes", "hello", "no newline", "> send c hello")
	s.Press("\r")
	s.want(done, "send c hello", nil)
	s.c.Print("after")
	s.c.Print("wards\n")
	s.WaitText("before", "c <- 5 bytes", "hello", "no newline", "> send c hello", "after", "wards")
}

// TestPrintAll: whatever is printed around the ends of lines, all of it is on
// the screen, in order, and nothing else.
func TestPrintAll(t *testing.T) {
	s := open(t, 30, 200, Config{})
	stop, done := make(chan struct{}), make(chan struct{})
	var n int
	go func() {
		defer close(done)
		for ; n < 120; n++ {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				s.c.Print(show.Sprintf("message %d", n))
			}
		}
	}()
	for i := range 10 {
		line := fmt.Sprintf("line %d", i)
		s.enter(line+"\r", line)
	}
	close(stop)
	<-done
	s.c.Print("end")
	s.WaitLast("end")
	messages, lines := 0, 0
	for row := range strings.SplitSeq(s.Text(), "\n") {
		switch row {
		case fmt.Sprintf("message %d", messages):
			messages++
		case fmt.Sprintf("> line %d", lines):
			lines++
		case "end":
		default:
			t.Errorf("row %q after message %d and line %d", row, messages-1, lines-1)
		}
	}
	if messages != n || lines != 10 {
		t.Errorf("%d of %d messages, %d of 10 lines", messages, n, lines)
	}
}

// TestNarrow edits a line that takes four rows, with the cursor in the second,
// while messages of two rows arrive.
func TestNarrow(t *testing.T) {
	t.Parallel()
	s := open(t, 20, 100, Config{})
	done := s.readline()
	text := strings.Repeat("0123456789", 7)
	s.Press(text + strings.Repeat("\x1b[D", 40))
	edited := []string{"> 012345678901234567", "89012345678901234567", "89012345678901234567", "890123456789"}
	s.WaitText(edited...)
	var rows []string
	for i := range 20 {
		m := fmt.Sprintf("message number %d is long", i)
		rows = append(rows, strings.TrimRight(m[:20], " "), string(show.Gutter)+m[20:])
		s.c.Print(show.Trusted(m))
		s.WaitText(append(slices.Clip(rows), edited...)...)
	}
	s.Press("x\r")
	s.want(done, text[:30]+"x"+text[30:], nil)
}

// TestFlood types while a goroutine prints as fast as it can.
func TestFlood(t *testing.T) {
	s := open(t, 80, 24, Config{})
	done := s.readline()
	stop, stopped, dropped := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i, shown := 0, true; ; i++ {
			select {
			case <-stop:
				return
			default:
				all := s.c.Print(show.Sprintf("c <- message %d of the flood, which has some length, as messages have", i))
				if shown && !all {
					close(dropped)
				}
				shown = shown && all
			}
		}
	}()
	select {
	case <-dropped:
	case <-time.After(termtest.Patience):
		t.Fatal("no flood")
	}
	text, row := "send c hello while it pours", "> "
	var delays []time.Duration
	for _, r := range text {
		start := time.Now()
		s.Press(string(r))
		row += string(r)
		s.WaitLast(strings.TrimRight(row, " "))
		delays = append(delays, time.Since(start))
	}
	s.Press("\r")
	s.want(done, text, nil)
	close(stop)
	<-stopped
	slices.Sort(delays)
	t.Logf("a key was on the screen after %v (median), %v (longest); %d texts dropped",
		delays[len(delays)/2], delays[len(delays)-1], s.c.Dropped())
}

// TestPending: a terminal that takes nothing blocks nobody, and costs no more
// memory than is allowed.
func TestPending(t *testing.T) {
	if leak.Alone(t) {
		return
	}
	usual := pendingMax
	pendingMax = 64 << 10
	t.Cleanup(func() { pendingMax = usual })
	s := open(t, 80, 24, Config{})
	var drained atomic.Int32
	done := s.readline()
	s.Paste.Mu.Lock()
	text := strings.Repeat("x", 999) + "\n"
	for i := 0; i < 3*pendingMax/len(text) && s.c.Dropped() < 10; i++ {
		s.c.Print(show.Trusted(text))
	}
	if n := s.c.Pending(); n < pendingMax || n > pendingMax+len(text) {
		t.Errorf("%d bytes pending", n)
	}
	s.c.OnDrain(func() {
		if drained.Add(1) == 1 {
			s.c.Print("summed up")
		}
	})
	s.Paste.Mu.Unlock()
	s.Press("still here")
	s.Wait("all to be drawn", func(screen string) bool {
		return strings.HasSuffix(screen, "\nsummed up\n> still here")
	})
	if n := s.c.Pending(); n != 0 {
		t.Errorf("%d bytes pending", n)
	}
	s.Press("\r")
	s.want(done, "still here", nil)
}

// errOther is a reason to interrupt ReadRaw.
var errOther = errors.New("other")
