package sockets

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func TestNames(t *testing.T) {
	table := newTable(t)
	table.Reserved = func(name string) error {
		if name == "send" || name == "s2" {
			return errors.New(name + " is a verb")
		}
		return nil
	}
	if h := newSocketHandle(t, table, TCP4, ""); h.Name() != "s1" {
		t.Errorf("the first is %s", h.Name())
	}
	if h := newSocketHandle(t, table, TCP4, ""); h.Name() != "s3" {
		t.Errorf("after a reserved name comes %s", h.Name())
	}
	newSocketHandle(t, table, TCP4, "web-1.a_B")
	for name, want := range map[string]string{
		"s1":      "taken",
		"send":    "is a verb",
		"1x":      "bad name",
		"-x":      "bad name",
		"a b":     "bad name",
		"é":       "bad name",
		"a\x1b[m": "bad name",
	} {
		if _, err := table.Socket(TCP4, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a handle named %q: %v, want %q", name, err, want)
		}
	}
	// A name can be given again once its handle is closed.
	h, err := table.Get("x", "s1")
	must(t, err)
	must(t, h.Close())
	_, err = table.Get("recv", "s1")
	if !errors.Is(err, net.ErrClosed) || err.Error() != "recv: s1 is closed" {
		t.Errorf("%v", err)
	}
	again := newSocketHandle(t, table, UDP4, "s1")
	if got, err := table.Get("x", "s1"); err != nil || got != again {
		t.Errorf("%v, %v", got, err)
	}
	_, err = table.Get("recv", "b")
	if name, ok := IsNoHandle(err); !ok || name != "b" || err.Error() != "recv: no handle named b" || errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
	if n := len(table.Handles()); n != 3 {
		t.Errorf("%d handles", n)
	}
}

func TestTableClose(t *testing.T) {
	table := NewTable()
	table.Watched = true
	srv := newListener(t, table, TCP4, 8)
	connectPair(t, srv)
	newBound(t, table, UDP4, "u")
	if n := table.Close(); n != 4 {
		t.Errorf("%d were closed", n)
	}
	if n := table.Close(); n != 0 {
		t.Errorf("%d were closed again", n)
	}
	if _, err := table.Socket(TCP4, ""); err == nil {
		t.Error("a handle was made after the end")
	}
}

// TestTableCloseMidway closes a table while handles of all sorts are made,
// watched and served.
func TestTableCloseMidway(t *testing.T) {
	for range 20 {
		table := NewTable()
		table.Watched = true
		srv := newListener(t, table, TCP4, 64)
		must(t, srv.Serve(func(*Handle) {}))
		address := srv.LocalAddr().String()
		var wg sync.WaitGroup
		ready := make(chan struct{}, 3)
		for range 3 {
			wg.Go(func() {
				for i := 0; ; i++ {
					c, err := table.Socket(TCP4, "")
					if err != nil {
						return
					}
					c.Connect(t.Context(), address)
					c.Send(t.Context(), []byte("x"))
					l, err := table.Socket(TCP4, "")
					if err != nil {
						return
					}
					l.Bind(t.Context(), "127.0.0.1:0")
					l.Listen(1)
					l.Close()
					if i == 3 {
						ready <- struct{}{}
					}
				}
			})
		}
		<-ready
		table.Close()
		wg.Wait()
		if n := len(table.Handles()); n != 0 {
			t.Errorf("%d handles are left", n)
		}
	}
}

func TestErrorTexts(t *testing.T) {
	table := newTable(t)
	c := newSocketHandle(t, table, TCP4, "c")
	for _, tt := range []struct {
		err        error
		text, hint string
		code       string
	}{
		{c.SetOption("nodelai", "1"), `setopt c: no option named "nodelai"`, "did you mean nodelay?", "error"},
		{c.SetOption("nodelay", "perhaps"), `setopt c: bad value "perhaps" for nodelay: on or off expected`, "", "error"},
		{second(c.Option("zzzzzz")), `getopt c: no option named "zzzzzz"`, "", "error"},
		{c.SetOption("type", "1"), "setopt c: option type: can be read but not set", "", "ENOPROTOOPT"},
		{c.SetRawOption("SOL_NONE", "1", 1), "", "", "error"},
		{c.SetRawOption("SOL_SOCKET", "9999", 1), `setopt c: "SOL_SOCKET 9999": protocol not available (ENOPROTOOPT)`, "", "ENOPROTOOPT"},
	} {
		var e *Error
		if !errors.As(tt.err, &e) {
			t.Errorf("%v is no *Error", tt.err)
			continue
		}
		if tt.text != "" && e.Error() != tt.text {
			t.Errorf("text %q, want %q", e, tt.text)
		}
		if e.Hint != tt.hint {
			t.Errorf("%v: hint %q, want %q", e, e.Hint, tt.hint)
		}
		if Code(e) != tt.code {
			t.Errorf("%v: code %q, want %q", e, Code(e), tt.code)
		}
	}
	// The cause of each kind can be tested for.
	if e := error(&Error{Op: "x", Err: unix.ECONNRESET}); !errors.Is(e, unix.ECONNRESET) {
		t.Error("errno does not unwrap")
	}
}

// TestOptionBetweenCalls sets options before bind, between bind and connect,
// and after.
func TestOptionBetweenCalls(t *testing.T) {
	needFamily(t, TCP6)
	table := newTable(t)
	srv := newListener(t, table, TCP6, 8)
	c := newSocketHandle(t, table, TCP, "c")
	must(t, c.SetOption("SO_REUSEADDR", "on"))
	must(t, c.SetOption("sndbuf", "30000"))
	must(t, c.Bind(patient(t), "[::1]:0"))
	must(t, c.SetOption("keepalive", "yes"))
	must(t, c.SetRawOption("IPPROTO_TCP", "TCP_NODELAY", 0))
	must(t, c.Connect(patient(t), srv.LocalAddr().String()))
	must(t, c.SetOption("linger", "5"))
	for name, want := range map[string]any{"reuseaddr": true, "keepalive": true, "nodelay": false, "linger": int64(5)} {
		if v, err := c.Option(name); err != nil || v != want {
			t.Errorf("%s is %v (%v), want %v", name, v, err, want)
		}
	}
	if n, err := c.RawOption("SOL_SOCKET", "SO_SNDBUF"); err != nil || n < 30000 {
		t.Errorf("sndbuf is %d, %v", n, err)
	}
	i, err := c.Info()
	must(t, err)
	shown := fmt.Sprint(i.Options)
	for _, want := range []string{"reuseaddr=on", "keepalive=on", "linger=5"} {
		if !strings.Contains(shown, want) {
			t.Errorf("info shows %s, not %s", shown, want)
		}
	}
}

// TestOptionSettlesFamily has an option of IPv6 alone make a udp handle one.
func TestOptionSettlesFamily(t *testing.T) {
	needFamily(t, UDP6)
	h := newSocketHandle(t, newTable(t), UDP, "h")
	if i, err := h.Info(); err != nil || i.Family != "inet or inet6" {
		t.Errorf("family %q, %v", i.Family, err)
	}
	must(t, h.SetOption("v6only", "on"))
	if i, err := h.Info(); err != nil || i.Family != "inet6" {
		t.Errorf("family %q, %v", i.Family, err)
	}
	must(t, h.Bind(patient(t), "[::1]:0"))
}
