package luatest

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"sosh/internal/racedetector"
	"sosh/internal/recording"
	"sosh/script/lua51"
)

var start = time.Date(2026, 11, 29, 23, 10, 5, 0, time.UTC)

// write returns the test made from events.
func write(t testing.TB, o Options, events ...recording.Event) string {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, recording.Header{Program: "sosh 1", Start: start}, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, ev := range events {
		if err := w.Write(ev); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := lua51.Compile(b.String(), "x_test.lua"); err != nil {
		t.Errorf("it does not compile: %v\n%.2000s", err, b.String())
	}
	return b.String()
}

// client returns the events of a client that sends what begins with > and receives what
// begins with <.
func client(lines ...string) (events []recording.Event) {
	ev := recording.Event{Handle: "c", Number: 1, Kind: "tcp", Local: "127.0.0.1:40123", Peer: "127.0.0.1:7000"}
	add := func(typ recording.Type, data string) {
		ev.Type, ev.Data = typ, []byte(data)
		ev.Time += time.Millisecond
		events = append(events, ev)
	}
	add(recording.Connected, "")
	for _, l := range lines {
		switch l[0] {
		case '>':
			add(recording.Sent, l[1:])
		case '<':
			add(recording.Data, l[1:])
		default:
			add(recording.Type(l), "")
		}
	}
	return events
}

// has checks that text has some lines.
func has(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains(text, l+"\n") {
			t.Errorf("no line %s in:\n%s", l, text)
		}
	}
}

func TestLines(t *testing.T) {
	got := write(t, Options{}, client("<220 hel", "<lo\r\n", ">EHLO x\r\n", "<250-a\r\n250 b\r\n", ">DATA\r\n", "<354 go\r\n",
		">Subject: x\r\n\r\ny\r\n.\r\n", "<250 ok\r\n", ">QUIT\r\n", "<221 bye\r\n", "eof", "closed")...)
	want := `-- A test made from a recording of 2026-11-29 23:10 UTC by sosh 1.
-- Set ADDRESS=HOST:PORT in the environment to use another address.

local address = os.getenv("ADDRESS") or "127.0.0.1:7000"

test("EHLO x", function(t)
  local c = dial(address, "c")
  setopt(c, "eol", "\r\n")
  t:eq(recvline(c), "220 hello")
  sendline(c, "EHLO x")
  t:eq(recvline(c), "250-a")
  t:eq(recvline(c), "250 b")
  sendline(c, "DATA")
  t:eq(recvline(c), "354 go")

  send(c, "Subject: x\r\n" ..
    "\r\n" ..
    "y\r\n" ..
    ".\r\n")
  t:eq(recvline(c), "250 ok")
  sendline(c, "QUIT")
  t:eq(recvline(c), "221 bye")
  t:closed(c)
end)
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestVariables(t *testing.T) {
	has(t, write(t, Options{}, client(">x\n", "<Date: Sun, 29 Nov 2026 23:10:06 GMT\nage 1795993806\nyou are 127.0.0.1:40123\nsince 1999-01-01\nid 5f3a9c01\n",
		">get 5f3a9c01\n", "<5f3a9c01 cafe1234\n")...),
		`  t:match(recvline(c), "^Date: %a+, %d+ %a+ %d+ %d+:%d+:%d+ %a+$") -- a date`,
		`  t:match(recvline(c), "^age %d+$") -- a time: 1795993806`,
		`  t:match(recvline(c), "^you are 127%.0%.0%.1:%d+$") -- the client's port: 40123`,
		`  t:eq(recvline(c), "since 1999-01-01")`,
		`  local value = t:match(recvline(c), "^id (%x+)$") -- an id: 5f3a9c01`,
		`  sendline(c, "get " .. value)`,
		`  t:match(recvline(c), "^5f3a9c01 %x+$") -- an id: cafe1234`)
	// A second recording says what differs; what the client sent itself does not.
	second := client(">me 77\n", "<77 n=12 id zz81k at 23:59:59\nsame deadbeef01\n+OK ab/c==\n\n", ">bye zz81k\n", "<\x00\x01\x02ab", "eof")
	has(t, write(t, Options{More: [][]recording.Event{second}}, client(">me 42\n", "<42 n=9 id qx81t at 23:59:41\nsame deadbeef01\n+OK x+yz=\n\n",
		">bye qx81t\n", "<\x00\x07\x02ab", "eof")...),
		`-- What differs between it and 1 other recording is a pattern.`,
		`  local value = t:match(recvline(c), "^42 n=%d+ id (%w+) at %d+:%d+:%d+$") -- differs: 9, 12; differs: qx81t, zz81k; a time: 23:59:41, 23:59:59`,
		`  t:eq(recvline(c), "same deadbeef01")`,
		`  t:match(recvline(c), "^%+OK .+$") -- differs: x+yz=, ab/c==`,
		`  sendline(c, "bye " .. value)`,
		`  recvexact(c, 1) -- differs: 07, 01`)
	has(t, write(t, Options{Mask: []*regexp.Regexp{regexp.MustCompile(`n=\d+`)}}, client(">x\n", "<a n=5 b\n")...),
		`  t:match(recvline(c), "^a .* b$") -- masked: n=5`)
}

