package sockets

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// TestTLSBothWays sends 16 MiB each way at once.
func TestTLSBothWays(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("moves 32 MiB")
	}
	for _, watch := range []bool{false, true} {
		a, b := streamPair(t, TLS4)
		a.Watch(watch)
		b.Watch(watch)
		p := randomBytes(16 << 20)
		want := sha256.Sum256(p)
		var calls []<-chan result[[32]byte]
		for _, h := range []*Handle{a, b} {
			calls = append(calls, start(func() (sum [32]byte, err error) {
				_, err = h.Send(patient(t), p)
				return want, errors.Join(err, h.Shutdown(unix.SHUT_WR))
			}), start(func() (sum [32]byte, err error) {
				hash, buf := sha256.New(), make([]byte, 200_000)
				for {
					n, err := h.RecvInto(patient(t), buf)
					hash.Write(buf[:n])
					if err == io.EOF {
						return [32]byte(hash.Sum(nil)), nil
					}
					if err != nil {
						return sum, err
					}
				}
			}))
		}
		for i, c := range calls {
			if sum, err := await(t, c); err != nil || sum != want {
				t.Errorf("call %d: %v, the checksums are equal: %v", i, err, sum == want)
			}
		}
		must(t, a.Close())
		must(t, b.Close())
	}
}

// tlsPeer connects a client of crypto/tls to a served listener; tcp is what is
// below.
func tlsPeer(t testing.TB, srv *Handle) (client *tls.Conn, tcp *net.TCPConn) {
	t.Helper()
	c, err := net.Dial("tcp4", srv.LocalAddr().String())
	must(t, err)
	t.Cleanup(func() { c.Close() })
	client = tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	must(t, client.HandshakeContext(patient(t)))
	return client, c.(*net.TCPConn)
}

// TestTLSTruncated ends the TCP connection without close_notify: what had come
// can be received, and then it is told, and no end of the stream.
func TestTLSTruncated(t *testing.T) {
	for _, watch := range []bool{false, true} {
		for _, within := range []string{"between records", "in a record"} {
			table := newTable(t)
			srv, came := serveTLS(t, table, TLS4, tlsconf.Options{})
			client, tcp := tlsPeer(t, srv)
			h := next(t, came)
			h.Watch(watch)
			client.Write([]byte("part"))
			if within == "in a record" {
				tcp.Write([]byte{23, 3, 3, 0, 100, 1, 2, 3})
			}
			must(t, tcp.CloseWrite())
			wantRecv(t, h, "part")
			for range 2 {
				_, err := h.Recv(patient(t), 10)
				wantErr(t, err, "recv", ErrTruncated)
				wantTLS(t, err, "the connection ended without close_notify (truncated?)", "", 0)
			}
			_, err := h.RecvAll(patient(t), 10)
			wantErr(t, err, "recvall", ErrTruncated)
			if h.State() != "read-closed" {
				t.Errorf("it is %s", h.State())
			}
			// The other direction still works, as with TCP.
			send(t, h, "still here")
			buf := make([]byte, 20)
			if n, err := client.Read(buf); err != nil || string(buf[:n]) != "still here" {
				t.Errorf("the peer got %q, %v", buf[:n], err)
			}
			if watch {
				if ev := waitEvent(t, h, EventError, EventEOF); ev.Type != EventError {
					t.Errorf("event %s", ev.Type)
				}
			}
		}
	}
}

