package sockets

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sosh/internal/leak"

	"golang.org/x/sys/unix"
)

func TestAcceptNames(t *testing.T) {
	table := newTable(t)
	srv := newSocketHandle(t, table, TCP4, "srv")
	must(t, srv.Bind(patient(t), "127.0.0.1:0"))
	must(t, srv.Listen(8))
	newSocketHandle(t, table, TCP4, "srv.2") // in the way
	for _, want := range []string{"srv.1", "srv.3", "srv.4"} {
		_, s := connectPair(t, srv)
		if s.Name() != want {
			t.Errorf("accepted %s, want %s", s.Name(), want)
		}
	}
	c := newSocketHandle(t, table, TCP4, "c")
	must(t, c.Connect(patient(t), srv.LocalAddr().String()))
	if _, err := srv.Accept(patient(t), "srv.1"); err == nil || !strings.Contains(err.Error(), "taken") {
		t.Errorf("a name that is taken: %v", err)
	}
	if _, err := srv.Accept(patient(t), "9x"); err == nil || !strings.Contains(err.Error(), "bad name") {
		t.Errorf("a bad name: %v", err)
	}
	// Neither has taken the connection.
	s, err := srv.Accept(patient(t), "mine")
	must(t, err)
	if s.Name() != "mine" || s.PeerAddr() != c.LocalAddr() || s.LocalAddr() != srv.LocalAddr() {
		t.Errorf("%s is %v from %v", s.Name(), s.LocalAddr(), s.PeerAddr())
	}
	// Its connections live on without the listener, and it goes without them.
	must(t, srv.Close())
	send(t, c, "alive")
	wantRecv(t, s, "alive")
}

// TestAcceptRefused accepts on what is no listener, but is received from in the
// background: it is refused at once all the same.
func TestAcceptRefused(t *testing.T) {
	table := newTable(t)
	c, _ := connectPair(t, newListener(t, table, TCP4, 8))
	c.Watch(true)
	_, err := c.Accept(patient(t), "")
	wantErr(t, err, "accept", unix.EINVAL)
	u := newBound(t, table, UDP4, "")
	must(t, u.Serve(func(*Handle) {}))
	_, err = u.Accept(patient(t), "")
	if wantErr(t, err, "accept", unix.EOPNOTSUPP); Code(err) != "EOPNOTSUPP" {
		t.Errorf("the code is %s", Code(err))
	}
}

// TestServedPeerSendsElsewhere looks at the event of a datagram that a peer of
// a served socket sends to another address.
func TestServedPeerSendsElsewhere(t *testing.T) {
	table := newTable(t)
	srv, u, other := newBound(t, table, UDP4, "srv"), newBound(t, table, UDP4, ""), newBound(t, table, UDP4, "")
	peers := make(chan *Handle, 1)
	must(t, srv.Serve(func(h *Handle) { peers <- h }))
	_, err := u.SendTo(patient(t), srv.LocalAddr().String(), []byte("x"))
	must(t, err)
	peer := <-peers
	events := record(t, table)
	_, err = peer.SendTo(patient(t), other.LocalAddr().String(), []byte("y"))
	must(t, err)
	if ev, ok := events.first(peer, EventSent); !ok || ev.Peer != other.LocalAddr() {
		t.Errorf("sent to %v, want %v", ev.Peer, other.LocalAddr())
	}
}

func TestAcceptWaits(t *testing.T) {
	srv := newListener(t, newTable(t), TCP4, 8)
	_, err := srv.Accept(within(t, moment), "")
	wantErr(t, err, "accept", os.ErrDeadlineExceeded)
	accepting := start(func() (*Handle, error) { return srv.Accept(patient(t), "") })
	stillRuns(t, accepting)
	c := newSocketHandle(t, srv.table, TCP4, "c")
	must(t, c.Connect(patient(t), srv.LocalAddr().String()))
	if s, err := await(t, accepting); err != nil || s.PeerAddr() != c.LocalAddr() {
		t.Errorf("accepted %v, %v", s, err)
	}
	accepting = start(func() (*Handle, error) { return srv.Accept(patient(t), "") })
	stillRuns(t, accepting)
	must(t, srv.Close())
	_, err = await(t, accepting)
	wantErr(t, err, "accept", net.ErrClosed)
	if err := c.Connect(patient(t), "127.0.0.1:1"); err == nil {
		t.Error("connected twice")
	}
}

