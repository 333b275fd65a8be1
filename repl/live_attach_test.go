package repl

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"
)

// attach gives the keyboard to a handle.
func (l *live) attach(name string) {
	l.t.Helper()
	l.press("attach " + name + "\r")
	l.sees("attached to " + name)
	l.awaitTyped()
}

func TestLiveAttach(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off")
	c, d := l.dial("c"), l.dial("d")
	l.clear()
	l.attach("c")
	l.sees("attached to c, " + c.LocalAddr().String())
	l.press("hello $x \"there\"\r")
	l.awaitTyped()
	l.hears(c, "hello $x \"there\"\n")
	l.press("half")
	l.sees("\nhalf")
	l.say(c, "answer\nin two lines\n")
	l.sees("│ answer\n│ in two lines\nhalf")
	l.say(d, "from d") // waits
	l.say(c, "after d\n")
	l.sees("after d\nhalf")
	l.press("-line\r")
	l.awaitTyped()
	l.hears(c, "half-line\n")
	if strings.Contains(l.screen(), "from d") {
		t.Errorf("another handle's data is shown:\n%s", l.screen())
	}
	l.press("\x1d")
	l.awaitPrompt()
	l.sees("half-line\n", "detached from c\n", "d <- 1 piece, 6 B, not shown; show d prints them\n", "sosh>")
	l.do("recv d")
	l.sees("from d")
	l.do("recv c")
	l.sees("c: 28 bytes, shown above")

	// What came before and was not shown is shown first, once.
	l.do("view c none")
	l.say(c, "came before\n")
	l.do("wait c data", "peek c 1")
	l.clear()
	l.attach("c")
	l.sees("attached to c", "│ came before")
	l.say(c, "came after\n")
	l.sees("│ came before\n│ came after")
	l.press("\x1d")
	l.awaitPrompt()
	l.do("recv c")
	l.sees("c: 23 bytes, shown above")
	l.do("view c auto")

	// Lines end in the handle's eol.
	l.do(`setopt c eol "\r\n"`)
	l.clear()
	l.attach("c")
	l.press("GET /\r")
	l.awaitTyped()
	l.hears(c, "GET /\r\n")

	// So do those of a pasted text, and Enter after its last newline adds no empty one.
	for _, paste := range []struct{ text, hears string }{
		{"GET /a\nHost: x\n\n", "GET /a\r\nHost: x\r\n\r\n"},
		{"two\rlines", "two\r\nlines\r\n"},
		{"\n", "\r\n"},
	} {
		l.press("\x1b[200~" + paste.text + "\x1b[201~\r")
		l.awaitTyped()
		l.hears(c, paste.hears)
	}
	l.press("more\x03")
	l.awaitPrompt()
	l.sees("detached from c: Ctrl-C")

	// Ctrl-D is the end of what one has to say, and not of what is heard.
	l.clear()
	l.attach("c")
	l.press("\x04")
	l.awaitPrompt()
	l.sees("the end of the stream was sent")
	if b, err := io.ReadAll(c); err != nil || len(b) > 0 {
		t.Errorf("the peer got %q, %v", b, err)
	}
	l.say(c, "I go on")
	l.sees("c <- ", "I go on")

	// The peer's end comes back by itself, and drops what was being typed.
	l.clear()
	l.attach("d")
	l.press("unfinished")
	l.sees("unfinished")
	l.say(d, "bye\n")
	d.Close()
	l.awaitPrompt()
	l.sees("bye\n", "the peer", "ended", "detached: d is")
	l.do("attach nobody", "socket tcp n", "attach n")
	l.sees("no handle named nobody", "n is new (expected a connection)")
	l.quit()
}