// TestTLSReset has the peer reset the connection in mid-handshake, on either
// side, and in mid-transfer.
func TestTLSReset(t *testing.T) {
	table := newTable(t)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err == nil {
			io.ReadAtLeast(c, make([]byte, 100), 100)
			c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}
	}()
	h := newSocketHandle(t, table, TLS4, "")
	err = h.Connect(patient(t), l.Addr().String())
	if e := wantErr(t, err, "connect", unix.ECONNRESET); !strings.Contains(e.Hint, "handshake") {
		t.Errorf("hint %q", e.Hint)
	}
	srv, came := serveTLS(t, table, TLS4, tlsconf.Options{})
	c, err := net.Dial("tcp4", srv.LocalAddr().String())
	must(t, err)
	c.Write([]byte{22, 3, 1, 2, 0, 1})
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
	if ev := waitEvent(t, srv, EventError); !errors.Is(ev.Err, unix.ECONNRESET) {
		t.Errorf("the listener tells of %v", ev.Err)
	}

	_, tcp := tlsPeer(t, srv)
	s := next(t, came)
	sending := start(func() (int, error) { return s.Send(patient(t), make([]byte, 32<<20)) })
	io.ReadAtLeast(tcp, make([]byte, 200_000), 100_000)
	tcp.SetLinger(0)
	tcp.Close()
	n, err := await(t, sending)
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, unix.ECONNRESET) && !errors.Is(err, unix.EPIPE) || n == 0 || n >= 32<<20 || e.Sent != n {
		t.Errorf("the send gave %d, %v", n, err)
	}
	if _, err := s.Recv(patient(t), 10); err == nil {
		t.Error("a receive works after the reset")
	}
}

// TestTLSStuck has clients that do nothing: they hold up no other, and their
// handshakes end with the listener.
func TestTLSStuck(t *testing.T) {
	table := newTable(t)
	srv, came := serveTLS(t, table, TLS4, tlsconf.Options{})
	for range 3 {
		c, err := net.Dial("tcp4", srv.LocalAddr().String())
		must(t, err)
		defer c.Close()
		c.Write([]byte{22, 3, 1})
	}
	began := time.Now()
	client, err := dialTLS(t, srv, tlsconf.Options{NoVerify: true})
	must(t, err)
	s := next(t, came)
	send(t, client, "past them")
	wantRecv(t, s, "past them")
	if len(table.Handles()) != 3 {
		t.Errorf("%d handles", len(table.Handles()))
	}
	table.Close() // waits for the goroutines
	if d := time.Since(began); d > handshakeLimit/2 {
		t.Errorf("that took %v", d)
	}
}

// TestTLSCancel ends connect and accept in the handshake: at once, and the
// handles can be used again.
func TestTLSCancel(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	quiet, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	defer quiet.Close()
	u, err := net.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	defer u.Close()
	for kind, addr := range map[Kind]string{TLS4: quiet.Addr().String(), DTLS4: u.LocalAddr().String()} {
		for _, bound := range []bool{false, true} {
			h := newSocketHandle(t, table, kind, "")
			must(t, h.SetTLS(tlsconf.Options{NoVerify: true}))
			if bound {
				must(t, h.Bind(patient(t), "127.0.0.1:0"))
			}
			before := h.State()
			ctx, cancel := context.WithCancel(context.Background())
			call := start(func() (int, error) { return 0, h.Connect(ctx, addr) })
			eventually(t, "it connects", func() bool { return h.State() == "connecting" })
			stillRuns(t, call)
			began := time.Now()
			cancel()
			_, err := await(t, call)
			wantErr(t, err, "connect", context.Canceled)
			if d := time.Since(began); d > 2*time.Second {
				t.Errorf("%s: connect took %v to come back", kind, d)
			}
			err = h.Connect(within(t, 3*moment), addr)
			wantErr(t, err, "connect", os.ErrDeadlineExceeded)
			if h.State() != before || !h.PeerAddr().IsZero() {
				t.Errorf("%s is %s, peer %v", kind, h.State(), h.PeerAddr())
			}
			srv, came := serveTLS(t, table, kind, tlsconf.Options{})
			must(t, h.Connect(patient(t), srv.LocalAddr().String()))
			s := next(t, came)
			send(t, h, "at last")
			wantRecv(t, s, "at last")
		}
		// Closing it ends the handshake as well.
		h := newSocketHandle(t, table, kind, "")
		call := start(func() (int, error) { return 0, h.Connect(patient(t), addr) })
		eventually(t, "it connects", func() bool { return h.State() == "connecting" })
		stillRuns(t, call)
		must(t, h.Close())
		_, err := await(t, call)
		wantErr(t, err, "connect", net.ErrClosed)
	}

	srv := newListener(t, table, TLS4, 8)
	c, err := net.Dial("tcp4", srv.LocalAddr().String())
	must(t, err)
	defer c.Close()
	_, err = srv.Accept(within(t, 3*moment), "")
	if e := wantErr(t, err, "accept", os.ErrDeadlineExceeded); e.Addr != c.LocalAddr().String() {
		t.Errorf("error %q", e)
	}
	if _, err := c.Read(make([]byte, 10)); err != io.EOF && !errors.Is(err, unix.ECONNRESET) {
		t.Errorf("the client that was dropped reads %v", err)
	}
	client, server := connectPair(t, srv)
	send(t, client, "next")
	wantRecv(t, server, "next")
}

