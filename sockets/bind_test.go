package sockets

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestBindShowsPort(t *testing.T) {
	table := newTable(t)
	for _, kind := range []Kind{TCP, TCP4, UDP, UDP4} {
		h := newSocketHandle(t, table, kind, "")
		if h.State() != "new" || !h.LocalAddr().IsZero() {
			t.Errorf("%s: %s %v before bind", kind, h.State(), h.LocalAddr())
		}
		must(t, h.Bind(patient(t), "127.0.0.1:0"))
		if h.State() != "bound" || h.LocalAddr().Port() == 0 || h.LocalAddr().Host() != "127.0.0.1" {
			t.Errorf("%s: %s %v after bind", kind, h.State(), h.LocalAddr())
		}
		err := h.Bind(patient(t), "127.0.0.1:0")
		e := wantErr(t, err, "bind", unix.EINVAL)
		if want := h.Name() + " is bound to " + h.LocalAddr().String() + " already"; e.Hint != want {
			t.Errorf("hint %q, want %q", e.Hint, want)
		}
	}
}

func TestBindInUse(t *testing.T) {
	table := newTable(t)
	for _, kind := range []Kind{TCP4, UDP4, UnixGram, Unix} {
		first := newSocketHandle(t, table, kind, "")
		must(t, first.Bind(patient(t), localAddress(t, kind, false)))
		if kind == TCP4 {
			must(t, first.Listen(1))
		}
		second := newSocketHandle(t, table, kind, "")
		address := first.LocalAddr().String()
		e := wantErr(t, second.Bind(patient(t), address), "bind", unix.EADDRINUSE)
		if e.Addr != address || e.Hint == "" || Code(e) != "EADDRINUSE" {
			t.Errorf("%v, hint %q", e, e.Hint)
		}
		if old := strings.Contains(e.Hint, "reuseaddr"); old != (kind == TCP4) {
			t.Errorf("%s: hint %q", kind, e.Hint)
		}
		if kind == TCP4 {
			must(t, second.SetOption("reuseaddr", "1"))
			e := wantErr(t, second.Bind(patient(t), address), "bind", unix.EADDRINUSE)
			if strings.Contains(e.Hint, "reuseaddr") { // which it has
				t.Errorf("hint %q", e.Hint)
			}
		}
		if second.State() != "new" {
			t.Errorf("after bind failed the handle is %s", second.State())
		}
		must(t, first.Close())
		must(t, second.Bind(patient(t), address)) // the address is free at once
		must(t, second.Close())
	}
}

func TestBindFamily(t *testing.T) {
	needFamily(t, TCP6)
	table := newTable(t)
	h := newSocketHandle(t, table, TCP, "h")
	must(t, h.SetOption("keepidle", "77"))
	must(t, h.Bind(patient(t), "[::1]:0"))
	if h.Family() != unix.AF_INET6 {
		t.Errorf("family %d", h.Family())
	}
	// Options that were set before hold on the socket of the other family.
	if v, err := h.Option("keepidle"); err != nil || v != int64(77) {
		t.Errorf("keepidle is %v, %v", v, err)
	}
	four := newSocketHandle(t, table, TCP4, "four")
	e := wantErr(t, four.Bind(patient(t), "[::1]:0"), "bind", unix.EAFNOSUPPORT)
	if !strings.Contains(e.Hint, "four is tcp4") {
		t.Errorf("hint %q", e.Hint)
	}
	// A receive that waits goes on when sendto settles the family.
	u := newSocketHandle(t, table, UDP, "u")
	waiting := start(func() (Message, error) { return u.Recv(patient(t), 10) })
	stillRuns(t, waiting)
	peer := newBound(t, table, UDP6, "peer")
	if _, err := u.SendTo(patient(t), peer.LocalAddr().String(), []byte("hi")); err != nil {
		t.Fatal(err)
	}
	m := recvOne(t, peer)
	if _, err := peer.SendTo(patient(t), m.From.String(), []byte("ho")); err != nil {
		t.Fatal(err)
	}
	if m, err := await(t, waiting); err != nil || string(m.Data) != "ho" {
		t.Errorf("received %q, %v", m.Data, err)
	}
}

