package repl

import (
	"strings"
	"testing"
)

// TestLiveEscapesHint: escapes that were sent as they were typed are pointed out; those in
// double quotes, and in single quotes, are what they should be.
func TestLiveEscapesHint(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	c := l.dial("c")
	l.do(`send c GET / HTTP/1.0\r\n\r\n`)
	l.hears(c, `GET / HTTP/1.0\r\n\r\n`)
	l.sees(`hint: \r was sent as it was typed; escapes have their meaning in double quotes: "...\r"`)
	l.clear()
	l.do(`send c "a\r\n"`, `send c 'a\r\n'`, `send c C:\dir`)
	l.sees("sosh> send c C:", "c -> 6 bytes")
	if strings.Contains(l.screen(), "hint: ") {
		t.Errorf("a hint too many:\n%s", l.screen())
	}
	l.do("cat file")
	l.sees("unknown command cat\nhint: !cat runs the program of that name")
	l.quit()
}