// TestWaiting tells of the connections that come to a watched listener.
func TestWaiting(t *testing.T) {
	for _, kind := range []Kind{TCP4, Unix, UnixPacket} {
		t.Run(string(kind), func(t *testing.T) {
			srv := newSocketHandle(t, newTable(t), kind, "srv")
			must(t, srv.SetOption("reuseaddr", "on"))
			must(t, srv.Bind(patient(t), localAddress(t, kind, false)))
			must(t, srv.Listen(8))
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() { srv.Watch(true) }) // all at once start one watch
			}
			wg.Wait()
			for i := range 3 {
				c := newSocketHandle(t, srv.table, kind, "")
				must(t, c.Connect(patient(t), srv.LocalAddr().String()))
				if ev := waitEvent(t, srv, EventWaiting); ev.N != i+1 {
					t.Errorf("%d wait, want %d", ev.N, i+1)
				}
			}
			for range 3 {
				_, err := srv.Accept(patient(t), "")
				must(t, err)
			}
			c := newSocketHandle(t, srv.table, kind, "")
			must(t, c.Connect(patient(t), srv.LocalAddr().String()))
			if ev := waitEvent(t, srv, EventWaiting); ev.N != 1 {
				t.Errorf("%d wait, want 1", ev.N)
			}
			srv.Watch(false)
			_, err := srv.Accept(patient(t), "")
			must(t, err)
			// The watch keeps the address no longer than the listener does.
			address := srv.LocalAddr().String()
			srv.Watch(true)
			must(t, srv.Close())
			again := newSocketHandle(t, srv.table, kind, "")
			must(t, again.SetOption("reuseaddr", "on"))
			must(t, again.Bind(patient(t), address))
			must(t, again.Listen(1))
		})
	}
}

func TestServe(t *testing.T) {
	for _, kind := range []Kind{TCP4, Unix, UnixPacket, UDP4, UnixGram} {
		t.Run(string(kind), func(t *testing.T) {
			needFamily(t, kind)
			table := newTable(t)
			rec := record(t, table)
			srv := newSocketHandle(t, table, kind, "srv")
			must(t, srv.Bind(patient(t), localAddress(t, kind, false)))
			if !kind.Datagram() {
				must(t, srv.Listen(8))
			}
			srv.Watch(true) // gives way to Serve
			came := make(chan *Handle, 10)
			must(t, srv.Serve(func(h *Handle) { came <- h }))
			if err := srv.Serve(func(*Handle) {}); err == nil {
				t.Error("served twice")
			}
			srv.Watch(false) // and does not end it
			srv.Watch(true)
			var clients, servers []*Handle
			for i := range 3 {
				c := newSocketHandle(t, table, kind, "")
				if kind == UnixGram {
					must(t, c.Bind(patient(t), localAddress(t, kind, false)))
				}
				must(t, c.Connect(patient(t), srv.LocalAddr().String()))
				send(t, c, fmt.Sprint("hello ", i))
				var s *Handle
				select {
				case s = <-came:
				case <-patient(t).Done():
					t.Fatal("nothing was accepted")
				}
				if want := fmt.Sprint("srv.", i+1); s.Name() != want {
					t.Errorf("%s came, want %s", s.Name(), want)
				}
				wantRecv(t, s, fmt.Sprint("hello ", i))
				if got := rec.of(s); len(got) == 0 || got[0] != EventAccepted {
					t.Errorf("events %v", got)
				}
				clients, servers = append(clients, c), append(servers, s)
			}
			for i, c := range slices.Backward(clients) {
				send(t, servers[i], fmt.Sprint("answer ", i))
				wantRecv(t, c, fmt.Sprint("answer ", i))
			}
			must(t, srv.Close())
			if closed := servers[0].Closed(); closed != kind.Datagram() {
				t.Errorf("with the served socket closed its peer is closed: %v", closed)
			}
		})
	}
}

