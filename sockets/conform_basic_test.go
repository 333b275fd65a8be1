package sockets

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sosh/sockets/sockopt"

	"golang.org/x/sys/unix"
)

func testBothWays(t *testing.T, open openFunc) {
	a, b := open(t)
	for i := range 3 {
		ping, pong := fmt.Sprintf("ping %d", i), fmt.Sprintf("pong %d", i)
		send(t, a, ping)
		wantRecv(t, b, ping)
		send(t, b, pong)
		wantRecv(t, a, pong)
	}
	if n := a.Unread() + b.Unread(); n != 0 {
		t.Errorf("%d unread units are left", n)
	}
}

// testDocumented checks names, states and addresses.
func testDocumented(t *testing.T, open openFunc) {
	a, b := open(t)
	for _, h := range []*Handle{a, b} {
		if h.State() != "connected" || !h.Connected() || h.Listening() || h.Closed() {
			t.Errorf("%s is %s", h.Name(), h.State())
		}
		if got, err := h.table.Get("x", h.Name()); err != nil || got != h {
			t.Errorf("the table gives %v, %v for %s", got, err, h.Name())
		}
		i, err := h.Info()
		must(t, err)
		if i.Name != h.Name() || i.Kind != h.Kind() || i.State != "connected" || i.Local != h.LocalAddr() || i.Peer != h.PeerAddr() {
			t.Errorf("info %+v of %s", i, h.Name())
		}
		if i.Watched != h.Watched() {
			t.Errorf("watched: info says %v, the handle %v", i.Watched, h.Watched())
		}
		if (i.TCP != nil) != (h.Network() == "tcp") {
			t.Errorf("TCP info %v of %s", i.TCP, h.Kind())
		}
	}
	if a.PeerAddr() != b.LocalAddr() {
		t.Errorf("a's peer is %v, b is %v", a.PeerAddr(), b.LocalAddr())
	}
	if b.PeerAddr() != a.LocalAddr() && a.LocalAddr().Path != "" {
		t.Errorf("b's peer is %v, a is %v", b.PeerAddr(), a.LocalAddr())
	}
	if !a.Kind().unix() && (a.LocalAddr().Port() == 0 || b.LocalAddr().Port() == 0) {
		t.Errorf("no ports: %v, %v", a.LocalAddr(), b.LocalAddr())
	}
	if a.Kind().unix() && !a.Kind().Datagram() && b.PeerAddr().String() != "(unnamed)" {
		t.Errorf("the peer that bound no path is %q", b.PeerAddr())
	}
}

func testCounters(t *testing.T, open openFunc) {
	a, b := open(t)
	send(t, a, "12345")
	wantRecv(t, b, "12345")
	send(t, a, "678")
	wantRecv(t, b, "678")
	out, err := a.Info()
	must(t, err)
	in, err := b.Info()
	must(t, err)
	if out.Out != 8 || out.OutMsgs != 2 || out.In != 0 {
		t.Errorf("the sender counts %d bytes in %d pieces, and %d received", out.Out, out.OutMsgs, out.In)
	}
	if in.In != 8 || in.InMsgs != 2 || in.Out != 0 {
		t.Errorf("the receiver counts %d bytes in %d pieces, and %d sent", in.In, in.InMsgs, in.Out)
	}
	if in.Lost != 0 || in.Dropped != 0 || in.KernelDrops != 0 || in.Unread != 0 || in.Inbox != DefaultInbox {
		t.Errorf("the receiver's info: %+v", in)
	}
}

// testEvents checks that every step is told once, in order.
func testEvents(t *testing.T, open openFunc) {
	a, b := open(t)
	rec := record(t, a.table)
	before := time.Now()
	send(t, a, "one")
	wantRecv(t, b, "one")
	send(t, b, "two")
	wantRecv(t, a, "two")
	// The receiver adds to the inbox before it tells of it.
	eventually(t, "two events of each", func() bool { return len(rec.of(a)) >= 2 && len(rec.of(b)) >= 2 })
	must(t, a.Close())
	if got := rec.of(b)[:2]; !slices.Equal(got, []EventType{EventData, EventSent}) && !slices.Equal(got, []EventType{EventSent, EventData}) {
		t.Errorf("events of b: %v", got)
	}
	got := rec.of(a)
	if i := len(got) - 1; i < 0 || got[i] != EventClosed {
		t.Errorf("the last event of a is not closed: %v", got)
	}
	for _, h := range []*Handle{a, b} {
		for _, typ := range []EventType{EventData, EventSent} {
			ev, ok := rec.first(h, typ)
			if !ok {
				t.Errorf("no event %s of %s", typ, h.Name())
				continue
			}
			if ev.Time.Before(before) || ev.Time.After(time.Now()) {
				t.Errorf("%s of %s at %v", typ, h.Name(), ev.Time)
			}
			if ev.Peer != h.PeerAddr() {
				t.Errorf("%s of %s has peer %v, want %v", typ, h.Name(), ev.Peer, h.PeerAddr())
			}
			want := "one"
			if (h == a) == (typ == EventData) {
				want = "two"
			}
			if string(ev.Data) != want {
				t.Errorf("%s of %s: %q, want %q", typ, h.Name(), ev.Data, want)
			}
		}
	}
}

