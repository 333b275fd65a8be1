package sockets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// patience is how long a test waits for what has to happen.
const patience = 20 * time.Second

// moment is how long a call is given that is expected not to come to its end.
const moment = 10 * time.Millisecond

// newTable returns a table that is closed with the test.
func newTable(t testing.TB) *Table {
	t.Helper()
	table := NewTable()
	t.Cleanup(func() { table.Close() })
	return table
}

// within returns a context that ends after d, and at the latest with the test.
func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// patient returns a context for calls that have to succeed.
func patient(t testing.TB) context.Context {
	t.Helper()
	return within(t, patience)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantErr fails the test unless err is want, and an *Error of op.
func wantErr(t testing.TB, err error, op string, want error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, want) {
		t.Fatalf("error %v (%T), want an *Error of %v", err, err, want)
	}
	if e.Op != op {
		t.Fatalf("operation %q in %q, want %q", e.Op, err, op)
	}
	return e
}

// result is what a call gives on a goroutine of its own.
type result[T any] struct {
	v   T
	err error
}

// start runs f on a goroutine of its own; await gives its result.
func start[T any](f func() (T, error)) <-chan result[T] {
	c := make(chan result[T], 1)
	go func() {
		v, err := f()
		c <- result[T]{v, err}
	}()
	return c
}

func await[T any](t testing.TB, c <-chan result[T]) (T, error) {
	t.Helper()
	select {
	case r := <-c:
		return r.v, r.err
	case <-time.After(patience):
		t.Fatal("a call did not come back")
		panic("not reached")
	}
}

// stillRuns fails the test if the call behind c comes back within a moment.
func stillRuns[T any](t testing.TB, c <-chan result[T]) {
	t.Helper()
	select {
	case r := <-c:
		t.Fatalf("the call came back at once: %v, %v", r.v, r.err)
	case <-time.After(moment):
	}
}

// eventually waits until cond holds. It is for what the kernel does at a time
// of its own and tells nobody of.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

var abstractNames atomic.Int64

// localAddress returns an address to bind to: a free loopback port, or a path
// in a directory of the test's own, or an abstract name.
func localAddress(t testing.TB, kind Kind, abstract bool) string {
	t.Helper()
	switch {
	case abstract:
		return fmt.Sprintf("@sosh-test-%d-%d", os.Getpid(), abstractNames.Add(1))
	case kind.unix():
		// t.TempDir is named after the test, and a unix path has to be short.
		dir, err := os.MkdirTemp("", "s")
		must(t, err)
		t.Cleanup(func() { os.RemoveAll(dir) })
		return filepath.Join(dir, "s")
	case kind == Vsock:
		return "local:0"
	case kind.open():
		return "localhost:0"
	case kind.spec().family == unix.AF_INET6:
		return "[::1]:0"
	}
	return "127.0.0.1:0"
}

// needFamily skips the test where the system has no such sockets.
func needFamily(t testing.TB, kind Kind) {
	t.Helper()
	fd, err := newSocket(kind.spec().family, kind.spec().typ)
	if err != nil {
		t.Skipf("no %s sockets here: %v", kind, err)
	}
	defer unix.Close(fd)
	if kind == Vsock {
		a, err := parseVsock("local:0", true)
		must(t, err)
		sa, err := a.sockaddr()
		must(t, err)
		if err := unix.Bind(fd, sa); err != nil {
			t.Skipf("no vsock loopback here: %v", err)
		}
	}
	if kind.spec().family == unix.AF_INET6 {
		if err := unix.Bind(fd, &unix.SockaddrInet6{Addr: [16]byte{15: 1}}); err != nil {
			t.Skipf("no IPv6 loopback here: %v", err)
		}
	}
}

func newSocketHandle(t testing.TB, table *Table, kind Kind, name string) *Handle {
	t.Helper()
	h, err := table.Socket(kind, name)
	must(t, err)
	return h
}

// newListener returns a handle that listens on a free address.
func newListener(t testing.TB, table *Table, kind Kind, backlog int) *Handle {
	t.Helper()
	needFamily(t, kind)
	srv := newSocketHandle(t, table, kind, "")
	must(t, srv.Bind(patient(t), localAddress(t, kind, false)))
	must(t, srv.Listen(backlog))
	return srv
}

