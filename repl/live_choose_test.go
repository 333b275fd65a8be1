package repl

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"sosh/internal/racedetector"
)

// TestLiveMute: events of a muted handle are counted, and its bytes do not count as shown.
func TestLiveMute(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off")
	c, d := l.dial("c"), l.dial("d")
	l.do("mute c")
	l.clear()
	l.say(c, "secret")
	l.do("recvexact d 0 timeout=0", "wait c data") // it has come
	l.say(d, "open")
	l.sees("d <- 4  open")
	l.do("send c x")
	l.hears(c, "x")
	l.sees("sosh> send c x\nc -> 127.0.0.1:", ": 1 byte\n")
	l.do("ls")
	l.sees("c muted\n")
	l.do("unmute c", "recv c")
	l.sees("c: 2 events hidden, with 7 B of data; show c prints what is still in the inbox", "c: 6 bytes\n│ secret")
	if strings.Contains(l.screen(), "c <-") {
		t.Errorf("an event of a muted handle is shown:\n%s", l.screen())
	}
	l.clear()
	l.do("only d")
	l.say(c, "secret")
	l.do("wait c data")
	l.say(d, "open")
	l.sees("d <- 4  open")
	l.do("only off", "show c")
	l.sees("1 event hidden, with 6 B of data", "c: 6 bytes, not shown before\n│ secret")
	if strings.Contains(l.screen(), "c <-") {
		t.Errorf("an event of another handle is shown:\n%s", l.screen())
	}
	l.quit()
}

// TestLiveMuteServer: mute of a listener is for its clients.
func TestLiveMuteServer(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off", "serve 127.0.0.1:0 srv", "mute srv", "dial ${srv:getsockname()} c", "send c hello", "wait srv.1 data")
	l.do("unmute srv")
	l.sees("srv: 2 events hidden, with 5 B of data")
	if strings.Contains(l.screen(), "srv.1 ") && !strings.Contains(l.screen(), "wait srv.1") || strings.Contains(l.screen(), "srv.1 accepted") {
		t.Errorf("a client of a muted listener is shown:\n%s", l.screen())
	}
	l.quit()
}

// TestLiveGrep: of received data only what matches is shown, and counts as shown.
func TestLiveGrep(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off")
	c := l.dial("c")
	l.do(`grep 'tick \d+'`)
	l.clear()
	l.say(c, "peer 1 tick 117\nnoise\npeer 2 tock\npeer 3 tick 118\nmore")
	l.sees("c <- 32 bytes of 54\n│ peer 1 tick 117\n│ peer 3 tick 118\nsosh>")
	l.say(c, " noise\n")
	l.do("wait c data", "wait c data")
	l.clear()
	l.say(c, "tick 9\n")
	l.sees("c <- 7  tick 9\nsosh>")
	l.do("grep")
	l.sees(`all others: "tick \\d+", 4 lines or pieces (29 B) did not match`)
	l.do("grep off")
	l.sees("4 lines or pieces (29 B) did not match")
	l.clear()
	l.do("show c")
	l.sees("c: 18 bytes, not shown before\n│ noise\n│ peer 2 tock\n", "c: 11 bytes, not shown before\n│ more noise\nsosh>")
	l.do("show c")
	l.sees("c: all received data has been shown")
	l.quit()
}