// TestServedPeer checks what one peer of a served datagram socket can do, and
// what it leaves to the socket.
func TestServedPeer(t *testing.T) {
	table := newTable(t)
	srv := newBound(t, table, UDP4, "srv")
	came := make(chan *Handle, 10)
	must(t, srv.Serve(func(h *Handle) { came <- h }))
	c := newBound(t, table, UDP4, "c")
	must(t, c.Connect(patient(t), srv.LocalAddr().String()))
	send(t, c, "one")
	s := <-came
	wantRecv(t, s, "one")
	ctx := patient(t)
	for op, err := range map[string]error{
		"bind":     s.Bind(ctx, "127.0.0.1:0"),
		"listen":   s.Listen(1),
		"accept":   second(s.Accept(ctx, "")),
		"connect":  s.Connect(ctx, "127.0.0.1:1"),
		"serve":    s.Serve(func(*Handle) {}),
		"shutdown": s.Shutdown(unix.SHUT_WR),
	} {
		if e := wantErr(t, err, op, unix.EOPNOTSUPP); e.Hint == "" {
			t.Errorf("%v has no hint", err)
		}
	}
	// Wait works without a receiver of its own, for what came before it as well.
	send(t, c, "two")
	eventually(t, "the datagram", func() bool { return s.Unread() == 1 })
	send(t, c, "")
	for _, want := range []string{"two", ""} {
		if ev := waitEvent(t, s, EventData); string(ev.Data) != want || ev.Peer != c.LocalAddr() {
			t.Errorf("event %+v, want %q", ev, want)
		}
	}
	wantRecv(t, s, "two")
	wantRecv(t, s, "")

	// A closed peer comes back with its next datagram, under a new name.
	must(t, s.Close())
	send(t, c, "three")
	again := <-came
	if again == s || again.Name() != "srv.2" {
		t.Errorf("%s came", again.Name())
	}
	wantRecv(t, again, "three")

	// A full inbox loses what comes, counted; the others go on.
	again.SetInbox(1000)
	for range 20 {
		send(t, c, strings.Repeat("x", 200))
	}
	other := newBound(t, table, UDP4, "other")
	must(t, other.Connect(patient(t), srv.LocalAddr().String()))
	send(t, other, "hello")
	wantRecv(t, <-came, "hello")
	i, err := again.Info()
	must(t, err)
	if i.Unread != 4 || i.Lost != 16 || i.InMsgs != 5 {
		t.Errorf("%d unread, %d lost, %d came", i.Unread, i.Lost, i.InMsgs)
	}
	n, split, err := again.SendSplit(patient(t), "", make([]byte, 70_000))
	if err != nil || n != 2 || split != 70_000 {
		t.Errorf("split into %d, %d bytes, %v", n, split, err)
	}
}

// TestServeCloses closes a served datagram socket while datagrams of ever new
// senders come.
func TestServeCloses(t *testing.T) {
	for range 20 {
		table := newTable(t)
		srv := newBound(t, table, UDP4, "srv")
		must(t, srv.Serve(func(h *Handle) {}))
		address := srv.LocalAddr().String()
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for range 20 {
					c, err := table.Socket(UDP4, "")
					if err != nil {
						return
					}
					c.SendTo(patient(t), address, []byte("x"))
					c.Close()
				}
			})
		}
		must(t, srv.Close())
		wg.Wait()
		table.Close()
	}
}

