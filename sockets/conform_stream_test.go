package sockets

import (
	"bytes"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// randomBytes are the same in every run, and shared: nobody writes to them.
func randomBytes(n int) []byte {
	return manyRandomBytes()[:n:n]
}

var manyRandomBytes = sync.OnceValue(func() []byte {
	p := make([]byte, 16<<20)
	rand.NewChaCha8([32]byte{1}).Read(p)
	return p
})

func testLargeTransfer(t *testing.T, open openFunc) {
	a, b := open(t)
	skipUnless(t, !a.in.messages, "messages have a size")
	p := randomBytes(4 << 20)
	sum := sha256.Sum256(p)
	sent := start(func() (int, error) {
		n, err := a.Send(patient(t), p)
		a.Close()
		return n, err
	})
	hash := sha256.New()
	buf := make([]byte, 100_000)
	total := 0
	for {
		n, err := b.RecvInto(patient(t), buf)
		if err == io.EOF {
			break
		}
		must(t, err)
		total += n
		hash.Write(buf[:n])
	}
	if n, err := await(t, sent); err != nil || n != len(p) {
		t.Fatalf("sent %d: %v", n, err)
	}
	if total != len(p) || !bytes.Equal(hash.Sum(nil), sum[:]) {
		t.Errorf("%d bytes came of %d, the checksums are equal: %v", total, len(p), bytes.Equal(hash.Sum(nil), sum[:]))
	}
}

// testGather checks that the calls that look for something leave what is over.
func testGather(t *testing.T, open openFunc) {
	a, b := open(t)
	skipUnless(t, !a.in.messages, "messages are taken whole")
	send(t, a, "line one\r\nline two\n\nkey: value--rest\x00\x01exact")
	line := func(want string) {
		t.Helper()
		m, err := b.RecvLine(patient(t), 100)
		must(t, err)
		if string(m.Data) != want {
			t.Fatalf("line %q, want %q", m.Data, want)
		}
	}
	line("line one")
	line("line two")
	line("")
	m, err := b.RecvUntil(patient(t), []byte("--"), 100)
	must(t, err)
	if string(m.Data) != "key: value--" {
		t.Fatalf("until: %q", m.Data)
	}
	m, err = b.RecvExact(patient(t), 6)
	must(t, err)
	if string(m.Data) != "rest\x00\x01" {
		t.Fatalf("exact: %q", m.Data)
	}
	if m, err = b.RecvExact(patient(t), 0); err != nil || len(m.Data) != 0 {
		t.Fatalf("exactly nothing: %q, %v", m.Data, err)
	}

	// A limit leaves everything, and so does a stream that ends too early.
	_, err = b.RecvLine(patient(t), 3)
	wantErr(t, err, "recvline", ErrLimit)
	_, err = b.RecvAll(patient(t), 4)
	wantErr(t, err, "recvall", ErrLimit)
	send(t, a, " more")
	must(t, a.Shutdown(unix.SHUT_WR))
	_, err = b.RecvLine(patient(t), 100)
	wantErr(t, err, "recvline", ErrEnded)
	m, err = b.RecvAll(patient(t), 10)
	must(t, err)
	if string(m.Data) != "exact more" {
		t.Fatalf("all: %q", m.Data)
	}
	wantEOF(t, b)
}

func testHalfCloseWrite(t *testing.T, open openFunc) {
	a, b := open(t)
	skipUnless(t, !a.Kind().Datagram(), "datagram sockets have no end")
	send(t, a, "question")
	must(t, a.Shutdown(unix.SHUT_WR))
	if a.State() != "write-closed" {
		t.Errorf("a is %s", a.State())
	}
	wantRecv(t, b, "question")
	wantEOF(t, b)
	// The other direction goes on.
	send(t, b, "answer")
	wantRecv(t, a, "answer")
	_, err := a.Send(patient(t), []byte("x"))
	e := wantErr(t, err, "send", unix.EPIPE)
	if e.Hint != "the writing side of "+a.Name()+" was shut down" {
		t.Errorf("hint %q", e.Hint)
	}
	must(t, b.Close())
	wantEOF(t, a)
	if a.State() != "read-closed, write-closed" {
		t.Errorf("a is %s", a.State())
	}
}

func testHalfCloseRead(t *testing.T, open openFunc) {
	a, b := open(t)
	skipUnless(t, !a.Kind().Datagram(), "datagram sockets have no end")
	must(t, a.Shutdown(unix.SHUT_RD))
	if a.State() != "read-closed" {
		t.Errorf("a is %s", a.State())
	}
	wantEOF(t, a)
	send(t, a, "still writing")
	wantRecv(t, b, "still writing")
	must(t, a.Shutdown(unix.SHUT_WR))
	wantEOF(t, b)
	if a.State() != "read-closed, write-closed" {
		t.Errorf("a is %s", a.State())
	}
	must(t, a.Close())
}

// testShutdownReadWakes has shutdown end a receive that waits.
func testShutdownReadWakes(t *testing.T, open openFunc) {
	a, _ := open(t)
	skipUnless(t, !served(a), "a peer shares its socket")
	waiting := start(func() (Message, error) { return a.Recv(patient(t), 10) })
	stillRuns(t, waiting)
	must(t, a.Shutdown(unix.SHUT_RD))
	if m, err := await(t, waiting); err != io.EOF {
		t.Errorf("the receive gave %q, %v", m.Data, err)
	}
	wantEOF(t, a)
}

func testReset(t *testing.T, open openFunc) {
	a, b := open(t)
	skipUnless(t, a.Network() == "tcp", "only TCP has a reset")
	rec := record(t, a.table)
	send(t, b, "lost with the reset") // unread data alone makes close a reset
	must(t, a.Abort())
	for range 2 {
		_, err := b.Recv(patient(t), 10)
		e := wantErr(t, err, "recv", unix.ECONNRESET)
		if e.Addr != b.PeerAddr().String() || e.Handle != b.Name() {
			t.Errorf("error %q", err)
		}
	}
	_, err := b.RecvLine(patient(t), 10)
	wantErr(t, err, "recvline", unix.ECONNRESET)
	if _, err := b.Send(patient(t), []byte("x")); err == nil {
		t.Error("send works after a reset")
	}
	eventually(t, "an event of the reset", func() bool { _, ok := rec.first(b, EventReset); return ok })
	if got := rec.of(b); len(got) != 2 { // sent, reset
		t.Errorf("events %v", got)
	}
	must(t, b.Close())
}
