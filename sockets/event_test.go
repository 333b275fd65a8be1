package sockets

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// TestWaitTakesEach takes each event once, in order, also those that came
// before.
func TestWaitTakesEach(t *testing.T) {
	a, b := streamPair(t, TCP4)
	b.Watch(true)
	send(t, a, "one")
	wantRecv(t, b, "one") // so it has come, and is gone from the inbox
	send(t, a, "two")
	for _, want := range []string{"", "two"} {
		if ev := waitEvent(t, b, EventData); string(ev.Data) != want || ev.N != 3 {
			t.Errorf("event of %q, %d bytes, want %q", ev.Data, ev.N, want)
		}
	}
	send(t, b, "out") // before anybody waits for sent: counted, not kept
	send(t, a, "three")
	if ev := waitEvent(t, b, EventData); string(ev.Data) != "three" {
		t.Errorf("event of %q", ev.Data)
	}
	if ev := waitEvent(t, b, EventSent); ev.N != 3 {
		t.Errorf("sent event %+v", ev)
	}
	send(t, b, "again")
	if ev := waitEvent(t, b, EventSent); string(ev.Data) != "again" {
		t.Errorf("sent event %+v", ev)
	}
	_, err := b.Wait(within(t, moment), EventData, EventSent)
	wantErr(t, err, "wait", os.ErrDeadlineExceeded)
	wantRecv(t, a, "outagain") // or the close would be a reset
	must(t, a.Close())
	waitEvent(t, b, EventEOF)
	wantRecv(t, b, "twothree")
	wantEOF(t, b)
	must(t, b.Close())
	if ev := waitEvent(t, b, EventClosed, EventData); ev.Type != EventClosed {
		t.Errorf("event %s", ev.Type)
	}
	waitEvent(t, b, EventClosed) // a state, which every wait may see
	_, err = b.Wait(patient(t), EventEOF)
	wantErr(t, err, "wait", net.ErrClosed)
}

// TestReceiverStepsAside has calls read in a receiver's place, and the receiver
// read again once none does: what comes is published in any case, and none of
// it as if no receiver ran.
func TestReceiverStepsAside(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{TCP4, UnixPacket} {
		t.Run(string(kind), func(t *testing.T) {
			a, b := streamPair(t, kind)
			seen := record(t, a.table)
			b.Watch(true)
			want := ""
			for i := range 200 {
				got := start(func() (Message, error) { return b.Recv(patient(t), DefaultLimit) })
				if i == 0 {
					stillRuns(t, got)
				}
				data := fmt.Sprintf("%d.", i)
				send(t, a, data)
				if m, err := await(t, got); err != nil || string(m.Data) != data {
					t.Fatalf("received %q, %v, want %q", m.Data, err, data)
				}
				want += data
			}
			send(t, a, "nobody asks")
			want += "nobody asks"
			eventually(t, "an event of data that no call waits for", func() bool { return seen.data(b, EventData) == want })
			if ev, ok := seen.first(b, EventData); !ok || ev.Direct {
				t.Errorf("the first event is %+v, want one of a receiver", ev)
			}
			wantRecv(t, b, "nobody asks")
			// A call that waits in the receiver's place ends as any other, and
			// so does the receiver.
			_, err := b.Recv(within(t, moment), DefaultLimit)
			wantErr(t, err, "recv", os.ErrDeadlineExceeded)
			for range 100 {
				got := start(func() (Message, error) { return b.Recv(patient(t), DefaultLimit) })
				send(t, a, "x")
				await(t, got)
				b.Watch(false)
				b.Watch(true)
			}
			send(t, a, "watched")
			eventually(t, "the last event", func() bool { return strings.HasSuffix(seen.data(b, EventData), "xwatched") })
			wantRecv(t, b, "watched")
			got := start(func() (Message, error) { return b.Recv(patient(t), DefaultLimit) })
			must(t, b.Close())
			_, err = await(t, got)
			wantErr(t, err, "recv", net.ErrClosed)
		})
	}
}

