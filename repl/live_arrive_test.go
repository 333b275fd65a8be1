package repl

import (
	"net"
	"regexp"
	"strings"
	"testing"
)

func TestLiveArrives(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off")
	c := l.dial("c")
	peer := c.LocalAddr().String()
	l.sees("c connected to " + peer + " from " + c.RemoteAddr().String())
	l.clear()

	// Above the line being typed, wherever the cursor is, and the line goes on.
	l.press("send c wrld\x1b[D\x1b[D\x1b[D")
	const row = "send H DATA... [timeout=SECONDS] [split=true] [hex=...] [file=PATH] [chunk=...] [delay=SECONDS] [cu…"
	l.waitScreen("sosh> send c wrld", row)
	l.say(c, "hello\n")
	got := []string{"c <- 6  hello"}
	l.waitScreen(append(got, "sosh> send c wrld", row)...)
	l.press("o")
	l.say(c, "{\"a\":1}")
	got = append(got, `c <- 7  {"a":1}`)
	l.waitScreen(append(got, "sosh> send c world", row)...)
	l.press("\r")
	l.awaitPrompt()
	l.hears(c, "world")
	got = append(got, "sosh> send c world", "c -> 5 bytes")
	l.waitScreen(append(got, "sosh>")...)

	// What was shown is not shown again.
	l.do("recv c")
	l.waitScreen(append(got, "sosh> recv c", `c: 13 bytes, shown above: "hello\n{\"a\":1}"`, "sosh>")...)
	l.clear()
	l.do("view c none")
	l.say(c, "unseen")
	l.do("recvexact c 6")
	l.sees("recvexact c 6\nc: 6 bytes\n│ unseen\nsosh>")
	l.do("view c auto")
	l.say(c, "one")
	l.sees("c <- 3  one")
	l.do("view c none")
	l.say(c, "two")
	l.press("recvexact c 6\r")
	l.awaitPrompt()
	l.sees("recvexact c 6\nc: 6 bytes, the first 3 shown above\n│ two\nsosh>")
	l.clear()
	l.do("view c auto")
	l.say(c, "last words")
	l.sees("last words")
	c.Close()
	l.sees("c: the peer " + peer + " has ended the stream")
	l.do("recv c", "recv c")
	l.sees("c: 10 bytes, shown above", "recv c", "c: the peer has ended the stream")
	l.quit()
}

func TestLiveViews(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off")
	c := l.dial("c")
	tests := []struct{ view, data, want string }{
		{"auto", "plain text", "c <- 10  plain text\n"},
		{"auto", "two\nlines\n", "c <- 10 bytes\n│ two\n│ lines\n"},
		{"auto", `{"b": {"c": null}}`, "c <- 18  {\"b\": {\"c\": null}}\n"},
		{"auto", "{\"b\":\n{\"c\": null}}", "c <- 18 bytes\n│ {\n│   \"b\": {\n│     \"c\": null"},
		{"auto", "\x00\x01\x02\xfe", "c <- 4  00 01 02 fe  |....|\n"},
		{"text", "\x00\x01\x02\xfe", `c <- 4  \x00\x01\x02\xfe`},
		{"hex", "abc", "c <- 3  61 62 63  |abc|\n"},
		{"json", `{"b": [1]}`, "c <- 10 bytes\n│ {\n│   \"b\": [\n"},
		{"json", "no json", "c <- 7  no json\n"},
		{"json", "{\"b\":1}\nok\n[2]\n", "c <- 15 bytes\n│ {\n│   \"b\": 1\n│ }\n│ ok\n│ [\n│   2\n│ ]\n"},
	}
	for _, test := range tests {
		l.do("view c " + test.view)
		l.clear()
		l.say(c, test.data)
		l.sees(test.want)
	}
	// set view is for all that have no view of their own.
	d := l.dial("d")
	l.do("set view hex", "view c text")
	l.clear()
	l.say(c, "abc")
	l.sees("c <- 3  abc\n")
	l.say(d, "abc")
	l.sees("d <- 3  61 62 63")
	l.do("view")
	l.sees("(all others)  hex\nc             text\n")
	l.quit()
}

func TestLiveTime(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	c := l.dial("c")
	for _, test := range []struct{ time, want string }{
		{"clock", `\d\d:\d\d:\d\d\.\d\d\d `}, {"delta", ` +\+\d+\.\d\d\ds `}, {"off", ""},
	} {
		l.do("set time " + test.time)
		l.clear()
		l.say(c, "abc")
		re := regexp.MustCompile("^" + test.want + "c <- 3  abc\nsosh>$")
		l.wait(re.String(), re.MatchString)
	}
	l.quit()
}

func TestLiveDatagrams(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off", "socket udp u", "bind u 127.0.0.1:0")
	m := regexp.MustCompile(`bound to (127\.0\.0\.1:\d+)`).FindStringSubmatch(l.screen())
	if m == nil {
		t.Fatal(l.screen())
	}
	var peers []net.Conn
	for range 2 {
		c, err := net.Dial("udp4", m[1])
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		peers = append(peers, c)
	}
	l.clear()
	l.say(peers[0], "one")
	l.sees("u <- 3 from " + peers[0].LocalAddr().String() + "  one\nsosh>")
	l.say(peers[0], "same")
	l.sees("u <- 4  same\nsosh>")
	l.say(peers[1], "two")
	l.sees("u <- 3 from " + peers[1].LocalAddr().String() + "  two\nsosh>")
	l.say(peers[0], "")
	l.sees("u <- 0 bytes from " + peers[0].LocalAddr().String() + "\nsosh>")
	l.do("recv u", "recv u", "recv u 2", "recv u", `sendto u `+peers[1].LocalAddr().String()+` "back"`)
	l.sees("u: 3 bytes from "+peers[0].LocalAddr().String()+", shown above",
		"u: 2 bytes from "+peers[1].LocalAddr().String()+", shown above: \"tw\"\nu: the datagram was truncated: 2 of 3 bytes",
		"u: 0 bytes from ")
	l.hears(peers[1], "back")
	l.quit()
}

// TestLiveQueue: a listener tells of who waits.
func TestLiveQueue(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off", "socket tcp s", "bind s 127.0.0.1:0", "listen s")
	m := regexp.MustCompile(`listening on (127\.0\.0\.1:\d+)`).FindStringSubmatch(l.screen())
	if m == nil {
		t.Fatal(l.screen())
	}
	var peers []net.Conn
	for i := range 2 {
		c, err := net.Dial("tcp4", m[1])
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		peers = append(peers, c)
		l.sees([]string{"s: 1 connection waits to be accepted", "s: 2 connections wait to be accepted"}[i])
	}
	l.do("ls")
	l.sees("2 wait")
	l.do("accept s", "accept s b")
	l.sees("s.1 accepted from "+peers[0].LocalAddr().String(), "b accepted from "+peers[1].LocalAddr().String())
	l.say(peers[0], "hi")
	l.sees("s.1 <- 2  hi")
	l.do("send s.1 yes", "ls")
	l.hears(peers[0], "yes")
	l.sees("0 wait")
	l.clear()
	l.do("close s")
	l.sees("s closed")
	if strings.Contains(l.screen(), "s.1 closed") {
		t.Error("its connections were closed, too")
	}
	l.press("\x04\x04")
	l.leave(0)
	l.sees("closed 2 handles")
}