func TestLiveJobs(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off")
	c := l.dial("c")
	l.press(`every 0.05 send c "tick\n"` + "\r")
	l.awaitTyped()
	l.sees(`job 1: every 50ms send c "tick\n"`)
	l.hears(c, "tick\ntick\n")
	l.press("jobs\r")
	l.awaitTyped()
	l.sees("job  every  runs  failed  last  command\n1    50ms ")
	l.press("half a line")
	l.hears(c, "tick\n")
	l.sees("half a line")
	l.press("\x15kill 1\r")
	l.awaitTyped()
	l.wait("the job to be killed", regexp.MustCompile(`job 1 killed after \d+ runs`).MatchString)
	l.do("send c killed")
	var sent []byte // the ticks of before come first
	for b := make([]byte, 64); !bytes.HasSuffix(sent, []byte("killed")); {
		n, err := c.Read(b)
		if err != nil {
			t.Fatalf("the peer got %q and %v", sent, err)
		}
		sent = append(sent, b[:n]...)
	}
	if !regexp.MustCompile(`^(tick\n)*killed$`).Match(sent) {
		t.Errorf("the peer got %q", sent)
	}
	l.clear()
	l.do("jobs", "kill 1", "every 0.05 count=1 send nobody x")
	l.sees("no jobs", "kill: no job 1", "job 2 ended after 1 run, 1 failed: send: no handle named nobody")
	l.do("time sleep(0.02)")
	l.wait("the time", regexp.MustCompile(`took (2\d|\d\d\d*)\S*ms`).MatchString)
	l.do("alias ping send c ping", "ping", "ping two", "alias", "unalias ping", "ping")
	l.hears(c, "pingping two")
	l.sees("alias ping send c ping", "unknown command ping")
	l.do("!echo $((6*7)); printf partial", "!cat <&-; exit 3")
	l.sees("42\npartial⏎\nsosh>", "exit status 3")
	l.do("every 0.01 kill 3")
	l.sees("job 3 killed after 0 runs")
	l.do("every", "every x ls", "every 1", "jobs")
	l.sees("every: ", "bad interval \"x\"", "the command is missing", "no jobs")
	l.quit()
}

func TestLiveLog(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	c := l.dial("c")
	l.do("log", "log session.log", "log")
	l.sees("no log", "sosh> log\nsession.log")
	l.say(c, "\x1b[2Jlogged\n")
	l.sees("logged")
	l.do("send c back", "log off", "log", "send c unlogged", "!cut -d' ' -f2- session.log")
	l.sees("no log", "c data "+c.LocalAddr().String()+` 11 "\x1b[2Jlogged\n"`, `c sent `+c.LocalAddr().String()+` 4 "back"`)
	l.quit()
}

// TestLiveBackpressure: what is not shown is not thrown away; the sender waits.
func TestLiveBackpressure(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off", "set view none")
	c := l.dial("c")
	// Until nothing moves any more.
	block := []byte(strings.Repeat("0123456789abcdef", 4<<10))
	sent := 0
	for {
		c.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
		n, err := c.Write(block)
		sent += n
		if err != nil {
			break
		}
		if sent > 64<<20 {
			t.Fatal("64 MiB went out, and nobody reads")
		}
	}
	l.do("#c, info(c).counters.dropped")
	l.sees("1048576", "0\nsosh>")
	done := make(chan error, 1)
	go func() {
		c.SetWriteDeadline(time.Now().Add(patience))
		_, err := io.WriteString(c, "the end")
		c.CloseWrite()
		done <- err
	}()
	l.do("all = c:recvall()", "#all, all:sub(-7), info(c).counters.dropped, hash and #all")
	if err := <-done; err != nil {
		t.Error(err)
	}
	l.sees(fmt.Sprint(sent+len("the end")), "the end", "0")
	l.quit()
}

// TestLiveTwoPeers: each handle's bytes are its own, while both send.
func TestLiveTwoPeers(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set view none")
	c, d := l.dial("c"), l.dial("d")
	done := make(chan error, 2)
	for conn, text := range map[net.Conn]string{c: "from c ", d: "from d "} {
		go func() {
			_, err := io.WriteString(conn, strings.Repeat(text, 1000))
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	l.do("c:recvexact(7000) == ('from c '):rep(1000)", "d:recvexact(7000) == ('from d '):rep(1000)")
	l.sees("true\n", "true\n")
	l.quit()
}

// TestLiveAttachEnded: a stream whose peer has ended it can still be written to; a reset one can't.
func TestLiveAttachEnded(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	c := l.dial("c")
	c.CloseWrite()
	l.sees("has ended the stream")
	l.press("attach c\r")
	l.sees("attached to c", "the peer has ended its stream already; what you type is still sent")
	l.press("hello\r")
	l.hears(c, "hello\n")
	l.press("\x1d")
	l.sees("detached from c\nsosh>")
	l.quit()
}

// TestLiveAttachReset: there is nothing to attach to.
func TestLiveAttachReset(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	c := l.dial("c")
	c.SetLinger(0)
	c.Close()
	l.sees("reset by the peer")
	l.do("attach c")
	l.sees("attach: c is reset (expected a connection that is open)")
	l.quit()
}
