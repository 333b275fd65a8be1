package repl

import (
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sosh/internal/racedetector"
)

// pour sends as fast as it can until stop is called, which returns how many
// bytes went out.
func pour(t testing.TB, c net.Conn, message string) (stop func() int64) {
	t.Helper()
	var sent atomic.Int64
	done, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-done:
				ended <- nil
				return
			default:
			}
			n, err := c.Write([]byte(message))
			sent.Add(int64(n))
			if err != nil {
				ended <- err
				return
			}
		}
	}()
	stopped := false
	stop = func() int64 {
		if !stopped {
			stopped = true
			close(done)
			if err := <-ended; err != nil && !errors.Is(err, net.ErrClosed) {
				t.Errorf("the peer: %v", err)
			}
		}
		return sent.Load()
	}
	t.Cleanup(func() { c.Close(); stop() })
	return stop
}

// memory is the resident memory of a process, in MiB.
func memory(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("no /proc here")
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(b)
	if m == nil {
		t.Fatalf("no VmHWM in\n%s", b)
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n >> 10
}

// typeTimed types text. It returns how long each key took to be on the screen, sorted,
// and how many bytes the shell wrote at most until it had shown a key.
func (l *live) typeTimed(text string) (delays []time.Duration, most int) {
	l.t.Helper()
	row := livePrompt + " "
	for _, r := range text {
		row += string(r)
		if r == ' ' {
			l.press(" ")
			continue // nothing to be seen
		}
		start := time.Now()
		written := l.PressUntil(string(r), row)
		delays = append(delays, time.Since(start))
		most = max(most, written)
	}
	slices.Sort(delays)
	return delays, most
}

// TestLiveFlood types while a peer sends as fast as it can: lines that are
// shown in part, or pieces of a large size.
func TestLiveFlood(t *testing.T) {
	t.Parallel()
	for _, flood := range []struct{ name, message string }{
		{"lines", "a line of the flood, as a chatty server has it\n"},
		{"blocks", strings.Repeat("\x00\x01 block of bytes \xff", 4<<10)},
	} {
		t.Run(flood.name, func(t *testing.T) {
			l := startLive(t, liveConfig{columns: 100, rows: 30})
			l.do("set time off")
			c := l.dial("c")
			c.SetDeadline(time.Time{})
			stop := pour(t, c, flood.message)
			summary := regexp.MustCompile(`c <- \d+ pieces?, [\d.]+ [KMGT]?i?B, not shown`)
			l.wait("a summary", summary.MatchString)
			began := time.Now()
			var delays []time.Duration
			most := 0
			least := 3
			if racedetector.On {
				least = 1 // ten times as slow, and the flood goes on meanwhile
			}
			for n := 0; n < least || time.Since(began) < 300*time.Millisecond; n++ {
				// A line that begins with a blank is not kept, so there is no suggestion.
				line := fmt.Sprintf(" x = %d + %d --[[ typed while it pours ]]", n, n)
				took, before := l.typeTimed(line)
				delays, most = append(delays, took...), max(most, before)
				l.press("\r")
				l.awaitTyped()
				l.press(fmt.Sprintf("print('sum', x, %d)\r", n))
				l.awaitTyped()
				l.wait("the command's output", func(string) bool {
					return strings.Contains(string(l.wrote.Bytes()), fmt.Sprintf("sum\t%d\t%d\r\n", 2*n, n))
				})
			}
			slices.Sort(delays)
			mem := memory(t, l.cmd.Process.Pid)
			t.Logf("%d keys: on the screen after %v (median), %v (longest), and at most %d bytes; at most %d MiB of memory",
				len(delays), delays[len(delays)/2], delays[len(delays)-1], most, mem)
			// The time depends on the machine, what is written first does not.
			if limit := 8 * maxPending; most > limit {
				t.Errorf("a key was shown after %d bytes (at most %d)", most, limit)
			}
			if limit := 100; mem > limit && !racedetector.On {
				t.Errorf("%d MiB of memory (at most %d)", mem, limit)
			}
			sent := stop()
			l.awaitIn(sent)
			l.checkFlood(sent)
			l.do("close c")
			l.quit()
		})
	}
}

// TestLiveFloodAside: what a quiet peer says is shown while another one floods.
func TestLiveFloodAside(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{columns: 100, rows: 30})
	c, d := l.dial("c"), l.dial("d")
	c.SetDeadline(time.Time{})
	stop := pour(t, c, "a line of the flood, as a chatty server has it\n")
	l.wait("a summary", summaryRow.MatchString)
	for i := range 3 {
		time.Sleep(2 * quietFor) // to be quiet
		text := fmt.Sprintf("news %d", i)
		l.say(d, text)
		l.wait(text, func(string) bool { return l.wrote.Has(text) })
	}
	stop()
	l.press("\x04\x04")
	l.leave(0)
}