// TestServeOutOfDescriptors runs itself in a process of its own with few
// descriptors: the acceptor says EMFILE and goes on when there are some again.
func TestServeOutOfDescriptors(t *testing.T) {
	if leak.Alone(t) {
		return
	}
	table := newTable(t)
	srv := newListener(t, table, TCP4, 64)
	came := make(chan *Handle, 100)
	must(t, srv.Serve(func(h *Handle) { came <- h }))
	c := newSocketHandle(t, table, TCP4, "c")
	rec := record(t, table)
	limit := unix.Rlimit{Cur: 3, Max: 3}
	var before unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &before))
	limit.Max = before.Max
	must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
	_, err := table.Socket(TCP4, "")
	wantErr(t, err, "socket", unix.EMFILE)
	must(t, c.Connect(patient(t), srv.LocalAddr().String())) // it has a descriptor
	eventually(t, "an event of EMFILE", func() bool {
		ev, ok := rec.first(srv, EventError)
		return ok && errors.Is(ev.Err, unix.EMFILE)
	})
	must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &before))
	select {
	case s := <-came:
		send(t, c, "at last")
		wantRecv(t, s, "at last")
	case <-patient(t).Done():
		t.Error("nothing was accepted")
	}
}

// TestServedSocketReceives nothing itself, also where it waited before.
func TestServedSocketReceives(t *testing.T) {
	table := newTable(t)
	srv := newBound(t, table, UDP4, "srv")
	srv.Watch(true)
	waits := start(func() (Message, error) { return srv.Recv(patient(t), 100) })
	stillRuns(t, waits)
	came := make(chan *Handle, 10)
	must(t, srv.Serve(func(h *Handle) { came <- h }))
	_, err := await(t, waits)
	if e := wantErr(t, err, "recv", errPeersReceive); !strings.Contains(e.Hint, "srv.1") {
		t.Errorf("hint %q", e.Hint)
	}
	c := newBound(t, table, UDP4, "c")
	must(t, c.Connect(patient(t), srv.LocalAddr().String()))
	send(t, c, "one")
	s := <-came
	_, err = srv.RecvFrom(patient(t), 100)
	if e := wantErr(t, err, "recvfrom", errPeersReceive); e.Hint != "recvfrom srv.1" {
		t.Errorf("hint %q", e.Hint)
	}
	wantRecv(t, s, "one")
}

// TestServedPeerHandler is a handler that is slower than what comes: it gets
// every datagram that is not counted as lost, and the loss is an event.
func TestServedPeerHandler(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	srv := newBound(t, table, UDP4, "srv")
	came := make(chan *Handle, 1)
	must(t, srv.Serve(func(h *Handle) { came <- h }))
	c := newBound(t, table, UDP4, "c")
	must(t, c.Connect(patient(t), srv.LocalAddr().String()))
	send(t, c, "first")
	s := <-came
	release := s.ClaimData()
	defer release()
	s.Watch(true)
	const n = 3 * maxEvents
	for i := range n {
		send(t, c, strconv.Itoa(i))
		if i%32 == 31 { // a few at a time, so that the kernel loses none
			eventually(t, "the datagrams", func() bool { return s.Unread() == i+2 })
		}
	}
	if ev := waitEvent(t, s, EventData); string(ev.Data) != "first" {
		t.Fatalf("got %q", ev.Data)
	}
	for i := range n {
		if ev := waitEvent(t, s, EventData); string(ev.Data) != strconv.Itoa(i) {
			t.Fatalf("got %q, want %d", ev.Data, i)
		}
	}
	// Too far behind.
	big := strings.Repeat("x", 60_000)
	info := func() (i Info) { i, err := s.Info(); must(t, err); return i }
	for sent := range 40 {
		send(t, c, big)
		eventually(t, "the datagram", func() bool { i := info(); return int(i.InMsgs+i.Lost) == n+2+sent })
	}
	if ev := waitEvent(t, s, EventError); !errors.Is(ev.Err, errNoRoom) {
		t.Errorf("event %+v", ev)
	}
	for range int(info().InMsgs) - n - 1 {
		if ev := waitEvent(t, s, EventData); len(ev.Data) != len(big) {
			t.Errorf("%d bytes", len(ev.Data))
		}
	}
	if lost := info().Lost; lost == 0 || lost > 30 {
		t.Errorf("%d are lost", lost)
	}
}
