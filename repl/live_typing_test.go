package repl

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// colourRow has a letter for the colour of each character of a row of the screen: its first
// letter, in upper case if it is bold, B for bold alone.
func (l *live) colourRow(y int) string {
	l.vt.Lock()
	defer l.vt.Unlock()
	columns, _ := l.vt.Size()
	var row strings.Builder
	for x := range columns {
		g := l.vt.Cell(x, y)
		letter := byte(' ')
		if g.FG < 16 {
			letter = "krgybmcwKRGYBMCW"[g.FG]
		} else if g.Mode&4 != 0 {
			letter = 'B'
		}
		row.WriteByte(letter)
	}
	return strings.TrimRight(row.String(), " ")
}

func TestLivePaint(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("socket tcp con")
	for _, test := range []struct{ line, want string }{
		{"close con", "ggggg ccc"},
		{"close cox ", "ggggg RRR"},
		{"clos x", "RRRR"},
		{`send con "a" timeout=1`, "gggg ccc mmm BBBBBBBBm"},
		{`send con "a`, "gggg ccc Rm"},
		{"local x = con:send('a')", "BBBBB     ccc gggg mmm"},
	} {
		l.clear()
		l.press(test.line)
		l.WaitFor(test.line, func() bool {
			return strings.HasPrefix(l.screen(), "sosh> "+strings.TrimRight(test.line, " ")) && strings.TrimSpace(l.colourRow(0)[6:]) == strings.TrimSpace(test.want)
		})
		l.press("\x15")
	}
	l.quit()
}

// TestLiveSuggestion: a suggestion is text on the screen only, until it is taken.
func TestLiveSuggestion(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	c := l.dial("c")
	l.do("send c first thing", "dial u:pw@127.0.0.1:1", "send c password=hunter2")
	l.hears(c, "first thing"+"password=hunter2")
	l.clear()
	l.press("sen")
	l.sees("sosh> send c first thing")
	l.press("\x15di")
	l.sees("sosh> di")
	l.press("\x15send c p")
	l.sees("sosh> send c p\n")
	if strings.Contains(l.screen(), "hunter2") {
		t.Errorf("a password is suggested:\n%s", l.screen())
	}
	// A word of it, then the rest; Enter enters only what was taken.
	l.press("\x15s")
	l.sees("sosh> send c first thing")
	l.press("\x1bf\x1bf\x1bf!\r")
	l.awaitPrompt()
	l.hears(c, "first!")
	l.press("send c first t\x1b[C\r")
	l.awaitPrompt()
	l.hears(c, "first thing")
	l.press("send c first t\x1b[F\r")
	l.awaitPrompt()
	l.hears(c, "first thing")
	l.press("send c fir")
	l.sees("sosh> send c first thing")
	l.press("\r")
	l.awaitPrompt()
	l.hears(c, "fir")
	c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := c.Read(make([]byte, 1)); n > 0 || !os.IsTimeout(err) {
		t.Errorf("the peer got more than was entered (%v)", err)
	}
	l.quit()
	// The places are hashes, beside the history.
	b, err := os.ReadFile(l.path("state/sosh/history.places"))
	if err != nil || len(b) == 0 || regexp.MustCompile(`[^0-9a-f \n]`).Match(b) {
		t.Errorf("the file of places: %q, %v", b, err)
	}
}

// TestLiveMenuWidths: the menu and the status row at the widths of terminals.
func TestLiveMenuWidths(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{20, 40, 80, 300} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			l := startLive(t, liveConfig{columns: columns, rows: 30})
			for _, name := range []string{"one", "two", "a\x1b[2J"} {
				if err := os.WriteFile(l.path("f-"+name), make([]byte, 2<<10), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			fits := func(row string) string { // as the console shortens a row
				if r := []rune(row); len(r) > columns {
					return string(r[:columns-1]) + "…"
				}
				return row
			}
			l.clear()
			l.press("log f\t\t")
			l.sees("sosh> log f-\n", fits("log [FILE]  the name of a file")+"\n", "> \"f-a\\x1b[2J\" ", "  f-one ", "  f-two ")
			if columns >= 40 {
				l.sees("2.0 KiB")
			}
			l.press("\t\x1b[B\x1b[A\x1b[Z\x07tw\t")
			l.sees("sosh> log f-two")
			l.press("\x15")
			l.waitScreen(livePrompt)
			l.press("connect x 127.0.0.1:1 timeout=")
			if columns >= 80 {
				l.sees("connect H ADDRESS [timeout=SECONDS] [TLS...]")
			} else {
				l.sees("[timeout=SECONDS]")
			}
			l.press("\x15")
			l.waitScreen(livePrompt)
			l.quit()
		})
	}
}

// TestLiveMenuSelects: Enter takes the selected candidate and does not end the line.
func TestLiveMenuSelects(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{columns: 80, rows: 20})
	ln := listen(t)
	l.do("dial "+ln.Addr().String()+" cat", "dial "+ln.Addr().String()+" cow")
	var peers []net.Conn
	for range 2 {
		c, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		peers = append(peers, c)
	}
	l.clear()
	l.press("send c\t\x1b[B")
	l.sees("sosh> send c\n", "  cat  tcp connected "+ln.Addr().String()+"\n> cow  tcp connected "+ln.Addr().String())
	l.press("\r")
	l.sees("sosh> send cow\n")
	l.press("moo\r")
	l.awaitPrompt()
	l.hears(peers[1], "moo")
	l.quit()
}

// colourSequence matches the escape sequences that set a colour.
var colourSequence = regexp.MustCompile("\x1b\\[([0-9;]*;)?([34][0-9]|9[0-7]|10[0-7])[0-9;]*m")

// TestLiveStatusPlain: with NO_COLOR there are suggestions and a row below, and no colours; a
// terminal without escape sequences has neither.
func TestLiveStatusPlain(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{env: []string{"NO_COLOR=1"}})
	l.do("socket tcp c")
	l.clear()
	l.press("socket ")
	l.waitScreen("sosh> socket tcp c", "socket KIND [NAME]  a kind of socket: tcp, tcp4, tcp6, udp, udp4, udp6, unix, unixgram, unixpacket,…")
	l.press("\x1b[C2\r") // Right takes the suggestion
	l.awaitPrompt()
	l.sees("c2: tcp socket")
	l.press("nosuch\r")
	l.awaitPrompt()
	l.quit()
	wrote := string(l.wrote.Bytes())
	if sgr := colourSequence.FindString(wrote); sgr != "" {
		t.Errorf("NO_COLOR: %q was written", sgr)
	}
	if !regexp.MustCompile("\x1b\\[2m[a-z ]*tcp c").MatchString(wrote) || !strings.Contains(wrote, "\x1b[4m") {
		t.Errorf("NO_COLOR: the suggestion is not dim, or the wrong word not underlined: %q", wrote)
	}
	l = spawnLive(t, liveConfig{env: []string{"TERM=dumb"}})
	l.waitLast(livePrompt)
	l.press("socket tcp c\r")
	l.sees("c: tcp socket")
	l.press("socket \x1b[Cunix u\r")
	l.sees("u: unix socket")
	l.press("exit\r")
	l.leave(0)
	if wrote := l.wrote.Bytes(); strings.Contains(string(wrote), "KIND") || strings.Contains(string(wrote), "\x1b") {
		t.Errorf("TERM=dumb: %q", wrote)
	}
}