// TestWaitOfParts gives what is left in the inbox of data that nobody had
// waited for when it came.
func TestWaitOfParts(t *testing.T) {
	a, b := streamPair(t, TCP4)
	b.Watch(true)
	send(t, a, "0123456789")
	wantRecv(t, b, "0123")
	if ev := waitEvent(t, b, EventData); string(ev.Data) != "456789" || ev.N != 10 || ev.End != 10 {
		t.Errorf("event of %q, %d bytes to %d", ev.Data, ev.N, ev.End)
	}
}

// TestWaitCountsTheInbox has what lies unread when the first Wait comes count
// as come.
func TestWaitCountsTheInbox(t *testing.T) {
	t.Parallel()
	a, b := streamPair(t, TCP4)
	send(t, a, "unread")
	_, err := b.RecvExact(within(t, 20*moment), 100)
	wantErr(t, err, "recvexact", os.ErrDeadlineExceeded)
	if ev := waitEvent(t, b, EventData); string(ev.Data) != "unread" {
		t.Errorf("event of %q", ev.Data)
	}
	wantRecv(t, b, "unread")
}

// TestHandlerWithManyAnswers echoes more than the log holds of either
// direction: nobody takes the events of sent, and no data is lost.
func TestHandlerWithManyAnswers(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	b := newBound(t, table, UnixGram, "b")
	a := newBound(t, table, UnixGram, "a")
	must(t, a.Connect(patient(t), b.LocalAddr().String()))
	must(t, b.Connect(patient(t), a.LocalAddr().String()))
	release := b.ClaimData()
	defer release()
	b.Watch(true)
	const total = 3 * maxEvents
	go func() {
		for i := range total {
			a.Send(t.Context(), fmt.Append(nil, i))
		}
	}()
	for i := range total {
		ev := waitEvent(t, b, EventData)
		if string(ev.Data) != fmt.Sprint(i) {
			t.Fatalf("event %d is of %q", i, ev.Data)
		}
		b.Recv(patient(t), DefaultLimit)
		send(t, b, "re")
		wantRecv(t, a, "re")
	}
}

// TestEventLogIsBounded lets go of the oldest.
func TestEventLogIsBounded(t *testing.T) {
	a, b := streamPair(t, Unix)
	showAll(t, a.table)
	b.Watch(true)
	b.keepData.Store(true)
	const pieces = 40
	for range pieces {
		send(t, a, strings.Repeat("x", 100_000))
	}
	eventually(t, "all of it", func() bool { i, err := b.Info(); return err == nil && i.In == pieces*100_000 })
	b.events.mu.Lock()
	defer b.events.mu.Unlock()
	if l := &b.events; l.bytes > maxEventBytes || len(l.list) == 0 || len(l.list) > maxEvents || l.data != len(l.list) || l.waiting != l.bytes {
		t.Errorf("%d events with %d bytes, %d of data with %d", len(l.list), l.bytes, l.data, l.waiting)
	}
}

// TestNoEventAfterClosed closes handles that are receiving.
func TestNoEventAfterClosed(t *testing.T) {
	t.Parallel()
	for range 20 {
		a, b := streamPair(t, TCP4)
		rec := record(t, a.table)
		b.Watch(true)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				if _, err := a.Send(t.Context(), []byte("flood")); err != nil {
					return
				}
			}
		}()
		waitEvent(t, b, EventData)
		must(t, b.Close())
		must(t, a.Close())
		<-done
		for _, h := range []*Handle{a, b} {
			got := rec.of(h)
			if i := slices.Index(got, EventClosed); i != len(got)-1 {
				t.Fatalf("closed is %d of %d events", i, len(got))
			}
		}
	}
}

func TestSubscribe(t *testing.T) {
	a, b := streamPair(t, TCP4)
	var mu sync.Mutex
	var types []EventType
	cancel := a.table.Subscribe(func(ev Event) {
		mu.Lock()
		defer mu.Unlock()
		types = append(types, ev.Type)
		// What a subscriber may ask.
		ev.Handle.Name()
		ev.Handle.Kind()
		ev.Handle.LocalAddr()
		ev.Handle.MarkShown(ev.End, len(ev.Data), len(ev.Data))
	}, EventSent, EventClosed)
	send(t, a, "x")
	wantRecv(t, b, "x")
	must(t, b.Close())
	cancel()
	cancel()
	must(t, a.Close())
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(types, []EventType{EventSent, EventClosed}) {
		t.Errorf("events %v", types)
	}
}

// TestWatchedTable starts receivers of their own accord.
func TestWatchedTable(t *testing.T) {
	table := newTable(t)
	table.Watched = true
	rec := record(t, table)
	srv := newListener(t, table, TCP4, 8)
	c, s := connectPair(t, srv)
	u := newBound(t, table, UDP4, "u")
	send(t, c, "stream")
	_, err := u.SendTo(patient(t), u.LocalAddr().String(), []byte("datagram"))
	must(t, err)
	eventually(t, "what came", func() bool {
		return rec.data(s, EventData) == "stream" && rec.data(u, EventData) == "datagram"
	})
	for h, want := range map[*Handle][]EventType{
		c: {EventConnected, EventSent},
		s: {EventAccepted, EventData},
	} {
		if got := rec.of(h); !slices.Equal(got, want) {
			t.Errorf("events of %s: %v, want %v", h.Name(), got, want)
		}
	}
	// One that nobody accepts: of the other, accept may have been the faster.
	waiting, err := net.Dial("tcp4", srv.LocalAddr().String())
	must(t, err)
	defer waiting.Close()
	eventually(t, "an event waiting", func() bool { _, ok := rec.first(srv, EventWaiting); return ok })
	if n := s.Unread(); n != 6 {
		t.Errorf("%d unread", n)
	}
}

func TestEventTypes(t *testing.T) {
	for _, name := range EventTypes() {
		if typ, err := ParseEventType(name); err != nil || string(typ) != name {
			t.Errorf("%s: %v, %v", name, typ, err)
		}
	}
	if _, err := ParseEventType("dta"); err == nil || !strings.Contains(err.Error(), "expected: connected") {
		t.Errorf("%v", err)
	}
}

// TestReactionsComeAfterTheirCause has a peer that ends its side as soon as something comes.
func TestReactionsComeAfterTheirCause(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	table.Watched = true
	srv := newListener(t, table, TCP4, 8)
	for _, c := range []struct {
		cause EventType
		do    func(h *Handle) error
	}{
		{EventSent, func(h *Handle) error { _, err := h.Send(patient(t), []byte("x")); return err }},
		{EventHalfClosed, func(h *Handle) error { return h.Shutdown(unix.SHUT_WR) }},
	} {
		for range 300 {
			peer, err := net.Dial("tcp4", srv.LocalAddr().String())
			must(t, err)
			h, err := srv.Accept(patient(t), "")
			must(t, err)
			var mu sync.Mutex
			var types []EventType
			ended := make(chan struct{})
			cancel := table.Subscribe(func(ev Event) {
				mu.Lock()
				defer mu.Unlock()
				if types = append(types, ev.Type); ev.Type == EventEOF {
					close(ended)
				}
			}, c.cause, EventEOF)
			go func() {
				peer.Read(make([]byte, 1)) // a byte, or the end
				peer.Close()
			}()
			must(t, c.do(h))
			<-ended
			cancel()
			mu.Lock()
			got := types
			mu.Unlock()
			if !slices.Equal(got, []EventType{c.cause, EventEOF}) {
				t.Fatalf("events %v", got)
			}
			must(t, h.Close())
		}
	}
}
