package repl

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// A codec shows messages in place of bytes, and the bytes where there is no message.
func TestLiveDecode(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off")
	c := l.dial("c")
	l.do("view c resp", "view c")
	l.sees("sosh> view c\nresp\nsosh>")
	l.clear()

	l.do(`send c "GET k\r\n"`)
	l.hears(c, "GET k\r\n")
	l.sees("c -> GET k\n")
	l.say(c, "$5\r\nhel")
	l.sees("c <- 7 bytes, the beginning of a message\n")
	l.say(c, "lo\r\n-ERR \x1b[2J\r\n:7\r\n")
	l.sees(`c <- "hello"`+"\n", `c <- error ERR \x1b[2J`+"\n", "c <- 7\n")
	l.clear()

	// What is no message is shown as bytes, and the messages go on after it.
	l.say(c, "+OK\r\nwhat is this")
	l.sees("c <- OK\n", `c <- 12 bytes, not resp: byte 0: "w" begins no value`+"\n│ what is this\n")
	l.say(c, "+PONG\r\n")
	l.sees("c <- PONG\n")
	l.clear()

	// recv gives all of it.
	l.do("recv c")
	l.sees("│ $5\n│ hello\n")

	l.do("view c mqqt")
	l.sees(`bad view "mqqt" (expected auto, text, hex, json, full, none, or a codec: `)
	l.do("view c text")
	l.clear()
	l.say(c, "+OK\r\n")
	l.sees("c <- 5  +OK\n")
	l.quit()
}

// A codec of the user's may fail or run for ever: the prompt goes on.
func TestLiveDecodeWrongCodec(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off")
	c := l.dial("c")
	l.write("loop.lua", "return {decode = function(b) while true do pcall(error) end end}", t)
	l.write("wrong.lua", "return {decode = function(b) return b, 7 end}", t)
	l.write("nothing.lua", "x = ", t)
	l.do("view c ./nothing.lua")
	l.sees("nothing.lua:1: unexpected symbol near '<eof>'")
	l.clear()
	l.do("view c ./wrong.lua")
	l.say(c, "abc")
	l.sees("c <- 3 bytes, not ./wrong.lua: decode returned a message and 7 (expected the number of bytes", "│ abc\n")
	l.clear()
	l.do("view c ./loop.lua")
	l.say(c, "abc")
	l.sees("c <- 3 bytes, not ./loop.lua: the decoder took too long; the rest is shown as it is", "│ abc\n")
	l.say(c, "def")
	l.sees("c <- 3 bytes\n│ def\n")
	l.wait("one reason", func(screen string) bool { return strings.Count(screen, "took too long") == 1 })
	l.quit()
}

var pageBlock = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// TestLiveDecodersPage types the sessions of doc/decoders.md, with the files before
// them, and sees their rows.
func TestLiveDecodersPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../doc/decoders.md")
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	sessions := 0
	for _, m := range pageBlock.FindAllStringSubmatch(string(page), -1) {
		switch kind, text := m[1], m[2]; kind {
		case "lua":
			files[strings.TrimPrefix(text[:strings.Index(text, "\n")], "-- ")] = text
		case "sosh":
			sessions++
			l := startLive(t, liveConfig{})
			for name, text := range files {
				l.write(name, text, t)
			}
			for line := range strings.Lines(text) {
				line = strings.TrimSuffix(line, "\n")
				if typed, ok := strings.CutPrefix(line, "sosh> "); ok {
					l.do(typed)
					if name, ok := strings.CutPrefix(typed, "dial ${srv:getsockname()} "); ok {
						l.sees(name + " connected to")
						l.sees("srv.1 accepted from")
					}
				} else {
					l.sees("\n" + line + "\n")
				}
			}
			l.quit()
		}
	}
	if sessions < 3 {
		t.Errorf("%d sessions ran", sessions)
	}
}

// A codec that was made at the prompt shows messages as it was then.
func TestLiveDecodeOwnCodec(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time none")
	c := l.dial("c")
	l.do(
		"sep = '|'",
		"local cut = string.find  local n = 0  mine = {decode = function(b, st) local i = cut(b, sep, 1, true) if i then n = n + 1 return {n, b:sub(1, i - 1), st.from}, i end end, encode = function(m) return m[1] .. sep end, show = function(m) return table.concat(m, ' ') end}",
		"view c mine", "view c")
	l.sees("sosh> view c\nmine\n")
	l.say(c, "a|b|")
	l.sees("c <- 1 a server\n", "c <- 2 b server\n")
	l.do("sep = '!'", `send c {"x"}`)
	l.hears(c, "x|")
	l.sees("c -> 3 x client\n")

	l.do(`size = 2`, `fixed = schema{{"text", "bytes", size = function() return size end}}`, "view c fixed")
	l.clear()
	l.say(c, "abcd")
	l.sees(`c <- {text = "ab"}`+"\n", `c <- {text = "cd"}`+"\n")
	l.do("bad = {decode = function() local s = send return s() end}", "view c bad")
	l.say(c, "abcd")
	l.sees("c <- 4 bytes, not bad: ", "attempt to call local 's' (a nil value)")
	l.do("bad = {decode = recv}", "view c bad")
	l.sees("view: codec bad: it uses recv (expected only functions of the library)\n")
	l.do("view c netstring")
	l.clear()
	l.say(c, "3:abc,")
	l.sees(`c <- "abc"` + "\n")
	l.quit()
}
