package pcapng

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"strings"
	"testing"

	"sosh/internal/recording"
	"sosh/internal/recording/capture"
)

// A session is one connection or conversation that random has made, with what each end sent.
type session struct {
	client string // its address
	sent   [2][]byte
	parts  [2][]string // of datagrams
	steps  []func()    // make its events, in order
}

// randomSession makes a session of which one end or both are in the recording. What is sent
// is received later, in other pieces.
func randomSession(r *rand.Rand, p *play, n int, datagrams bool) *session {
	client, server := fmt.Sprintf("127.0.0.1:%d", 20000+n), fmt.Sprintf("127.0.0.1:%d", 10000+r.Intn(100))
	kind := "tcp4"
	if datagrams {
		kind = "udp4"
	}
	s := &session{client: client}
	ends := [2]actor{p.actor(fmt.Sprint("c", n), kind, client, server), p.actor(fmt.Sprint("srv.", n), kind, server, client)}
	ends[1].Parent = "srv"
	recorded := [2]bool{true, true}
	if one := r.Intn(3); one < 2 {
		recorded[one] = false
	}
	later := r.Intn(4) == 0 // the recording begins after the connection
	event := func(end int, typ recording.Type, data string) {
		if recorded[end] {
			ends[end].did(typ, data)
		}
	}
	step := func(f func()) { s.steps = append(s.steps, f) }
	if !later && !datagrams {
		first := r.Intn(2)
		for _, end := range []int{first, 1 - first} {
			step(func() { event(end, []recording.Type{recording.Connected, recording.Accepted}[end], "") })
		}
	}
	var unread [2]string // what the end has not received yet
	receive := func(end, n int) {
		if n > 0 {
			data := unread[end][:n]
			unread[end] = unread[end][n:]
			step(func() { event(end, recording.Data, data) })
		}
	}
	for range r.Intn(20) {
		from := r.Intn(2)
		data := make([]byte, r.Intn(40))
		if r.Intn(10) == 0 && !datagrams {
			data = make([]byte, r.Intn(200_000))
		}
		r.Read(data)
		s.sent[from] = append(s.sent[from], data...)
		s.parts[from] = append(s.parts[from], string(data))
		step(func() { event(from, recording.Sent, string(data)) })
		if datagrams {
			step(func() { event(1-from, recording.Data, string(data)) })
			continue
		}
		unread[1-from] += string(data)
		end := r.Intn(2)
		receive(end, r.Intn(len(unread[end])+1))
	}
	if datagrams {
		return s
	}
	first := r.Intn(2)
	for _, end := range []int{first, 1 - first} {
		half := r.Intn(2) == 0
		if half {
			step(func() { event(end, recording.HalfClose, "") })
		}
		receive(1-end, len(unread[1-end]))
		step(func() { event(1-end, recording.EOF, "") })
	}
	for _, end := range []int{first, 1 - first} {
		step(func() { event(end, recording.Closed, "") })
	}
	return s
}

// TestRoundTrip writes random sessions, several at once, and reads the capture as one of
// anybody's.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for seed := range int64(20) {
		r := rand.New(rand.NewSource(seed))
		var p play
		of := make(map[string]*session)
		var running []*session
		for n := range 20 {
			s := randomSession(r, &p, n, n%4 == 0)
			of[s.client] = s
			running = append(running, s)
		}
		for len(running) > 0 {
			i := r.Intn(len(running))
			s := running[i]
			if len(s.steps) == 0 {
				running = append(running[:i], running[i+1:]...)
				continue
			}
			s.steps[0]()
			s.steps = s.steps[1:]
		}
		got, ends := readBack(t, write(t, Options{}, p.events...))
		for address, s := range of {
			sent := 0
			for i := range 2 {
				sent += len(s.sent[i]) + len(s.parts[i])
			}
			if g := got[address]; sent > 0 && (g == nil || !bytes.Equal(g[0], s.sent[0]) || !bytes.Equal(g[1], s.sent[1])) {
				t.Fatalf("seed %d: %s differs", seed, address)
			}
			if s.parts[0] == nil && s.parts[1] == nil {
				continue
			}
			if n := ends[address]; n > 2 {
				t.Errorf("seed %d: %s has %d ends", seed, address, n)
			}
		}
	}
}

// readBack returns what was sent and received in each conversation, by the address of its
// client, and how often an end was recorded.
func readBack(t *testing.T, p []byte) (got map[string]*[2][]byte, ends map[string]int) {
	t.Helper()
	got, ends = make(map[string]*[2][]byte), make(map[string]int)
	r, err := capture.Open(bytes.NewReader(p))
	if err != nil {
		t.Fatal(err)
	}
	for {
		ev, err := r.Next()
		if err == io.EOF {
			return got, ends
		}
		if err != nil {
			t.Fatal(err)
		}
		// Of datagrams, who sends first counts as the client.
		client, sent := ev.Local, 0
		if len(client) > 10 && client[10] == '1' {
			client, sent = ev.Peer, 1
		}
		if got[client] == nil {
			got[client] = new([2][]byte)
		}
		switch ev.Type {
		case recording.Sent:
			got[client][sent] = append(got[client][sent], ev.Data...)
		case recording.Data:
			got[client][1-sent] = append(got[client][1-sent], ev.Data...)
		case recording.HalfClose, recording.EOF:
			ends[client]++
		case recording.Lost, recording.Note:
			t.Errorf("the capture has a gap: %+v", ev)
		}
	}
}

// TestGap writes what is missing in another capture as missing.
func TestGap(t *testing.T) {
	var p play
	c := p.actor("tcp1", "tcp4", "127.0.0.1:40000", "127.0.0.1:81")
	c.did(recording.Connected, "")
	c.did(recording.Sent, "before")
	c.N, c.Out = 1000, true
	c.did(recording.Gap, "")
	c.did(recording.Sent, "after")
	c.did(recording.Data, "answer")
	c.did(recording.HalfClose, "")
	r, err := capture.Open(bytes.NewReader(write(t, Options{}, p.events...)))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for {
		ev, err := r.Next()
		if err != nil {
			break
		}
		got += fmt.Sprintf("%s %s %d, ", ev.Type, ev.Data, ev.N)
	}
	if want := "gap  1000, sent after 0, "; !strings.Contains(got, want) {
		t.Errorf("the capture has %s; want %s", got, want)
	}
}
