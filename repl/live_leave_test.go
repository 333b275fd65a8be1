package repl

import "testing"

// TestLiveLeaveAsks: Ctrl-D names the live connections and asks once; y or another Ctrl-D
// leaves, and anything else goes on.
func TestLiveLeaveAsks(t *testing.T) {
	t.Parallel()
	const asked = "2 connections are live: c, d. Leave and close? (y, or Ctrl-D again)"
	l := startLive(t, liveConfig{columns: 100, rows: 30})
	l.dial("c")
	l.dial("d")
	l.do("socket tcp unconnected", "socket udp u")
	l.press("\x04")
	l.awaitPrompt()
	l.sees(asked)
	l.clear()
	l.do("n")
	l.press("\x04")
	l.awaitPrompt()
	l.sees(asked)
	l.clear()
	l.do("now") // a line that is no answer
	l.press("\x04")
	l.awaitPrompt()
	l.sees(asked)
	l.press("\x04")
	l.leave(0)
	l.sees("closed 4 handles: c, d, unconnected, u")

	l = startLive(t, liveConfig{columns: 100, rows: 30})
	l.dial("c")
	l.press("\x04")
	l.awaitPrompt()
	l.sees("1 connection is live: c. Leave")
	l.press("y\r")
	l.leave(0)

	// A connection that the peer has ended is not live.
	l = startLive(t, liveConfig{columns: 100, rows: 30})
	c := l.dial("c")
	c.Close()
	l.sees("has ended the stream")
	l.press("\x04")
	l.leave(0)
}

// TestLiveLeaveEntry: Ctrl-D gives up an entry that is not finished, and does not leave.
func TestLiveLeaveEntry(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.press("for i = 1, 3 do\r")
	l.sees("  ..")
	l.press("\x04")
	l.awaitPrompt()
	l.do("6 * 7")
	l.sees("\n42\n")
	l.quit()
}