// TestTLSGarbage sends what is no handshake to both kinds of server.
func TestTLSGarbage(t *testing.T) {
	table := newTable(t)
	srv, _ := serveTLS(t, table, TLS4, tlsconf.Options{})
	for _, p := range []string{"GET / HTTP/1.0\r\n\r\n", "\x80\x2e\x01\x03\x01", "\x16\x03\x01\xff\xff", "\x16\x03\x01\x00\x04\x01\x00\x00\x00", string(randomBytes(5000)), "\x15\x03\x01\x00\x02\x02\x28", ""} {
		c, err := net.Dial("tcp4", srv.LocalAddr().String())
		must(t, err)
		c.Write([]byte(p))
		c.(*net.TCPConn).CloseWrite()
		ev := waitEvent(t, srv, EventError)
		if Code(ev.Err) != "tls" {
			t.Errorf("%.20q: %v", p, ev.Err)
		}
		if p != "" && p[0] == 'G' {
			wantTLS(t, ev.Err, `its first bytes look like plain text: "GET /"`, "STARTTLS", 0)
		}
		c.Close()
	}
	d, came := serveTLS(t, table, DTLS4, tlsconf.Options{})
	u, err := net.Dial("udp4", d.LocalAddr().String())
	must(t, err)
	defer u.Close()
	hello := "\x16\xfe\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x40\x01"
	for _, p := range []string{"", "x", hello, hello + string(randomBytes(1000)), string(randomBytes(1000)), "\x17\xfe\xfd" + string(randomBytes(50))} {
		u.Write([]byte(p))
	}
	client, err := dialTLS(t, d, tlsconf.Options{NoVerify: true})
	must(t, err)
	send(t, client, "through all that")
	wantRecv(t, next(t, came), "through all that")
}

// TestStartTLS turns a connection that has carried plain text into TLS.
func TestStartTLS(t *testing.T) {
	for _, kind := range []Kind{TCP4, Unix} {
		for _, watch := range []bool{false, true} {
			a, b := streamPair(t, kind)
			a.Watch(watch)
			b.Watch(watch)
			send(t, a, "plain")
			wantRecv(t, b, "plain")
			send(t, a, "unread\r\n")
			client := start(func() (int, error) {
				return 0, a.StartTLS(patient(t), tlsconf.Options{NoVerify: true, ServerName: "name", ALPN: []string{"x"}}, false)
			})
			// What came before it, and all of the client's hello, in the inbox.
			if watch {
				eventually(t, "the hello is there", func() bool { return b.Unread() > 200 })
			} else {
				m, err := b.RecvUntil(patient(t), []byte("un"), 100)
				must(t, err)
				if string(m.Data) != "un" {
					t.Fatalf("received %q", m.Data)
				}
				eventually(t, "the hello is there", func() bool {
					i, err := b.Info()
					return err == nil && i.RecvQueue+b.Unread() > 200
				})
				_, err = b.RecvLine(patient(t), 100)
				must(t, err)
			}
			if watch {
				err := b.StartTLS(patient(t), tlsconf.Options{}, true)
				wantErr(t, err, "starttls", ErrPlaintext)
				if b.State() != "connected" || b.Unread() < 200 {
					t.Errorf("after plain text was refused it is %s, with %d bytes", b.State(), b.Unread())
				}
			}
			must(t, b.StartTLS(patient(t), tlsconf.Options{ALPN: []string{"x"}, KeepPlain: watch}, true))
			_, err := await(t, client)
			must(t, err)
			if watch {
				wantRecv(t, b, "unread\r\n")
			}
			send(t, a, "secret")
			wantRecv(t, b, "secret")
			send(t, b, "reply")
			wantRecv(t, a, "reply")
			i, err := b.Info()
			must(t, err)
			if i.Kind != kind || i.TLS == nil || i.TLS.ALPN != "x" || i.TLS.ServerName != "name" || !i.TLS.Ephemeral {
				t.Errorf("info %+v, TLS %+v", i, i.TLS)
			}
			if _, err := a.SyscallConn(); err == nil {
				t.Error("the descriptor can be had, past TLS")
			}
			err = a.StartTLS(patient(t), tlsconf.Options{}, false)
			wantErr(t, err, "starttls", errTLSAlready)
			must(t, a.Shutdown(unix.SHUT_WR))
			wantEOF(t, b)
			must(t, b.Close())
			wantEOF(t, a)
		}
	}
}

