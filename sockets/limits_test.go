package sockets

import (
	"errors"
	"net"
	"testing"
	"time"
)

// TestUnreadLimit floods many watched handles: together they hold no more than
// the limit and the floor of each, which is told once; nothing of a stream is
// lost, and what is read makes room.
func TestUnreadLimit(t *testing.T) {
	table := newTable(t)
	table.Watched = true
	const peers, each, limit = 20, 512 << 10, 1 << 20
	table.SetLimits(Limits{Unread: limit, Peers: 100})
	told := make(chan Event, 100)
	defer table.Subscribe(func(ev Event) {
		if errors.Is(ev.Err, ErrLimit) {
			told <- ev
		}
	}, EventError)()
	srv := newSocketHandle(t, table, TCP4, "")
	must(t, srv.Bind(patient(t), "127.0.0.1:0"))
	must(t, srv.Listen(peers))
	came := make(chan *Handle, peers)
	must(t, srv.Serve(func(h *Handle) { came <- h }))
	for range peers {
		c, err := net.Dial("tcp4", srv.LocalAddr().String())
		must(t, err)
		defer c.Close()
		go func() {
			c.Write(randomBytes(each))
			c.(*net.TCPConn).CloseWrite()
		}()
	}
	<-told
	// Each may have begun a read when there was still room.
	most := int64(limit + peers*(unreadFloor+maxMessage))
	var list []*Handle
	for range peers {
		h := next(t, came)
		list = append(list, h)
		eventually(t, "each peer is heard", func() bool { return h.Unread() > 0 })
		if n := table.Unread(); n > most {
			t.Errorf("%d bytes are held, more than %d", n, most)
		}
	}
	for _, h := range list {
		n := 0
		for n < each {
			m, err := h.Recv(patient(t), 1<<20)
			must(t, err)
			n += len(m.Data)
		}
		must(t, h.Close())
	}
	if n := table.Unread(); n != 0 {
		t.Errorf("%d bytes are held at the end", n)
	}
	if len(told) > 3 {
		t.Errorf("it was told %d times", len(told)+1)
	}
}

// TestUnreadLimitOfCalls has calls collect what does not end: the one that would
// go past the limit fails, and a large one by itself does not.
func TestUnreadLimitOfCalls(t *testing.T) {
	a, b := streamPair(t, TCP4)
	a.table.SetLimits(Limits{Unread: 256 << 10, Peers: 100})
	go a.Send(patient(t), make([]byte, 1<<20))
	if _, err := b.RecvUntil(patient(t), []byte("x"), 512<<10); !errors.Is(err, ErrLimit) || b.Unread() < 512<<10 {
		t.Errorf("a call alone: %v with %d bytes", err, b.Unread())
	}
	c := newSocketHandle(t, a.table, TCP4, "")
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	must(t, c.Connect(patient(t), l.Addr().String()))
	p, err := l.Accept()
	must(t, err)
	defer p.Close()
	p.Write([]byte("a line\n"))
	if m, err := c.RecvLine(patient(t), 1<<20); err != nil || string(m.Data) != "a line" {
		t.Errorf("a short line beside it: %q, %v", m.Data, err)
	}
	go p.Write(make([]byte, 1<<20))
	if _, err := c.RecvLine(patient(t), 1<<20); Code(err) != "limit" {
		t.Errorf("another beside it: %v", err)
	}
	must(t, b.Close())
	p.Write([]byte("\n"))
	if _, err := c.RecvLine(patient(t), 2<<20); err != nil {
		t.Errorf("once that is closed: %v", err)
	}
}

// TestPeersLimit serves more senders of datagrams than it may: the one that was
// silent longest is ended for each new one. Those that are heard stay.
func TestPeersLimit(t *testing.T) {
	for _, handled := range []bool{false, true} {
		table := newTable(t)
		table.SetLimits(Limits{Unread: 1 << 20, Peers: 5})
		srv := newSocketHandle(t, table, UDP4, "")
		must(t, srv.Bind(patient(t), "127.0.0.1:0"))
		srv.LimitPeers(0, 0, handled)
		came := make(chan *Handle, 100)
		must(t, srv.Serve(func(h *Handle) { came <- h }))
		var senders []net.Conn
		var peers []*Handle
		for range 8 {
			if len(peers) == 5 {
				send := []byte("still here")
				senders[0].Write(send)
				eventually(t, "the first is heard", func() bool { return peers[0].Unread() == 2 })
			}
			c, err := net.Dial("udp4", srv.LocalAddr().String())
			must(t, err)
			defer c.Close()
			c.Write([]byte("x"))
			senders, peers = append(senders, c), append(peers, next(t, came))
		}
		ev := waitEvent(t, srv, EventError)
		if !errors.Is(ev.Err, ErrLimit) {
			t.Errorf("the event is %v", ev.Err)
		}
		for i, h := range peers {
			gone := h.Closed() || h.ended()
			if want := i >= 1 && i <= 3; gone != want {
				t.Errorf("peer %d: ended %v, want %v", i, gone, want)
			}
			if gone && handled == h.Closed() {
				t.Errorf("peer %d: closed %v", i, h.Closed())
			}
		}
		if i, err := srv.Info(); err != nil || i.Ended != 3 {
			t.Errorf("info counts %d, %v", i.Ended, err)
		}
		// One that was ended comes back as another.
		senders[2].Write([]byte("again"))
		wantRecv(t, next(t, came), "again")
	}
}

// TestPeersIdle ends a datagram peer that is silent for too long.
func TestPeersIdle(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	srv := newSocketHandle(t, table, UDP4, "")
	must(t, srv.Bind(patient(t), "127.0.0.1:0"))
	srv.LimitPeers(0, 50*time.Millisecond, true)
	came := make(chan *Handle, 100)
	must(t, srv.Serve(func(h *Handle) { came <- h }))
	c, err := net.Dial("udp4", srv.LocalAddr().String())
	must(t, err)
	defer c.Close()
	c.Write([]byte("x"))
	h := next(t, came)
	wantRecv(t, h, "x")
	wantEOF(t, h)
	c.Write([]byte("y"))
	wantRecv(t, next(t, came), "y")
}

// TestConnectionsLimit refuses connections beyond the limit, until others have
// ended.
func TestConnectionsLimit(t *testing.T) {
	for _, kind := range []Kind{TCP4, Unix} {
		table := newTable(t)
		table.Watched = true
		table.SetLimits(Limits{Unread: 1 << 20, Peers: 3})
		srv := newSocketHandle(t, table, kind, "")
		must(t, srv.Bind(patient(t), localAddress(t, kind, false)))
		must(t, srv.Listen(8))
		came := make(chan *Handle, 100)
		must(t, srv.Serve(func(h *Handle) { came <- h }))
		network := map[Kind]string{TCP4: "tcp4", Unix: "unix"}[kind]
		dial := func() net.Conn {
			c, err := net.Dial(network, srv.LocalAddr().String())
			must(t, err)
			t.Cleanup(func() { c.Close() })
			return c
		}
		first := dial()
		ended := next(t, came)
		for range 2 {
			dial()
			next(t, came)
		}
		for range 3 {
			c := dial()
			c.SetReadDeadline(time.Now().Add(patience))
			if n, err := c.Read(make([]byte, 1)); n > 0 || err == nil || errors.Is(err, net.ErrClosed) {
				t.Errorf("one too many: %d, %v", n, err)
			}
		}
		waitEvent(t, srv, EventError)
		if i, err := srv.Info(); err != nil || i.Refused != 3 {
			t.Errorf("info counts %d, %v", i.Refused, err)
		}
		first.Close()
		eventually(t, "it has ended", ended.ended)
		dial()
		next(t, came)
		if !ended.Closed() {
			t.Error("the one that has ended was kept")
		}
	}
}

// TestEndedClientsAreClosed connects many clients that send and end, one after the other:
// those whose data was reported are closed but for the latest ones; all others stay open.
func TestEndedClientsAreClosed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		report, keep bool
		want         int
	}{
		{"reported", true, false, maxEnded},
		{"unread", false, false, 2 * maxEnded},
		{"kept", true, true, 2 * maxEnded},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := newTable(t)
			table.Watched = true
			if c.report {
				defer table.Subscribe(func(ev Event) { ev.Handle.MarkReported(ev.End) }, EventData)()
			}
			srv := newListener(t, table, TCP4, 8)
			if c.keep {
				srv.KeepEnded()
			}
			came := make(chan *Handle, 1)
			must(t, srv.Serve(func(h *Handle) { came <- h }))
			var last *Handle
			for range 2 * maxEnded {
				peer, err := net.Dial("tcp4", srv.LocalAddr().String())
				must(t, err)
				peer.Write([]byte("x"))
				peer.Close()
				last = next(t, came)
				waitEvent(t, last, EventEOF)
			}
			eventually(t, "the table holds the listener and the latest clients", func() bool {
				return len(table.Handles()) == 1+c.want
			})
			if last.Closed() {
				t.Error("the latest client is closed")
			}
			if n := srv.peerage.count.Load(); n != int64(c.want) {
				t.Errorf("%d connections are counted, want %d", n, c.want)
			}
		})
	}
}