// TestLiveHold: Ctrl-S keeps events back and shows them again. What is held does not count as
// shown, nor does what was dropped.
func TestLiveHold(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off")
	c := l.dial("c")
	l.clear()
	l.press("abc\x13")
	l.waitScreen("sosh> abc", "0 lines held")
	l.press("\x15")
	do := func(line, status string) {
		t.Helper()
		l.press(line + "\r")
		l.awaitTyped()
		l.sees("sosh> "+line, "sosh>\n"+status)
	}
	for i, status := range []string{"1 line held", "2 lines held", "3 lines held"} {
		l.say(c, fmt.Sprintf("line %d\n", i))
		do("wait c data", status)
	}
	l.press("ls\r")
	l.awaitTyped()
	l.sees("sosh> ls\n", "\n3 lines held\nsosh>\n3 lines held")
	if strings.Contains(l.screen(), "c <-") {
		t.Errorf("a held event is shown:\n%s", l.screen())
	}
	do("send c own", "3 lines held")
	l.sees("sosh> send c own\nc -> 3 bytes\nsosh>")
	do("recv c", "3 lines held")
	l.sees("c: 21 bytes\n│ line 0\n│ line 1\n│ line 2\nsosh>")
	l.say(c, "after\n")
	do("wait c data", "4 lines held")
	l.press("\x0ctyped\x13")
	l.waitScreen("c <- 7  line 0", "c <- 7  line 1", "c <- 7  line 2", "c <- 6  after", "sosh> typed")
	l.say(c, "now\n")
	l.waitScreen("c <- 7  line 0", "c <- 7  line 1", "c <- 7  line 2", "c <- 6  after", "c <- 4  now", "sosh> typed")
	l.press("\x15")
	l.do("recv c")
	l.sees(`c: 10 bytes, shown above: "after\nnow\n"`)
	l.quit()
}

// TestLiveHoldFlood: of a flood while the output is held, the newest lines stay, the others are
// counted, and only what was drawn counts as shown.
func TestLiveHoldFlood(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{columns: 100, rows: 30})
	l.do("set time off")
	c := l.dial("c")
	c.SetDeadline(time.Time{})
	l.press("hold\r")
	l.awaitTyped()
	stop := pour(t, c, strings.Repeat("a line of the flood, as a chatty server has it\n", 50))
	dropped := regexp.MustCompile(`\d+ lines held, \d+ dropped`)
	for !dropped.MatchString(l.screen()) {
		l.press("ls\r")
		l.awaitTyped()
		l.wait("an answer", func(screen string) bool { return strings.Contains(screen, "lines held") })
	}
	sent := stop()
	l.awaitIn(sent)
	l.press("hold off\r")
	l.awaitTyped()
	l.wait("what was dropped", func(string) bool {
		return regexp.MustCompile(`dropped the oldest \d+ held lines;`).Match(l.wrote.Bytes())
	})
	drawn := len(l.wrote.Bytes()) // the prompts and the beginnings of lines included
	inbox := int(min(sent, 1<<20))
	l.press("show c 1\r")
	l.awaitTyped()
	more := regexp.MustCompile(`\.\.\. (\d+) bytes more; show c continues`)
	l.wait("what was not shown", func(string) bool { return more.Match(l.wrote.Bytes()) })
	notShown, _ := strconv.Atoi(string(more.FindSubmatch(l.wrote.Bytes())[1]))
	if shown := inbox - notShown; shown < 4<<10 || shown > drawn {
		t.Errorf("%d bytes of the inbox's %d count as shown; %d bytes were drawn", shown, inbox, drawn)
	}
	if mem := memory(t, l.cmd.Process.Pid); mem > 100 && !racedetector.On {
		t.Errorf("%d MiB of memory (at most 100)", mem)
	}
	l.quit()
}

// TestLiveStays: what a command has printed is on the screen for 2 seconds, whatever comes; and
// what comes fills the rest of the screen at once.
func TestLiveStays(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{columns: 80, rows: 12})
	l.do("set time off")
	c := l.dial("c")
	for i := range 40 {
		l.say(c, fmt.Sprintf("before %d\n", i))
		l.sees(fmt.Sprintf("before %d", i))
	}
	began := time.Now() // before the output
	l.press("print('my own output')\r")
	l.awaitTyped()
	for i := range 100 {
		l.say(c, fmt.Sprintf("after %d\n", i))
		time.Sleep(time.Millisecond) // pieces of their own
	}
	l.wait("the rest", func(screen string) bool {
		gone := !strings.Contains(screen, "my own output")
		if since := time.Since(began); gone && since < stays {
			t.Errorf("the output was gone after %v", since)
		}
		return strings.Contains(screen, "after 99\n")
	})
	l.quit()
}