// testOptions checks that options can be set on what is connected.
func testOptions(t *testing.T, open openFunc) {
	a, _ := open(t)
	must(t, a.SetOption("SO_RCVBUF", "50000"))
	v, err := a.Option("rcvbuf")
	must(t, err)
	if n, ok := v.(int64); !ok || n < 50000 {
		t.Errorf("rcvbuf is %v", v)
	}
	i, err := a.Info()
	must(t, err)
	if a.Kind() != Vsock && !slices.ContainsFunc(i.Options, func(o sockopt.Value) bool { return o.Name == "rcvbuf" }) {
		t.Errorf("info does not show rcvbuf: %v", i.Options)
	}
	if _, err := a.RawOption("SOL_SOCKET", "SO_TYPE"); err != nil {
		t.Error(err)
	}
}

func testConcurrentSenders(t *testing.T, open openFunc) {
	a, b := open(t)
	const senders, each = 4, 20
	size := 500 // all of them fit a UDP socket's receive buffer
	if !a.in.messages {
		size = 50_000
	}
	done := make(chan error, senders)
	for i := range senders {
		go func() {
			p := []byte(strings.Repeat(string(rune('a'+i)), size))
			for range each {
				if _, err := a.Send(patient(t), p); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	counts := map[byte]int{}
	total := senders * each
	for n := 0; n < total; n++ {
		var p []byte
		if a.in.messages {
			p = recvOne(t, b).Data
		} else {
			p = []byte(recvN(t, b, size))
		}
		if len(p) != size || strings.Trim(string(p), string(p[:1])) != "" {
			t.Fatalf("message %d of %d bytes is not whole: %.20q...", n, len(p), p)
		}
		counts[p[0]]++
	}
	for range senders {
		must(t, <-done)
	}
	for i := range senders {
		if n := counts[byte('a'+i)]; n != each {
			t.Errorf("%d messages of sender %d came, want %d", n, i, each)
		}
	}
}

func testConcurrentReceivers(t *testing.T, open openFunc) {
	a, b := open(t)
	const receivers, total = 4, 40
	got := make(chan result[string], total)
	for range receivers {
		go func() {
			for range total / receivers {
				var m Message
				var err error
				if b.in.messages {
					m, err = b.Recv(patient(t), 100)
				} else {
					m, err = b.RecvExact(patient(t), 4)
				}
				got <- result[string]{string(m.Data), err}
			}
		}()
	}
	seen := map[string]bool{}
	for i := range total {
		send(t, a, fmt.Sprintf("%04d", i))
		r := <-got
		must(t, r.err)
		if len(r.v) != 4 || seen[r.v] {
			t.Fatalf("got %q", r.v)
		}
		seen[r.v] = true
	}
}

// testWatchOnOff starts and ends the receiver while data flows: nothing is
// lost or changes places.
func testWatchOnOff(t *testing.T, open openFunc) {
	a, b := open(t)
	for i := range 60 {
		b.Watch(i%2 == 0)
		if i%3 == 0 {
			b.Watch(false)
			b.Watch(true) // again right after
		}
		want := fmt.Sprintf("message %03d", i)
		send(t, a, want)
		wantRecv(t, b, want)
	}
	b.Watch(false)
	send(t, a, "last")
	wantRecv(t, b, "last")
}

func testBadLimits(t *testing.T, open openFunc) {
	a, b := open(t)
	send(t, a, "data")
	for _, limit := range []int{0, -1} {
		if m, err := b.Recv(patient(t), limit); err == nil || Code(err) == "eof" {
			t.Errorf("recv with limit %d: %q, %v", limit, m.Data, err)
		}
	}
	if n, err := b.RecvInto(patient(t), nil); !b.in.messages && (n != 0 || err != nil) {
		t.Errorf("receiving into nothing: %d, %v", n, err)
	}
	wantRecv(t, b, "data")
	if _, err := b.RecvLine(within(t, moment), -1); err == nil {
		t.Error("recvline with limit -1 succeeds")
	}
	send(t, a, "huge")
	if m, err := b.Recv(patient(t), 1<<30); err != nil || string(m.Data) != "huge" {
		t.Errorf("recv with a huge limit: %q, %v", m.Data, err)
	}
	if err := b.Shutdown(77); !served(b) && !isErrno(err, unix.EINVAL) {
		t.Errorf("shutdown 77: %v", err)
	}
}

func isErrno(err error, errno unix.Errno) bool { return Code(err) == unix.ErrnoName(errno) }
