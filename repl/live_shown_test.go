package repl

import (
	"strings"
	"testing"
)

// TestLiveDump: an event shows so many rows of a hexdump, and show prints the rest.
func TestLiveDump(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off")
	c := l.dial("c")
	data := strings.Repeat("\x00\x01\x02\xff", 100)
	l.say(c, data)
	l.sees("c <- 400 bytes\n│ 00000000  00 01 02 ff", "│ 000000f0  00 01", "\n  ... 144 bytes more; show c prints them, view c full shows everything\nsosh>")
	l.clear()
	l.do("show c")
	l.sees("c: 144 bytes, not shown before\n│ 00000000  00 01", "│ 00000080  00 01")
	l.do("show c", "set dump 2", "recv c")
	l.sees("c: all received data has been shown", "c: 400 bytes, shown above")
	l.clear()
	l.say(c, data)
	l.sees("c <- 400 bytes\n│ 00000000", "│ 00000010", "\n  ... 368 bytes more")
	l.clear()
	l.do("recv c")
	l.sees("c: 400 bytes, the first 32 shown above\n│ 00000000  00 01", "│ 00000160  00 01")
	l.quit()
}

// TestLiveSplit: a character that comes in two pieces is shown as one.
func TestLiveSplit(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{env: []string{"LIVE_SPLIT=10m"}})
	l.do("set time off")
	c := l.dial("c")
	l.clear()
	l.say(c, "gr\xc3")
	l.sees("c <- 2  gr\nsosh>")
	l.say(c, "\xbcn \xe2\x82")
	l.sees("c <- 2  gr\nc <- 4  ün\nsosh>")
	l.say(c, "\xac\n")
	l.sees("c <- 4  €\nsosh>")
	l.do("recv c")
	l.sees(`c: 10 bytes, shown above: "grün €\n"`)
	l.clear()
	// One byte at a time, and the end of the stream within a character.
	l.say(c, "\xe2")
	l.say(c, "\x82")
	l.say(c, "\xacs\xe2\x82")
	l.sees("c <- 4  €s\nsosh>")
	c.Close()
	l.sees("c <- 4  €s\nc <- 2  e2 82  |..|\nc: the peer")
	// In attach, too.
	d := l.dial("d")
	l.press("attach d\r")
	l.sees("attached to d")
	l.say(d, "gr\xc3")
	l.sees("│ gr")
	l.say(d, "\xbcn\n")
	l.sees("│ gr\n│ ün")
	l.press("\x1d")
	l.sees("detached from d\nsosh>")
	l.quit()
}

// TestLiveSplitAlone: the first bytes of a character are shown even if the others do not come.
func TestLiveSplitAlone(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off", "set view text")
	c := l.dial("c")
	l.clear()
	l.say(c, "gr\xc3")
	l.sees("c <- 2  gr\nc <- 1  \\xc3\nsosh>")
	l.do("recv c")
	l.sees(`c: 3 bytes, shown above: "gr\xc3"`)
	l.quit()
}
