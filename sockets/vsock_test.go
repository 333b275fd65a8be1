package sockets

import (
	"errors"
	"strings"
	"testing"

	"sosh/sockets/sockopt"

	"golang.org/x/sys/unix"
)

func TestVsockAddress(t *testing.T) {
	for _, tt := range []struct {
		in      string
		passive bool
		want    string // the address, or what the error says
	}{
		{"2:80", false, "2:80"},
		{"host:80", false, "2:80"},
		{"local:4294967295", false, "1:4294967295"},
		{"hypervisor:1", false, "0:1"},
		{"4294967294:70000", false, "4294967294:70000"},
		{"3:0", false, "3:0"},
		{":80", false, "1:80"},
		{":80", true, "4294967295:80"},
		{"*:0", true, "4294967295:4294967295"},
		{"any:0", true, "4294967295:4294967295"},
		{"any:4294967295", true, "4294967295:4294967295"},
		{"2", false, `address "2" has no port (expected CID:PORT`},
		{"2:", false, "has no port"},
		{"", true, "has no port"},
		{"4294967296:1", false, `no CID "4294967296"`},
		{"-1:1", false, `no CID "-1"`},
		{"guest:1", false, `no CID "guest"`},
		{"2:4294967296", false, `no vsock port "4294967296"`},
		{"2:http", false, `no vsock port "http"`},
		{"2:3:4", false, `no vsock port "3:4"`},
	} {
		got, err := resolve(t.Context(), Vsock, tt.in, tt.passive)
		var param *ParamError
		if err != nil && (!errors.As(err, &param) || !strings.Contains(err.Error(), tt.want)) || err == nil && got[0].String() != tt.want {
			t.Errorf("%q: %v, %v, want %s", tt.in, got, err, tt.want)
		}
	}
	if _, _, err := SplitURL("vsock://2"); err == nil || !strings.Contains(err.Error(), "CID:PORT") {
		t.Errorf("vsock://2: %v", err)
	}
}

// newVsock is a vsock handle, loopback or not.
func newVsock(t *testing.T, table *Table) *Handle {
	t.Helper()
	h, err := table.Socket(Vsock, "")
	if err != nil {
		e := wantErr(t, err, "socket", unix.EAFNOSUPPORT)
		if !strings.Contains(e.Hint, "Linux") {
			t.Errorf("hint %q", e.Hint)
		}
		t.Skip(err)
	}
	return h
}

func TestVsockBind(t *testing.T) {
	table := newTable(t)
	h := newVsock(t, table)
	must(t, h.Bind(patient(t), "any:0"))
	a := h.LocalAddr()
	if a.Host() != "4294967295" || a.Port() == 0 || a.Port() == anyPort || !a.HasPort() || h.State() != "bound" {
		t.Errorf("bound to %v, %s", a, h.State())
	}
	must(t, h.Listen(1))
	if i, err := h.Info(); err != nil || i.Family != "vsock" || i.State != "listening" || i.Local != a || i.Waiting != -1 {
		t.Errorf("info %+v, %v", i, err)
	}
	if v, err := h.Option("acceptconn"); err != nil || v != true {
		t.Errorf("acceptconn is %v, %v", v, err)
	}
	for _, option := range []string{"ttl", "keepidle"} {
		var e *sockopt.Error
		if err := h.SetOption(option, "3"); !errors.As(err, &e) {
			t.Errorf("%s: %v", option, err)
		}
	}
	second := newVsock(t, table)
	if e := wantErr(t, second.Bind(patient(t), a.String()), "bind", unix.EADDRINUSE); !strings.Contains(e.Hint, "has this port") {
		t.Errorf("hint %q", e.Hint)
	}
	if e := wantErr(t, second.Bind(patient(t), "4294967294:0"), "bind", unix.EADDRNOTAVAIL); !strings.Contains(e.Hint, "does not have that CID") {
		t.Errorf("hint %q", e.Hint)
	}
	must(t, h.Close())
	must(t, second.Bind(patient(t), a.String()))
}

// TestVsockRefused connects where nothing listens, and then where something
// does, with one handle.
func TestVsockRefused(t *testing.T) {
	table := newTable(t)
	srv := newListener(t, table, Vsock, 1)
	gone := newListener(t, table, Vsock, 1)
	must(t, gone.Close())
	h := newSocketHandle(t, table, Vsock, "h")
	must(t, h.Bind(patient(t), "local:0"))
	local := h.LocalAddr()
	e := wantErr(t, h.Connect(patient(t), gone.LocalAddr().String()), "connect", unix.ECONNRESET)
	if e.Hint != "nothing listens there" || h.State() != "bound" || h.LocalAddr() != local {
		t.Errorf("hint %q, %s, %v", e.Hint, h.State(), h.LocalAddr())
	}
	must(t, h.Connect(patient(t), srv.LocalAddr().String()))
	c, err := srv.Accept(patient(t), "")
	must(t, err)
	if c.PeerAddr() != local {
		t.Errorf("the peer is %v, not %v", c.PeerAddr(), local)
	}
	send(t, h, "hello")
	wantRecv(t, c, "hello")
	must(t, h.Shutdown(unix.SHUT_WR))
	wantEOF(t, c)
}