// A program between a client and a server of the recording needs both in one test; a relay of
// the recording's own has a test for each side.
func TestBetween(t *testing.T) {
	ev := func(typ recording.Type, handle, local, peer, data string) recording.Event {
		e := recording.Event{Type: typ, Handle: handle, Kind: "tcp", Local: local, Peer: peer, Data: []byte(data)}
		if handle == "srv.1" {
			e.Parent = "srv"
		}
		return e
	}
	const a, b, c, d = "127.0.0.1:1001", "127.0.0.1:80", "127.0.0.1:1002", "127.0.0.1:81"
	connect, accept := ev(recording.Connected, "c", a, b, ""), ev(recording.Accepted, "srv.1", d, c, "")
	rest := []recording.Event{ev(recording.Sent, "c", a, b, "x\n"), ev(recording.Data, "srv.1", d, c, "x\n"),
		ev(recording.Sent, "srv.1", d, c, "y\n"), ev(recording.Data, "c", a, b, "y\n"), ev(recording.Closed, "c", a, b, ""), ev(recording.EOF, "srv.1", d, c, "")}
	got := write(t, Options{}, append([]recording.Event{connect, accept}, rest...)...)
	has(t, got, `local address = os.getenv("ADDRESS") or "127.0.0.1:81"`, `local address2 = os.getenv("ADDRESS2") or "127.0.0.1:80"`)
	has(t, got, "  close(c)")
	if strings.Count(got, "\ntest(") != 1 || strings.Contains(got, "CLIENT") {
		t.Errorf("not one test without CLIENT:\n%s", got)
	}
	got = write(t, Options{}, append([]recording.Event{accept, connect}, rest...)...)
	if strings.Count(got, "\ntest(") != 2 || strings.Count(got, "t:skip") != 1 {
		t.Errorf("not two tests, one with CLIENT:\n%s", got)
	}
}

func TestLong(t *testing.T) {
	text := strings.Repeat("]] a line\r\n", 100)
	got := write(t, Options{}, client(">x\n", "<"+text, ">"+strings.Repeat("\x00\x01", 500), "<"+strings.Repeat("z", 2<<20), "eof")...)
	has(t, got, "  t:eq(recvexact(c, 1100), data.answer)", "  send(c, data.request)", `data.answer = ([=[`)
	if !strings.Contains(got, "hash.sha256(recvall(c))") || len(got) > 10_000 {
		t.Errorf("%d bytes:\n%.500s", len(got), got)
	}
}

// TestHead: the head of a binary or long answer has dates as any text has.
func TestHead(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nDate: Sun, 29 Nov 2026 23:10:05 GMT\r\n\r\n"
	for _, body := range []string{strings.Repeat("\x00\x01\xff", 500), strings.Repeat("a line\r\n", 1<<18)} {
		got := write(t, Options{}, client(">GET / HTTP/1.1\r\n\r\n", "<"+head+body, "eof")...)
		has(t, got, `  t:eq(recvline(c), "HTTP/1.1 200 OK")`, `  t:match(recvline(c), "^Date: %a+, %d+ %a+ %d+ %d+:%d+:%d+ %a+$") -- a date`)
	}
}

// Whatever a recording says, the test compiles.
func TestHostile(t *testing.T) {
	words := []string{"c", "end", "c.1", "", "]]", "[[", "[=[", "--[[", "\n", "t", "test", "function", "ä\u202e", "data", "self", "\x00", strings.Repeat("long", 50),
		"\"", "'", "\\", "1", "send", "address", "local x = os.exit()\n", "]==]", "%", "value", "127.0.0.1:80", "[::1]:1", ":", "/x", "@y", "a:b:c",
		"2026-11-29 23:10:05", "deadbeef01", "1795993806", "\r\n", "\n\n"}
	types := []recording.Type{recording.Connected, recording.Accepted, recording.Data, recording.Data, recording.Sent, recording.Sent, recording.EOF,
		recording.HalfClose, recording.Reset, recording.Closed, recording.TLS, recording.Failed, recording.ICMP, recording.Lost, recording.Made, "new"}
	kinds := []string{"tcp", "udp4", "unix", "unixgram", "tls", "dtls6", "", "x\n", "vsock"}
	for seed := range uint64(racedetector.Fewer(120)) {
		r := rand.New(rand.NewPCG(seed, 1))
		word := func() string { return words[r.IntN(len(words))] }
		handles := []string{word(), word(), word()}
		events := func() (list []recording.Event) {
			for range r.IntN(200) {
				ev := recording.Event{Type: types[r.IntN(len(types))], Handle: handles[r.IntN(3)], Number: r.IntN(2), Kind: kinds[r.IntN(len(kinds))],
					Local: word(), Peer: word(), Text: word(), Error: word(), Data: []byte(strings.Repeat(word()+word(), 1+r.IntN(1+r.IntN(60))))}
				if r.IntN(3) == 0 {
					ev.TLS = &recording.TLSInfo{Name: word(), ALPN: word(), Server: r.IntN(2) == 0}
				}
				if r.IntN(3) == 0 {
					ev.Parent = word()
				}
				list = append(list, ev)
			}
			return list
		}
		o := Options{Limit: 1 << 18}
		if seed%2 == 0 {
			o.More = [][]recording.Event{events(), nil}
			o.Mask = []*regexp.Regexp{regexp.MustCompile(`.b*`), regexp.MustCompile(`(?s)a.*`)}
		}
		if write(t, o, events()...); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// Many handles, values and lines stay below the limits of a function of Lua.
func TestMany(t *testing.T) {
	var events []recording.Event
	for i := range 300 {
		events = append(events, recording.Event{Type: recording.Connected, Handle: fmt.Sprint("c", i), Kind: "tcp", Local: fmt.Sprint("127.0.0.1:", 2000+i), Peer: fmt.Sprint("127.0.0.1:", 1000+i%100)})
	}
	for i := range 3000 {
		h := fmt.Sprint("c", i%300)
		id := fmt.Sprintf("%08xa1", i)
		events = append(events, recording.Event{Type: recording.Data, Handle: h, Kind: "tcp", Data: []byte("id " + id + "\n")},
			recording.Event{Type: recording.Sent, Handle: h, Kind: "tcp", Data: []byte("use " + id + "\n")})
	}
	got := write(t, Options{}, events...)
	has(t, got, "  clients[300] = dial(\"127.0.0.1:1099\")")
	one := client()
	for i := range 15_000 {
		one = append(one, recording.Event{Type: recording.Sent, Handle: "c", Number: 1, Data: fmt.Appendf(nil, "%d\n", i)},
			recording.Event{Type: recording.Data, Handle: "c", Number: 1, Data: fmt.Appendf(nil, "%d is it\n", i)})
	}
	got = write(t, Options{Limit: 1 << 30}, one...)
	if !regexp.MustCompile(`\n  -- The recording continues: \d+ steps were left out.\nend\)\n$`).MatchString(got) {
		t.Errorf("the end is %.200s", got[max(0, len(got)-200):])
	}
}

func FuzzTest(f *testing.F) {
	first := `{"recording":1,"start":"2026-11-29T23:10:05Z"}` + "\n"
	f.Add(first + `{"type":"connected","handle":"c","kind":"tcp","local":"a:1","peer":"b:2"}` + "\n" + `{"type":"sent","handle":"c","text":"a]]\n"}` + "\n" +
		`{"type":"data","handle":"c","base64":"AAEC"}` + "\n")
	f.Add(first + `{"type":"accepted","handle":"s.1","parent":"s","kind":"tls","local":"a:1","peer":"b:2"}` + "\n" + `{"type":"data","handle":"s.1","text":"a\r\nb\n"}` + "\n")
	f.Add(first + `{"type":"sent","handle":"u","kind":"udp","local":"a:1","peer":"b:2","text":"q"}` + "\n" + `{"type":"data","handle":"u","peer":"b:2","text":"12"}` + "\n")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := recording.OpenJSONL(strings.NewReader(s))
		if err != nil {
			return
		}
		var events []recording.Event
		for {
			ev, err := r.Next()
			if err == io.EOF || err != nil {
				break
			}
			events = append(events, ev)
		}
		write(t, Options{}, events...)
		if len(events) > 1 {
			other := append(events[:1:1], events[1:]...)
			for i := range other {
				other[i].Data = bytes.ReplaceAll(other[i].Data, []byte("1"), []byte("22"))
			}
			write(t, Options{More: [][]recording.Event{other}}, events...)
		}
	})
}
