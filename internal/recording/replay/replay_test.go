package replay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sosh/internal/leak"
	"sosh/internal/recording"
)

func TestMain(m *testing.M) { os.Exit(leak.RunParallel(m)) }

// session returns the events of clients: each line is the name of a handle and what it does:
// >data, <data, or the type of an event.
func session(lines ...string) (events []recording.Event) {
	for i, l := range lines {
		name, what, _ := strings.Cut(l, " ")
		ev := recording.Event{Time: time.Duration(i) * time.Millisecond, Type: recording.Type(what), Handle: name, Kind: "tcp", Local: "127.0.0.1:5" + name[1:], Peer: "127.0.0.1:7"}
		switch what[0] {
		case '>':
			ev.Type, ev.Data = recording.Sent, []byte(what[1:]+"\n")
		case '<':
			ev.Type, ev.Data = recording.Data, []byte(what[1:]+"\n")
		}
		events = append(events, ev)
	}
	return events
}

// server starts a server that calls answer with each line, and returns its address. What answer
// returns is sent.
func server(t *testing.T, answer func(line string) string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(func() { l.Close(); serving.Wait() })
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer c.Close()
				for lines := bufio.NewScanner(c); lines.Scan(); {
					io.WriteString(c, answer(lines.Text()))
				}
			})
		}
	})
	return l.Addr().String()
}

