package repl

import (
	"strings"
	"testing"
)

// TestLivePager: help that does not fit the screen goes through $PAGER, and what comes meanwhile is
// shown after it.
func TestLivePager(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{columns: 80, rows: 20, env: []string{"PAGER=sed -n '$s/^/paged /p'; read line </dev/tty; echo read $line"}})
	c := l.dial("c")
	l.do("help quit")
	l.sees("quit: leave the shell")
	if strings.Contains(l.screen(), "paged") {
		t.Errorf("help of a few lines was paged:\n%s", l.screen())
	}
	l.press("help keys\r")
	l.sees("\npaged ")
	l.say(c, "meanwhile")
	l.press("a key\r")
	l.sees("read a key\n", "c <- 9  meanwhile")
	if at := strings.Index(l.screen(), "meanwhile"); at < strings.Index(l.screen(), "read a key") {
		t.Errorf("the event came into the pager's text:\n%s", l.screen())
	}
	l.clear()
	l.quit()

	l = startLive(t, liveConfig{columns: 80, rows: 20, env: []string{"PAGER=exit 3"}})
	l.do("help keys")
	l.sees(`the pager "exit 3": exit status 3`)
	l.quit()
}