// TestStartTLSFails leaves a handle on which nothing goes out in the clear.
func TestStartTLSFails(t *testing.T) {
	t.Parallel()
	a, b := streamPair(t, TCP4)
	send(t, b, "what is this?\r\n")
	err := a.StartTLS(patient(t), tlsconf.Options{NoVerify: true}, false)
	wantTLS(t, err, `plain text: "what "`, "", 0)
	_, err = a.Send(patient(t), []byte("in the clear"))
	wantErr(t, err, "send", unix.EPIPE)
	_, err = a.Recv(patient(t), 10)
	wantTLS(t, err, "the handshake failed", "", 0)
	m, err := b.RecvAll(patient(t), 10_000)
	if err == nil && strings.Contains(string(m.Data), "clear") {
		t.Errorf("the peer got %q", m.Data)
	}
	a, _ = streamPair(t, TCP4)
	err = a.StartTLS(within(t, 3*moment), tlsconf.Options{NoVerify: true}, false)
	wantErr(t, err, "starttls", os.ErrDeadlineExceeded)
	_, err = a.Send(patient(t), []byte("in the clear"))
	wantErr(t, err, "send", unix.EPIPE)
}

// TestTLSVersions settles on what both sides allow, or says that there is
// nothing.
func TestTLSVersions(t *testing.T) {
	table := newTable(t)
	for _, c := range []struct {
		server, client tlsconf.Options
		want           uint16
	}{
		{tlsconf.Options{}, tlsconf.Options{}, tls.VersionTLS13},
		{tlsconf.Options{Max: tls.VersionTLS12}, tlsconf.Options{}, tls.VersionTLS12},
		{tlsconf.Options{}, tlsconf.Options{Max: tls.VersionTLS12}, tls.VersionTLS12},
		{tlsconf.Options{Min: tls.VersionTLS10}, tlsconf.Options{Min: tls.VersionTLS10, Max: tls.VersionTLS10}, tls.VersionTLS10},
		{tlsconf.Options{Min: tls.VersionTLS10}, tlsconf.Options{Max: tls.VersionTLS11}, tls.VersionTLS11},
		{tlsconf.Options{Min: tls.VersionTLS13}, tlsconf.Options{Max: tls.VersionTLS12}, 0},
	} {
		srv, came := serveTLS(t, table, TLS4, c.server)
		c.client.NoVerify = true
		h, err := dialTLS(t, srv, c.client)
		if c.want == 0 {
			wantTLS(t, err, "the peer's alert: protocol version not supported", "", tlsconf.AlertCame)
			continue
		}
		must(t, err)
		next(t, came)
		if state, _ := h.TLS(); state.Version != c.want {
			t.Errorf("%+v and %+v speak %s", c.server, c.client, tls.VersionName(state.Version))
		}
	}
}