func TestUnixPaths(t *testing.T) {
	for _, kind := range []Kind{Unix, UnixGram, UnixPacket} {
		t.Run(string(kind), func(t *testing.T) {
			table := newTable(t)
			path := localAddress(t, kind, false)
			must(t, os.WriteFile(path, []byte("precious"), 0o600))
			h := newSocketHandle(t, table, kind, "h")
			e := wantErr(t, h.Bind(patient(t), path), "bind", unix.EADDRINUSE)
			if !strings.Contains(e.Hint, "path exists") {
				t.Errorf("hint %q", e.Hint)
			}
			must(t, h.Close())
			if b, err := os.ReadFile(path); err != nil || string(b) != "precious" {
				t.Fatalf("the file that was there: %q, %v", b, err)
			}
			must(t, os.Remove(path))

			h = newSocketHandle(t, table, kind, "h")
			must(t, h.Bind(patient(t), path))
			if info, err := os.Lstat(path); err != nil || info.Mode().Type() != fs.ModeSocket {
				t.Fatalf("bind made %v, %v", info, err)
			}
			must(t, h.Close())
			if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("after close: %v", err)
			}

			// What another has put in its place stays.
			h = newSocketHandle(t, table, kind, "h")
			must(t, h.Bind(patient(t), path))
			must(t, os.Remove(path))
			must(t, os.WriteFile(path, nil, 0o600))
			must(t, h.Abort())
			if _, err := os.Lstat(path); err != nil {
				t.Errorf("close removed another's file: %v", err)
			}
			must(t, os.Remove(path))

			// The end of the program removes it as well.
			h = newSocketHandle(t, table, kind, "h")
			must(t, h.Bind(patient(t), path))
			table.Close()
			if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("after the table's end: %v", err)
			}
		})
	}
}

