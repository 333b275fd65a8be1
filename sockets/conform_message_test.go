package sockets

import (
	"io"
	"strings"
	"testing"
)

func testBoundaries(t *testing.T, open openFunc) {
	a, b := open(t)
	skipUnless(t, a.in.messages, "a stream keeps no boundaries")
	sent := []string{"one", "", "three", "", "", strings.Repeat("x", min(20_000, maxDatagram(a.kind, a.family))), "end"}
	for _, s := range sent {
		send(t, a, s)
	}
	for i, want := range sent {
		m := recvOne(t, b)
		if string(m.Data) != want || m.Cut || m.Data == nil || m.Size != len(want) {
			t.Fatalf("message %d: %.20q (%v, size %d), want %.20q", i, m.Data, m.Cut, m.Size, want)
		}
		if m.From != b.PeerAddr() {
			t.Fatalf("message %d is from %v, want %v", i, m.From, b.PeerAddr())
		}
	}
	for _, f := range []func() error{
		func() error { _, err := b.RecvLine(patient(t), 10); return err },
		func() error { _, err := b.RecvExact(patient(t), 10); return err },
		func() error { _, err := b.RecvAll(patient(t), 10); return err },
		func() error { _, err := b.RecvUntil(patient(t), []byte("x"), 10); return err },
	} {
		if f() == nil {
			t.Error("a call for streams worked on messages")
		}
	}
}

func testCut(t *testing.T, open openFunc) {
	a, b := open(t)
	skipUnless(t, a.in.messages, "a stream keeps no boundaries")
	send(t, a, "0123456789")
	send(t, a, "next")
	m, err := b.Recv(patient(t), 4)
	must(t, err)
	if string(m.Data) != "0123" || !m.Cut || m.Size != 10 {
		t.Errorf("received %q, cut %v, size %d", m.Data, m.Cut, m.Size)
	}
	m, err = b.RecvFrom(patient(t), 4)
	must(t, err)
	if string(m.Data) != "next" || m.Cut || m.Size != 4 {
		t.Errorf("received %q, cut %v, size %d", m.Data, m.Cut, m.Size)
	}
}

// testEmptyThenEnd tells an empty message from the end of a unixpacket whose
// peer is gone already.
func testEmptyThenEnd(t *testing.T, open openFunc) {
	a, b := open(t)
	skipUnless(t, a.Kind() == UnixPacket, "only unixpacket has both empty messages and an end")
	send(t, a, "")
	send(t, a, "after")
	send(t, a, "")
	must(t, a.Close())
	for _, want := range []string{"", "after", ""} {
		wantRecv(t, b, want)
	}
	wantEOF(t, b)
	if v, err := b.Option("passcred"); err != nil || v != false {
		t.Errorf("passcred is %v (%v) afterwards", v, err)
	}
}

func testEnd(t *testing.T, open openFunc) {
	a, b := open(t)
	skipUnless(t, !a.Kind().Datagram(), "datagram sockets have no end")
	rec := record(t, a.table)
	send(t, a, "last words")
	must(t, a.Close())
	wantRecv(t, b, "last words")
	for range 2 {
		wantEOF(t, b)
	}
	if b.State() != "read-closed" {
		t.Errorf("b is %s", b.State())
	}
	eventually(t, "an event of the end", func() bool { _, ok := rec.first(b, EventEOF); return ok })
	n := 0
	for _, typ := range rec.of(b) {
		if typ == EventEOF || typ == EventError || typ == EventReset {
			n++
		}
	}
	if n != 1 {
		t.Errorf("events %v, want one of the end", rec.of(b))
	}
	if !b.in.messages {
		if _, err := b.RecvAll(patient(t), 10); err != nil {
			t.Errorf("recvall at the end: %v", err)
		}
		_, err := b.RecvExact(patient(t), 1)
		wantErr(t, err, "recvexact", ErrEnded)
	}
	if _, err := b.Recv(patient(t), 1); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
}