func play(t *testing.T, events []recording.Event, o Options, address string) (Stats, error) {
	t.Helper()
	r, err := New(nil, events, o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err = r.Run(ctx, address, false, nil)
	return r.Stats(), err
}

// Clients that overlapped do everything in the order of the recording.
func TestOrder(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var order []string
	address := server(t, func(line string) string {
		mu.Lock()
		defer mu.Unlock()
		if order = append(order, line); line == "quiet" {
			return ""
		}
		return "ok " + line + "\n"
	})
	events := session("c1 connected", "c2 connected", "c2 >sub", "c2 <ok sub", "c1 >pub", "c1 <ok pub", "c2 >quiet", "c1 >quiet", "c2 >end", "c2 <ok end",
		"c1 closed", "c2 closed", "c3 connected", "c3 >late", "c3 <ok late", "c3 closed")
	for range 20 {
		mu.Lock()
		order = nil
		mu.Unlock()
		st, err := play(t, events, Options{}, address)
		mu.Lock()
		// When the server reads a line that it does not answer is its own affair.
		got := strings.Join(slices.DeleteFunc(order, func(line string) bool { return line == "quiet" }), " ")
		mu.Unlock()
		if err != nil || got != "sub pub end late" || st.Connections != 3 {
			t.Fatalf("%v, %+v, order %s", err, st, got)
		}
	}
}

// A value that a mask hides is sent as it came, on any connection.
func TestEcho(t *testing.T) {
	t.Parallel()
	n := 0
	var mu sync.Mutex
	address := server(t, func(line string) string {
		mu.Lock()
		defer mu.Unlock()
		if line == "login" {
			n++
			return fmt.Sprintf("token %d0001\n", n+7)
		}
		return fmt.Sprintf("%v\n", line == fmt.Sprintf("use %d0001", n+7))
	})
	events := session("c1 connected", "c1 >login", "c1 <token 10001", "c1 closed", "c2 connected", "c2 >use 10001", "c2 <true", "c2 closed")
	if st, err := play(t, events, Options{Mask: []*regexp.Regexp{regexp.MustCompile(`token \d+`)}}, address); err == nil {
		t.Errorf("the mask includes more than the value, and the replay is the same: %+v", st)
	}
	if _, err := play(t, events, Options{Mask: []*regexp.Regexp{regexp.MustCompile(`\b\d{5}\b`)}}, address); err != nil {
		t.Error(err)
	}
}

func TestDivergence(t *testing.T) {
	t.Parallel()
	address := server(t, func(line string) string {
		if line == "b" {
			return "other\n"
		}
		return "ok\n"
	})
	events := session("c1 connected", "c1 >a", "c1 <ok", "c1 >b", "c1 <ok", "c1 >c", "c1 <ok", "c1 eof", "c1 closed")
	_, err := play(t, events, Options{}, address)
	var d *Divergence
	if !errors.As(err, &d) || d.Offset != 4 || d.Event != 5 || d.Want != "ok\n" || d.Got != "other\n" || d.Connection != 1 || d.Client {
		t.Errorf("%+v", err)
	}
	var all []string
	o := Options{KeepGoing: true, Timeout: 500 * time.Millisecond, Diverged: func(d *Divergence) { all = append(all, d.Cause) }}
	if _, err := play(t, events, o, address); err != nil || len(all) != 2 || !strings.HasPrefix(all[1], "it did not end the stream within") {
		t.Errorf("%v, %q", err, all)
	}
}

// The recorded pauses are kept if they are asked for.
func TestSpeed(t *testing.T) {
	t.Parallel()
	address := server(t, func(line string) string { return "ok\n" })
	events := session("c1 connected", "c1 >a", "c1 <ok", "c1 >b", "c1 <ok", "c1 closed", "c2 connected", "c2 closed")
	for i := 3; i < len(events); i++ {
		events[i].Time += 300 * time.Millisecond
	}
	for i := 6; i < len(events); i++ {
		events[i].Time += 300 * time.Millisecond
	}
	began := time.Now()
	if _, err := play(t, events, Options{Speed: 2}, address); err != nil || time.Since(began) < 300*time.Millisecond {
		t.Errorf("%v after %v, want 300ms or more", err, time.Since(began))
	}
	for i := 3; i < len(events); i++ {
		events[i].Time += time.Hour
	}
	if _, err := play(t, events, Options{}, address); err != nil {
		t.Error(err)
	}
}

// A server that is played takes each client for the one that says what it says.
func TestServe(t *testing.T) {
	t.Parallel()
	events := session("c1 connected", "c2 connected", "c1 >one", "c1 <1", "c2 >two", "c2 <2", "c1 closed", "c2 closed")
	r, err := New(nil, events, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ended := make(chan error, 1)
	err = r.Run(t.Context(), "127.0.0.1:0", true, func(address string, _ int) error {
		go func() {
			var conns []net.Conn
			var failed error
			for _, line := range []string{"two", "one"} {
				c, err := net.Dial("tcp", address)
				if err != nil {
					failed = err
					break
				}
				conns = append(conns, c)
				io.WriteString(c, line+"\n")
			}
			for i, c := range conns {
				c.SetDeadline(time.Now().Add(10 * time.Second))
				if got, err := bufio.NewReader(c).ReadString('\n'); got != []string{"2\n", "1\n"}[i] {
					failed = fmt.Errorf("%q, %v", got, err)
				}
			}
			for _, c := range conns {
				c.Close()
			}
			ended <- failed
		}()
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestMatch(t *testing.T) {
	digits := []*regexp.Regexp{regexp.MustCompile(`\d+`)}
	here := []rule{{"127.0.0.1:99", "127.0.0.1:7"}}
	for _, c := range []struct {
		got, want string
		masks     []*regexp.Regexp
		rules     []rule
		v         verdict
		n         int
	}{
		{"", "abc", nil, nil, more, 0},
		{"ab", "abc", nil, nil, more, 0},
		{"abcd", "abc", nil, nil, same, 3},
		{"abx", "abc", nil, nil, other, 0},
		{"n 12345\nrest", "n 7\n", digits, nil, same, 8},
		{"n 12345", "n 7", digits, nil, settled, 7},
		{"n ", "n 7", digits, nil, more, 0},
		{"n 12 x", "n 7 y", digits, nil, doubt, 0},
		{"at 127.0.0.1:99 ok, more", "at 127.0.0.1:7 ok", nil, here, same, 18},
		{"at 127.0.0.1:999 ok", "at 127.0.0.1:7 ok", nil, here, doubt, 0},
		{"1 2 3", "9 9", digits, nil, same, 3},
	} {
		if v, n := match([]byte(c.got), []byte(c.want), c.masks, c.rules); v != c.v || n != c.n {
			t.Errorf("%q, %q: %d, %d; want %d, %d", c.got, c.want, v, n, c.v, c.n)
		}
	}
}

// Whatever the data, what matches is a part of it, and its normal form is that of the recording.
func FuzzMatch(f *testing.F) {
	f.Add("n 12 127.0.0.1:99\n", "n 3 127.0.0.1:7\n", `\d+`)
	f.Add("a", "b", `.`)
	f.Fuzz(func(t *testing.T, got, want, expr string) {
		re, err := regexp.Compile(expr)
		if err != nil || len(got)+len(want) > 1<<12 {
			return
		}
		masks := []*regexp.Regexp{re}
		rules := []rule{{"127.0.0.1:99", "127.0.0.1:7"}}
		v, n := match([]byte(got), []byte(want), masks, rules)
		if n < 0 || n > len(got) || n > 0 && v != same && v != settled {
			t.Fatalf("%d, %d of %d", v, n, len(got))
		}
		g := normalize([]byte(got), masks, false, rules)
		last := 0
		for i := range g.data {
			b := g.back(i)
			if b < last || b > len(got) {
				t.Fatalf("back(%d) is %d after %d, of %d", i, b, last, len(got))
			}
			last = b
		}
	})
}

// A recording of anything can be read, whatever it says.
func FuzzSteps(f *testing.F) {
	f.Add(`{"recording":1}` + "\n" + `{"type":"connected","handle":"c","kind":"tcp","local":"a:1","peer":"b:2"}` + "\n" + `{"type":"sent","handle":"c","text":"x"}` + "\n")
	f.Fuzz(func(t *testing.T, s string) {
		in, err := recording.OpenJSONL(strings.NewReader(s))
		if err != nil {
			return
		}
		var events []recording.Event
		for {
			ev, err := in.Next()
			if err != nil {
				break
			}
			events = append(events, ev)
		}
		for _, client := range []bool{true, false} {
			r, err := New(nil, events, Options{})
			if err != nil {
				return
			}
			r.prepare(client)
			for _, c := range r.list {
				where(c.Conversation, "")
				rulesFor(c.Server.Address, "127.0.0.1:1")
			}
			r.Close()
		}
	})
}
