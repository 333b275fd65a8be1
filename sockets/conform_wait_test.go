package sockets

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// waits are the calls that wait for data.
func waits(h *Handle) map[string]func(ctx context.Context) error {
	calls := map[string]func(ctx context.Context) error{
		"recv":     func(ctx context.Context) error { _, err := h.Recv(ctx, 10); return err },
		"recvfrom": func(ctx context.Context) error { _, err := h.RecvFrom(ctx, 100_000); return err },
	}
	if !h.in.messages {
		calls["recvline"] = func(ctx context.Context) error { _, err := h.RecvLine(ctx, 10); return err }
		calls["recvuntil"] = func(ctx context.Context) error { _, err := h.RecvUntil(ctx, []byte("xyz"), 10); return err }
		calls["recvexact"] = func(ctx context.Context) error { _, err := h.RecvExact(ctx, 10); return err }
		calls["recvall"] = func(ctx context.Context) error { _, err := h.RecvAll(ctx, 10); return err }
	}
	return calls
}

func testTimeout(t *testing.T, open openFunc) {
	a, b := open(t)
	for op, call := range waits(b) {
		began := time.Now()
		err := call(within(t, moment))
		e := wantErr(t, err, op, os.ErrDeadlineExceeded)
		if d := time.Since(began); d < moment || d > moment+2*time.Second {
			t.Errorf("%s came back after %v", op, d)
		}
		if Code(err) != "timeout" || e.Handle != b.Name() {
			t.Errorf("%s: %v", op, err)
		}
	}
	// Nothing that comes later, or in part, is lost.
	if !b.in.messages {
		send(t, a, "part")
		_, err := b.RecvExact(within(t, moment), 10)
		wantErr(t, err, "recvexact", context.DeadlineExceeded)
		send(t, a, " whole")
		m, err := b.RecvExact(patient(t), 10)
		must(t, err)
		if string(m.Data) != "part whole" {
			t.Errorf("received %q", m.Data)
		}
	}
	send(t, a, "after")
	wantRecv(t, b, "after")
}

func testCancel(t *testing.T, open openFunc) {
	a, b := open(t)
	for op, call := range waits(b) {
		ctx, cancel := context.WithCancel(context.Background())
		c := start(func() (int, error) { return 0, call(ctx) })
		stillRuns(t, c)
		began := time.Now()
		cancel()
		_, err := await(t, c)
		wantErr(t, err, op, context.Canceled)
		if Code(err) != "cancelled" {
			t.Errorf("%s: code %s", op, Code(err))
		}
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("%s took %v to come back", op, d)
		}
		if _, err := b.Recv(ctx, 10); !errors.Is(err, context.Canceled) {
			t.Errorf("with a context that has ended: %v", err)
		}
	}
	// One of two that wait is cancelled; the other gets the data.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	one := start(func() (Message, error) { return b.Recv(ctx, 10) })
	stillRuns(t, one)
	two := start(func() (Message, error) { return b.Recv(patient(t), 10) })
	stillRuns(t, two)
	cancel()
	_, err := await(t, one)
	wantErr(t, err, "recv", context.Canceled)
	send(t, a, "for two")
	if m, err := await(t, two); err != nil || string(m.Data) != "for two" {
		t.Errorf("the other receive gave %q, %v", m.Data, err)
	}
}

// testSendTimeout fills a stream: the send says how much went out, and that
// much comes.
func testSendTimeout(t *testing.T, open openFunc) {
	a, b := open(t)
	skipUnless(t, !a.in.messages, "a message goes out whole or not at all")
	b.Watch(false)
	b.SetInbox(1000)
	p := randomBytes(16 << 20)
	n, err := a.Send(within(t, 5*moment), p)
	e := wantErr(t, err, "send", os.ErrDeadlineExceeded)
	if n == 0 || n == len(p) || e.Sent != n || e.Size != len(p) {
		t.Fatalf("sent %d: %v", n, err)
	}
	if got := recvN(t, b, n); got != string(p[:n]) {
		t.Error("what came is not what was sent")
	}
	must(t, a.Close())
	wantEOF(t, b)
}

func testCloseWakes(t *testing.T, open openFunc) {
	for op := range waits(firstOf(open(t))) {
		_, b := open(t)
		ctx := patient(t)
		calls := []<-chan result[int]{}
		for range 3 {
			calls = append(calls, start(func() (int, error) { return 0, waits(b)[op](ctx) }))
		}
		event := start(func() (Event, error) { return b.Wait(ctx, EventICMP) })
		for _, c := range calls {
			stillRuns(t, c)
		}
		must(t, b.Close())
		for _, c := range calls {
			_, err := await(t, c)
			wantErr(t, err, op, net.ErrClosed)
			if Code(err) != "closed" {
				t.Errorf("%s: code %s", op, Code(err))
			}
		}
		_, err := await(t, event)
		wantErr(t, err, "wait", net.ErrClosed)
	}
	// A send that waits is woken as well.
	a, b := open(t)
	if a.in.messages {
		return
	}
	b.Watch(false)
	p := make([]byte, 16<<20)
	sending := start(func() (int, error) { return a.Send(patient(t), p) })
	eventually(t, "the first send holds the semaphore", func() bool { return len(a.writeSem) == 1 })
	queued := start(func() (int, error) { return a.Send(patient(t), []byte("x")) })
	stillRuns(t, queued)
	must(t, a.Close())
	_, err := await(t, sending)
	wantErr(t, err, "send", net.ErrClosed)
	_, err = await(t, queued)
	wantErr(t, err, "send", net.ErrClosed)
}

func firstOf(_, b *Handle) *Handle { return b }

func testClosedHandle(t *testing.T, open openFunc) {
	a, b := open(t)
	ctx := patient(t)
	must(t, b.Close())
	if b.State() != "closed" || !b.Closed() || b.Connected() {
		t.Errorf("b is %s", b.State())
	}
	want := b.Name() + " is closed"
	for op, err := range map[string]error{
		"bind":        b.Bind(ctx, localAddress(t, b.Kind(), false)),
		"listen":      b.Listen(1),
		"connect":     b.Connect(ctx, a.LocalAddr().String()),
		"accept":      second(b.Accept(ctx, "")),
		"serve":       b.Serve(func(*Handle) {}),
		"send":        second(b.Send(ctx, []byte("x"))),
		"sendto":      second(b.SendTo(ctx, a.LocalAddr().String(), []byte("x"))),
		"recv":        second(b.Recv(ctx, 10)),
		"shutdown":    b.Shutdown(0),
		"setopt":      b.SetOption("rcvbuf", "10000"),
		"getopt":      second(b.Option("rcvbuf")),
		"info":        second(b.Info()),
		"wait":        second(b.Wait(ctx, EventData)),
		"close":       b.Close(),
		"abort":       b.Abort(),
		"getsockname": b.ErrClosed("getsockname"),
	} {
		if !errors.Is(err, net.ErrClosed) || err.Error() != op+": "+want {
			t.Errorf("%s gives %v, want %q", op, err, op+": "+want)
		}
	}
	_, err := b.table.Get("recv", b.Name())
	if !errors.Is(err, net.ErrClosed) || err.Error() != "recv: "+want {
		t.Errorf("the table: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }
