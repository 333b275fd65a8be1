package sockets

import (
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// deadAddress returns a loopback address on which nothing listens: a socket is
// bound to it that never will.
func deadAddress(t testing.TB, kind Kind) string {
	t.Helper()
	h := newSocketHandle(t, newTable(t), kind, "")
	must(t, h.Bind(patient(t), localAddress(t, kind, false)))
	return h.LocalAddr().String()
}

func TestConnectFromBoundAddress(t *testing.T) {
	srv := newListener(t, newTable(t), TCP4, 8)
	for _, kind := range []Kind{TCP, TCP4} {
		c := newSocketHandle(t, srv.table, kind, "")
		must(t, c.Bind(patient(t), "127.0.0.3:0"))
		bound := c.LocalAddr()
		must(t, c.Connect(patient(t), srv.LocalAddr().String()))
		s, err := srv.Accept(patient(t), "")
		must(t, err)
		if c.LocalAddr() != bound || s.PeerAddr() != bound {
			t.Errorf("bound to %v, connected from %v, accepted from %v", bound, c.LocalAddr(), s.PeerAddr())
		}
	}
}

// TestConnectAgain refuses, times out and cancels, and connects the same
// handle afterwards, from the same address if it was bound.
func TestConnectAgain(t *testing.T) {
	srv := newListener(t, newTable(t), TCP4, 8)
	dead := deadAddress(t, TCP4)
	for _, bind := range []bool{false, true} {
		c := newSocketHandle(t, srv.table, TCP, "")
		state := "new"
		if bind {
			must(t, c.Bind(patient(t), "127.0.0.2:0"))
			state = "bound"
		}
		bound := c.LocalAddr()
		must(t, c.SetOption("nodelay", "off"))
		for range 3 {
			e := wantErr(t, c.Connect(patient(t), dead), "connect", unix.ECONNREFUSED)
			if e.Addr != dead || e.Hint != "nothing listens there" || e.Error() != "connect "+c.Name()+": "+dead+": connection refused (ECONNREFUSED)" {
				t.Errorf("%v, hint %q", e, e.Hint)
			}
			if c.State() != state || c.LocalAddr() != bound || !c.PeerAddr().IsZero() {
				t.Errorf("after the refusal: %s, %v, %v", c.State(), c.LocalAddr(), c.PeerAddr())
			}
		}
		must(t, c.Connect(patient(t), srv.LocalAddr().String()))
		s, err := srv.Accept(patient(t), "")
		must(t, err)
		if bind && s.PeerAddr() != bound {
			t.Errorf("connected from %v, bound to %v", s.PeerAddr(), bound)
		}
		if v, err := c.Option("nodelay"); err != nil || v != false {
			t.Errorf("nodelay is %v, %v", v, err)
		}
		send(t, c, "x")
		wantRecv(t, s, "x")
	}
}

// TestConnectCancelled ends a connect that the listener's full queue holds up.
func TestConnectCancelled(t *testing.T) {
	srv := newListener(t, newTable(t), TCP4, 0)
	first := newSocketHandle(t, srv.table, TCP4, "")
	must(t, first.Connect(patient(t), srv.LocalAddr().String()))
	c := newSocketHandle(t, srv.table, TCP4, "c")
	ctx, cancel := context.WithCancel(context.Background())
	connecting := start(func() (int, error) { return 0, c.Connect(ctx, srv.LocalAddr().String()) })
	eventually(t, "c is connecting", func() bool { return c.State() == "connecting" })
	receiving := start(func() (Message, error) { return c.Recv(patient(t), 10) })
	stillRuns(t, connecting)
	stillRuns(t, receiving)
	cancel()
	_, err := await(t, connecting)
	wantErr(t, err, "connect", context.Canceled)
	_, err = await(t, receiving)
	wantErr(t, err, "recv", unix.ENOTCONN)

	closing := start(func() (int, error) { return 0, c.Connect(patient(t), srv.LocalAddr().String()) })
	eventually(t, "c is connecting", func() bool { return c.State() == "connecting" })
	must(t, c.Close())
	_, err = await(t, closing)
	wantErr(t, err, "connect", net.ErrClosed)
}

// TestConnectTriesAllAddresses connects by the name localhost to a listener on
// each of its addresses in turn.
func TestConnectTriesAllAddresses(t *testing.T) {
	addrs, err := resolve(patient(t), TCP, "localhost:1", false)
	must(t, err)
	for _, a := range addrs {
		table := newTable(t)
		srv := newSocketHandle(t, table, TCP, "srv")
		if err := srv.Bind(patient(t), net.JoinHostPort(a.Host(), "0")); err != nil {
			t.Logf("%v: %v", a, err)
			continue
		}
		must(t, srv.Listen(8))
		c := newSocketHandle(t, table, TCP, "c")
		must(t, c.SetOption("keepidle", "99"))
		must(t, c.Connect(patient(t), "localhost:"+strconv.Itoa(int(srv.LocalAddr().Port()))))
		if c.PeerAddr() != srv.LocalAddr() {
			t.Errorf("connected to %v, want %v", c.PeerAddr(), srv.LocalAddr())
		}
		if v, err := c.Option("keepidle"); err != nil || v != int64(99) {
			t.Errorf("keepidle is %v, %v", v, err)
		}
	}
}

// TestConnectEachOfSeveral is the same below the resolver: the first address
// refuses, the second is of another family and answers.
func TestConnectEachOfSeveral(t *testing.T) {
	needFamily(t, TCP6)
	srv := newListener(t, newTable(t), TCP4, 8)
	c := newSocketHandle(t, srv.table, TCP, "c")
	dead, err := resolve(patient(t), TCP, deadAddress(t, TCP6), false)
	must(t, err)
	if err := c.connectTo(patient(t), dead[0], time.Now()); err != unix.ECONNREFUSED {
		t.Fatalf("the first address: %v", err)
	}
	must(t, c.connectTo(patient(t), srv.LocalAddr(), time.Now()))
	s, err := srv.Accept(patient(t), "")
	must(t, err)
	send(t, s, "hello")
	wantRecv(t, c, "hello")
}

func TestConnectBadAddress(t *testing.T) {
	table := newTable(t)
	c := newSocketHandle(t, table, TCP, "c")
	for address, want := range map[string]string{
		"127.0.0.1":               "no port",
		"127.0.0.1:":              "no port",
		"127.0.0.1:70000":         "out of range",
		"127.0.0.1:-1":            "out of range",
		"127.0.0.1:+80":           "no service",
		"127.0.0.1:" + nines:      "out of range",
		"127.0.0.1:nosuchsvc":     "no service",
		"::1:80":                  "ambiguous",
		"[::1:80":                 "closing ]",
		"[::1]":                   "no port",
		"tcp://127.0.0.1:80":      "HOST:PORT",
		"no.such.host.invalid:80": "no.such.host.invalid",
	} {
		err := c.Connect(within(t, patience), address)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "connect c: ") {
			t.Errorf("connect to %.30q: %v, want %q", address, err, want)
		}
		if strings.Count(err.Error(), address) > 1 {
			t.Errorf("the address is there twice: %v", err)
		}
	}
	if c.State() != "new" {
		t.Errorf("c is %s", c.State())
	}
}

const nines = "99999999999999999999"

func TestConnectSelfAndDatagramAnew(t *testing.T) {
	table := newTable(t)
	a, b := newBound(t, table, UDP4, "a"), newBound(t, table, UDP4, "b")
	u := newSocketHandle(t, table, UDP4, "u")
	for _, peer := range []*Handle{a, b} {
		must(t, u.Connect(patient(t), peer.LocalAddr().String()))
		send(t, u, "to "+peer.Name())
		m := recvOne(t, peer)
		if string(m.Data) != "to "+peer.Name() || m.From != u.LocalAddr() {
			t.Errorf("%s got %q from %v", peer.Name(), m.Data, m.From)
		}
	}
	// A connected socket hears its peer alone.
	_, err := a.SendTo(patient(t), u.LocalAddr().String(), []byte("not for you"))
	must(t, err)
	_, err = b.SendTo(patient(t), u.LocalAddr().String(), []byte("for you"))
	must(t, err)
	wantRecv(t, u, "for you")
}

func TestICMP(t *testing.T) {
	for _, watch := range []bool{false, true} {
		table := newTable(t)
		gone := newBound(t, table, UDP4, "")
		address := gone.LocalAddr().String()
		must(t, gone.Close())
		u := newSocketHandle(t, table, UDP4, "u")
		rec := record(t, table)
		must(t, u.Connect(patient(t), address))
		u.Watch(watch)
		send(t, u, "anybody?")
		_, err := u.Recv(patient(t), 10)
		e := wantErr(t, err, "recv", unix.ECONNREFUSED)
		if e.Addr != address || !strings.Contains(e.Hint, "ICMP") {
			t.Errorf("%v, hint %q", e, e.Hint)
		}
		ev, ok := rec.first(u, EventICMP)
		if !ok || ev.Peer.String() != address || Code(ev.Err) != "ECONNREFUSED" {
			t.Errorf("event %+v, %v", ev, ok)
		}
		// It is told once, and the handle goes on.
		_, err = u.Recv(within(t, moment), 10)
		wantErr(t, err, "recv", os.ErrDeadlineExceeded)
		back := newSocketHandle(t, table, UDP4, "back")
		must(t, back.Bind(patient(t), address))
		send(t, u, "now?")
		wantRecv(t, back, "now?")
		must(t, back.Close())
		must(t, u.Close())
	}
}