// awaitTyped waits for the next line to begin, whatever else is on the screen.
func (l *live) awaitTyped() {
	l.t.Helper()
	l.lines++
	l.wait(fmt.Sprintf("line %d to begin", l.lines), func(string) bool { return l.raw.On.Load() == l.lines })
}

// awaitIn waits until all that was sent to c has come.
func (l *live) awaitIn(sent int64) {
	l.t.Helper()
	end := time.Now().Add(patience)
	for {
		l.press("#c, info(c).counters.bytes_in\r")
		l.awaitTyped()
		want := fmt.Sprintf("\t%d\r\n", sent)
		l.wait("an answer", func(string) bool { return true })
		if strings.Contains(string(l.wrote.Bytes()), want) {
			return
		}
		if time.Now().After(end) {
			l.t.Fatalf("%d bytes did not come; the screen:\n%s", sent, l.screen())
		}
	}
}

var (
	shownRow   = regexp.MustCompile(`c <- (\d+)(?:  .*| bytes?)\r`)
	summaryRow = regexp.MustCompile(`c <- (\d+) pieces?, (\S+ \S+), not shown`)
)

// checkFlood compares what the counters say with what was sent, and with what
// was on the screen.
func (l *live) checkFlood(sent int64) {
	l.t.Helper()
	l.press("do local i = info(c); print('counted', i.counters.bytes_in, i.counters.dropped + #c, i.counters.messages_in) end\r")
	l.awaitTyped()
	counted := regexp.MustCompile(`counted\t(\d+)\t(\d+)\t(\d+)\r`)
	var m []string
	l.wait("the counters", func(string) bool {
		m = counted.FindStringSubmatch(string(l.wrote.Bytes()))
		return m != nil
	})
	if m[1] != strconv.FormatInt(sent, 10) || m[2] != m[1] {
		l.t.Errorf("in %s, dropped and in the inbox %s; %d were sent", m[1], m[2], sent)
	}
	wrote := ours.ReplaceAllString(string(l.wrote.Bytes()), "")
	shown, sums := shownRow.FindAllString(wrote, -1), summaryRow.FindAllStringSubmatch(wrote, -1)
	messages := len(shown)
	for _, s := range sums {
		n, _ := strconv.Atoi(s[1])
		messages += n
	}
	if strconv.Itoa(messages) != m[3] {
		l.t.Errorf("%d shown and %d summed up are not the %s messages that came", len(shown), messages-len(shown), m[3])
	}
	l.t.Logf("%d MiB came in %s messages: %d shown, %d in %d summary lines", sent>>20, m[3], len(shown), messages-len(shown), len(sums))
}

// TestLiveHeldBack: only what was drawn counts as shown. What an event left out is
// printed by show, or by the verb that takes it.
func TestLiveHeldBack(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{columns: 100, rows: 200})
	l.do("set time off")
	c := l.dial("c")
	text := strings.Repeat("x", 4090) + strings.Repeat("ü", 450) + "the end\n"
	l.say(c, text)
	l.sees("c <- ", "  ... ", "show c prints them")
	l.clear()
	l.do("show c")
	l.sees("bytes, not shown before\n", "the end\nsosh>")
	if got := strings.Count(l.screen(), "ü"); got != 447 {
		t.Errorf("show printed %d of the characters that were left out, want 447; the screen:\n%s", got, l.screen())
	}
	l.do("show c")
	l.sees("c: all received data has been shown")
	l.do("recv c")
	l.sees("shown above: ")
	l.say(c, text)
	l.sees("  ... ", "show c prints them")
	l.clear()
	l.do("recv c")
	l.sees("c: 4998 bytes, the first 4096 shown above\n│ üüü", "the end\nsosh>")
	l.do("view c full")
	l.say(c, text)
	l.sees("4998 bytes\n", "the end\nsosh>")
	if strings.Contains(l.screen(), "... ") {
		t.Errorf("the view full leaves something out:\n%s", l.screen())
	}
	l.quit()
}