// newBound returns a datagram handle bound to a free address.
func newBound(t testing.TB, table *Table, kind Kind, name string) *Handle {
	t.Helper()
	needFamily(t, kind)
	h := newSocketHandle(t, table, kind, name)
	must(t, h.Bind(patient(t), localAddress(t, kind, false)))
	return h
}

// connectPair returns two handles connected to each other: the client, and
// what srv accepts.
func connectPair(t testing.TB, srv *Handle) (client, server *Handle) {
	t.Helper()
	client = newSocketHandle(t, srv.table, srv.kind, "")
	if srv.kind.secure() {
		must(t, client.SetTLS(tlsconf.Options{NoVerify: true}))
	}
	accepted := start(func() (*Handle, error) { return srv.Accept(patient(t), "") })
	must(t, client.Connect(patient(t), srv.LocalAddr().String()))
	server, err := await(t, accepted)
	must(t, err)
	return client, server
}

// streamPair returns two handles of a stream kind connected to each other.
func streamPair(t testing.TB, kind Kind) (a, b *Handle) {
	t.Helper()
	srv := newListener(t, newTable(t), kind, 8)
	a, b = connectPair(t, srv)
	must(t, srv.Close())
	return a, b
}

func send(t testing.TB, h *Handle, data string) {
	t.Helper()
	if n, err := h.Send(patient(t), []byte(data)); err != nil || n != len(data) {
		t.Fatalf("send of %d bytes: %d, %v", len(data), n, err)
	}
}

// recvAll reads a stream piece by piece until it has n bytes.
func recvN(t testing.TB, h *Handle, n int) string {
	t.Helper()
	var b bytes.Buffer
	for b.Len() < n {
		m, err := h.Recv(patient(t), n-b.Len())
		if err != nil {
			t.Fatalf("after %d of %d bytes: %v", b.Len(), n, err)
		}
		b.Write(m.Data)
	}
	return b.String()
}

func recvOne(t testing.TB, h *Handle) Message {
	t.Helper()
	m, err := h.Recv(patient(t), DefaultLimit)
	must(t, err)
	return m
}

func wantRecv(t testing.TB, h *Handle, want string) {
	t.Helper()
	if h.in.messages {
		if m := recvOne(t, h); string(m.Data) != want || m.Cut {
			t.Fatalf("received %.60q (cut %v), want %.60q", m.Data, m.Cut, want)
		}
		return
	}
	if got := recvN(t, h, len(want)); got != want {
		t.Fatalf("received %.60q, want %.60q", got, want)
	}
}

func wantEOF(t testing.TB, h *Handle) {
	t.Helper()
	if m, err := h.Recv(patient(t), 16); err != io.EOF {
		t.Fatalf("received %q, %v, want the end of the stream", m.Data, err)
	}
}

// waitEvent takes the first event of the types.
func waitEvent(t testing.TB, h *Handle, types ...EventType) Event {
	t.Helper()
	ev, err := h.Wait(patient(t), types...)
	must(t, err)
	return ev
}

// A recorder keeps every event of a table's handles.
type recorder struct {
	mu   sync.Mutex
	list []Event
}

func record(t testing.TB, table *Table) *recorder {
	r := new(recorder)
	t.Cleanup(table.Subscribe(func(ev Event) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.list = append(r.list, ev)
	}))
	return r
}

// of returns the types of the events of h so far.
func (r *recorder) of(h *Handle) []EventType {
	r.mu.Lock()
	defer r.mu.Unlock()
	var types []EventType
	for _, ev := range r.list {
		if ev.Handle == h {
			types = append(types, ev.Type)
		}
	}
	return types
}

// data returns the bytes that came in or went out by events.
func (r *recorder) data(h *Handle, typ EventType) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b bytes.Buffer
	for _, ev := range r.list {
		if ev.Handle == h && ev.Type == typ {
			b.Write(ev.Data)
		}
	}
	return b.String()
}

// first returns the first event of a type of h, and whether there is one.
func (r *recorder) first(h *Handle, typ EventType) (Event, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.list, func(ev Event) bool { return ev.Handle == h && ev.Type == typ })
	if i < 0 {
		return Event{}, false
	}
	return r.list[i], true
}

// needDescriptors skips the test where the process may not have n descriptors.
func needDescriptors(t testing.TB, n uint64) {
	t.Helper()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || uint64(limit.Cur) < n {
		t.Skipf("only %d descriptors are allowed (%v)", limit.Cur, err)
	}
}
