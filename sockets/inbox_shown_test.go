package sockets

import (
	"bytes"
	"math/rand"
	"slices"
	"testing"
)

// TestShownParts: only what was shown counts as shown, whatever was told of.
func TestShownParts(t *testing.T) {
	a, b := streamPair(t, TCP4)
	b.Watch(true)
	p := randomBytes(100)
	_, err := a.Send(patient(t), p)
	must(t, err)
	eventually(t, "all of it", func() bool { return b.Unread() == 100 })
	b.MarkShown(30, 30, 20) // of the first 30 bytes 20
	b.MarkReported(60)      // a summary
	b.MarkShown(80, 20, 20)
	var held []byte
	list, more := b.Held(35)
	for _, h := range list {
		held = append(held, h.Data...)
	}
	if want := slices.Concat(p[20:55]); !bytes.Equal(held, want) || more != 25 {
		t.Errorf("held back %q and %d more, want %q and 25", held, more, want)
	}
	m, err := b.Recv(patient(t), 70)
	must(t, err)
	if want := []Span{{0, 20}, {60, 70}}; !slices.Equal(m.Shown, want) {
		t.Errorf("shown %v, want %v", m.Shown, want)
	}
	list, more = b.Held(1000)
	if len(list) != 1 || !bytes.Equal(list[0].Data, p[80:]) || more != 0 {
		t.Errorf("held back %v and %d more", list, more)
	}
	b.MarkShown(list[0].End, list[0].Size, list[0].Size)
	if list, more = b.Held(1000); len(list) > 0 || more > 0 {
		t.Errorf("held back %v and %d more", list, more)
	}
	m, err = b.Recv(patient(t), 70)
	must(t, err)
	if want := []Span{{0, 30}}; !slices.Equal(m.Shown, want) {
		t.Errorf("shown %v, want %v", m.Shown, want)
	}
}

// TestUnseenMakesRoom: what makes room unseen is counted as that.
func TestUnseenMakesRoom(t *testing.T) {
	a, b := streamPair(t, TCP4)
	t.Cleanup(a.table.Subscribe(func(ev Event) {
		if ev.Type == EventData {
			ev.Handle.MarkShown(ev.End, len(ev.Data), min(len(ev.Data), 100))
		}
	}))
	b.SetInbox(1000)
	b.Watch(true)
	for range 10 {
		before := b.Unread()
		_, err := a.Send(patient(t), make([]byte, 300))
		must(t, err)
		eventually(t, "a piece", func() bool { return b.Unread() != before || b.Unread() == 1000 })
	}
	eventually(t, "all of it", func() bool { i, err := b.Info(); return err == nil && i.In == 3000 })
	n, unseen := b.Dropped()
	if n != 2000 || unseen == 0 || unseen >= n {
		t.Errorf("%d bytes made room, %d of them never shown", n, unseen)
	}
}

// TestShownMessages: a part of a datagram may have been shown.
func TestShownMessages(t *testing.T) {
	table := newTable(t)
	b := newBound(t, table, UnixGram, "b")
	a := newSocketHandle(t, table, UnixGram, "a")
	must(t, a.Connect(patient(t), b.LocalAddr().String()))
	b.Watch(true)
	for _, text := range []string{"first one", "second", "", "third"} {
		send(t, a, text)
	}
	eventually(t, "all of them", func() bool { return b.Unread() == 4 })
	b.MarkShown(1, 9, 5)
	b.MarkShown(2, 6, 6)
	b.MarkReported(4)
	list, more := b.Held(1000)
	if len(list) != 2 || string(list[0].Data) != " one" || string(list[1].Data) != "third" || more != 0 {
		t.Errorf("held back %v and %d more", list, more)
	}
	m := recvOne(t, b)
	if want := []Span{{0, 5}}; !slices.Equal(m.Shown, want) {
		t.Errorf("shown %v, want %v", m.Shown, want)
	}
}

// TestShownSpans adds spans at random, and compares with one flag for each byte.
func TestShownSpans(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for range 200 {
		var in inbox
		var flags [200]bool
		for range rng.Intn(40) {
			from := rng.Intn(199)
			to := from + 1 + rng.Intn(min(20, 199-from))
			in.addShown(shownSpan{uint64(from), uint64(to), to - from})
			for i := from; i < to; i++ {
				flags[i] = true
			}
		}
		var got [200]bool
		last := -1
		for _, s := range in.shownIn(0, 200) {
			if s.From <= last {
				t.Fatalf("%v are not in order, or touch", in.shown)
			}
			for i := s.From; i < s.To; i++ {
				got[i] = true
			}
			last = s.To
		}
		if got != flags {
			t.Fatalf("%v is not what was added", in.shown)
		}
	}
	var in inbox
	for i := range uint64(2 * maxShownSpans) {
		in.addShown(shownSpan{3 * i, 3*i + 1, 1})
	}
	if len(in.shown) != maxShownSpans {
		t.Errorf("%d spans are kept, at most %d may be", len(in.shown), maxShownSpans)
	}
}