func TestUnixBadPaths(t *testing.T) {
	table := newTable(t)
	h := newSocketHandle(t, table, Unix, "h")
	dir := filepath.Dir(localAddress(t, Unix, false))
	for path, want := range map[string]string{
		filepath.Join(dir, strings.Repeat("x", 200)): "at most",
		filepath.Join(dir, "a\x00b"):                 "NUL",
		filepath.Join(dir, "none", "s"):              "ENOENT",
		"unix://x":                                   "PATH or @NAME",
	} {
		if err := h.Bind(patient(t), path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("bind to %.40q: %v, want %q", path, err, want)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if err := h.Connect(patient(t), ""); err == nil {
		t.Error("connect to nothing works")
	}
	e := wantErr(t, h.Connect(patient(t), filepath.Join(dir, "none")), "connect", unix.ENOENT)
	if e.Hint == "" {
		t.Errorf("no hint: %v", e)
	}
}

func TestAbstractAutobind(t *testing.T) {
	table := newTable(t)
	h := newSocketHandle(t, table, Unix, "h")
	if err := h.Bind(patient(t), ""); err != nil {
		t.Skipf("no autobind here: %v", err)
	}
	if name := h.LocalAddr().String(); !strings.HasPrefix(name, "@") || len(name) < 3 {
		t.Errorf("bound to %q", name)
	}
}

func TestListenBacklog(t *testing.T) {
	t.Parallel()
	srv := newListener(t, newTable(t), TCP4, 1)
	i, err := srv.Info()
	must(t, err)
	if i.State != "listening" || i.Backlog != 1 || i.Waiting != 0 {
		t.Errorf("info %s, backlog %d, waiting %d", i.State, i.Backlog, i.Waiting)
	}
	var clients []*Handle
	for range 2 { // the kernel takes one more than the backlog
		c := newSocketHandle(t, srv.table, TCP4, "")
		must(t, c.Connect(patient(t), srv.LocalAddr().String()))
		clients = append(clients, c)
	}
	eventually(t, "two connections on the queue", func() bool {
		i, err := srv.Info()
		return err == nil && i.Waiting == 2
	})
	late := newSocketHandle(t, srv.table, TCP4, "late")
	err = late.Connect(within(t, 10*moment), srv.LocalAddr().String())
	wantErr(t, err, "connect", os.ErrDeadlineExceeded)
	if late.State() != "new" {
		t.Errorf("after the timeout late is %s", late.State())
	}
	for range clients {
		_, err := srv.Accept(patient(t), "")
		must(t, err)
	}
	// There is room now, and the handle can be used again.
	must(t, late.Connect(patient(t), srv.LocalAddr().String()))
	c, err := srv.Accept(patient(t), "")
	must(t, err)
	if c.PeerAddr() != late.LocalAddr() {
		t.Errorf("accepted %v, want %v", c.PeerAddr(), late.LocalAddr())
	}
	send(t, late, "at last")
	wantRecv(t, c, "at last")
}

func TestListenBacklogUnix(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{Unix, UnixPacket} {
		srv := newListener(t, newTable(t), kind, 0)
		first := newSocketHandle(t, srv.table, kind, "")
		must(t, first.Connect(patient(t), srv.LocalAddr().String()))
		late := newSocketHandle(t, srv.table, kind, "late")
		err := late.Connect(within(t, moment), srv.LocalAddr().String())
		wantErr(t, err, "connect", os.ErrDeadlineExceeded)
		waiting := start(func() (int, error) { return 0, late.Connect(patient(t), srv.LocalAddr().String()) })
		eventually(t, "late is connecting", func() bool { return late.State() == "connecting" })
		stillRuns(t, waiting)
		_, err = srv.Accept(patient(t), "")
		must(t, err)
		_, err = await(t, waiting)
		must(t, err)
		// Closing ends a connect that waits.
		other := newSocketHandle(t, srv.table, kind, "other")
		waiting = start(func() (int, error) { return 0, other.Connect(patient(t), srv.LocalAddr().String()) })
		stillRuns(t, waiting)
		must(t, other.Close())
		_, err = await(t, waiting)
		wantErr(t, err, "connect", net.ErrClosed)
	}
}

func TestWrongState(t *testing.T) {
	table := newTable(t)
	srv := newListener(t, table, TCP4, 8)
	c, s := connectPair(t, srv)
	fresh := newSocketHandle(t, table, TCP4, "fresh")
	u := newBound(t, table, UDP4, "u")
	ux := newSocketHandle(t, table, Unix, "ux")
	ctx := patient(t)
	peer := c.Name() + " is connected to " + c.PeerAddr().String()
	for _, tt := range []struct {
		op   string
		err  error
		want error
		hint string
	}{
		{"connect", c.Connect(ctx, srv.LocalAddr().String()), unix.EISCONN, peer},
		{"listen", c.Listen(1), unix.EINVAL, peer},
		{"bind", c.Bind(ctx, "127.0.0.1:0"), unix.EINVAL, peer},
		{"accept", second(c.Accept(ctx, "")), unix.EINVAL, "accept needs a listener"},
		{"accept", second(fresh.Accept(ctx, "")), unix.EINVAL, "fresh is new; accept needs a listener"},
		{"serve", fresh.Serve(func(*Handle) {}), unix.EINVAL, "serve needs a listener"},
		{"send", second(fresh.Send(ctx, []byte("x"))), unix.EPIPE, "fresh is new: connect it first"},
		{"recv", second(fresh.Recv(ctx, 1)), unix.ENOTCONN, "fresh is new: connect it first"},
		{"shutdown", fresh.Shutdown(unix.SHUT_WR), unix.ENOTCONN, "fresh is new: connect it first"},
		{"send", second(srv.Send(ctx, []byte("x"))), unix.EPIPE, "is a listener"},
		{"recv", second(srv.Recv(ctx, 1)), unix.ENOTCONN, "is a listener"},
		{"connect", srv.Connect(ctx, "127.0.0.1:1"), unix.EISCONN, "is a listener"},
		{"listen", u.Listen(1), unix.EOPNOTSUPP, "after bind, receive"},
		{"accept", second(u.Accept(ctx, "")), unix.EOPNOTSUPP, "after bind, receive"},
		{"send", second(u.Send(ctx, []byte("x"))), unix.EDESTADDRREQ, "u has no peer"},
		{"sendto", second(c.SendTo(ctx, "127.0.0.1:1", []byte("x"))), unix.EISCONN, "send"},
		{"sendto", second(fresh.SendTo(ctx, "127.0.0.1:1", []byte("x"))), unix.ENOTCONN, "connect it first"},
		{"listen", ux.Listen(1), unix.EINVAL, "bind it first"},
		{"connect", ux.Connect(ctx, "@sosh-test-nothing"), unix.ECONNREFUSED, "nothing listens there"},
		{"bind", fresh.Bind(ctx, "192.0.2.1:0"), unix.EADDRNOTAVAIL, ""},
	} {
		e := wantErr(t, tt.err, tt.op, tt.want)
		if !strings.Contains(e.Hint, tt.hint) {
			t.Errorf("%v: hint %q, want %q", e, e.Hint, tt.hint)
		}
	}
	// And nothing of it has hurt.
	send(t, c, "still")
	wantRecv(t, s, "still")
}

// TestAcceptWhileRemade accepts on a socket that bind makes anew in another
// family: neither call may hold the other up.
func TestAcceptWhileRemade(t *testing.T) {
	needFamily(t, TCP6)
	table := newTable(t)
	ctx := patient(t)
	for range 1000 {
		h := newSocketHandle(t, table, TCP, "")
		begun := make(chan struct{})
		accepting := start(func() (int, error) {
			h.Accept(ctx, "")
			close(begun)
			for !h.Closed() {
				h.Accept(ctx, "")
			}
			return 0, nil
		})
		<-begun
		_, err := await(t, start(func() (int, error) { return 0, h.Bind(ctx, "[::1]:0") }))
		must(t, err)
		must(t, h.Close())
		await(t, accepting)
	}
}
