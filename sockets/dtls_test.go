package sockets

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// TestDTLSAtOnce sends several datagrams as soon as the client is connected,
// which is before the server is done with the handshake.
func TestDTLSAtOnce(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	srv, came := serveTLS(t, table, DTLS4, tlsconf.Options{})
	for range 100 {
		c, err := dialTLS(t, srv, tlsconf.Options{NoVerify: true})
		must(t, err)
		for i := range 5 {
			send(t, c, fmt.Sprint("datagram ", i))
		}
		s := next(t, came)
		for i := range 5 {
			wantRecv(t, s, fmt.Sprint("datagram ", i))
		}
		must(t, s.Close())
		must(t, c.Close())
	}
}

// TestDTLSEnds closes one side: the other gets the end, and can be closed. A
// server's end reaches all its clients.
func TestDTLSEnds(t *testing.T) {
	table := newTable(t)
	srv, came := serveTLS(t, table, DTLS4, tlsconf.Options{})
	var clients, servers []*Handle
	for range 3 {
		c, err := dialTLS(t, srv, tlsconf.Options{NoVerify: true})
		must(t, err)
		clients, servers = append(clients, c), append(servers, next(t, came))
	}
	send(t, clients[0], "last words")
	must(t, clients[0].Close())
	wantRecv(t, servers[0], "last words")
	wantEOF(t, servers[0])
	_, err := servers[0].Send(patient(t), []byte("x"))
	wantErr(t, err, "send", unix.EPIPE)
	must(t, servers[1].Close())
	wantEOF(t, clients[1])
	_, err = clients[1].Send(patient(t), []byte("x"))
	wantErr(t, err, "send", unix.EPIPE)
	must(t, srv.Close())
	wantEOF(t, clients[2])
	for _, h := range servers {
		if !h.Closed() {
			t.Errorf("%s outlives its socket", h.Name())
		}
	}
}

// TestDTLSFromTheSamePort begins a second connection where the first has ended.
func TestDTLSFromTheSamePort(t *testing.T) {
	table := newTable(t)
	srv, came := serveTLS(t, table, DTLS4, tlsconf.Options{})
	local := "127.0.0.1:0"
	for i := range 3 {
		c := newSocketHandle(t, table, DTLS4, "")
		must(t, c.SetTLS(tlsconf.Options{NoVerify: true}))
		must(t, c.Bind(patient(t), local))
		local = c.LocalAddr().String()
		must(t, c.Connect(patient(t), srv.LocalAddr().String()))
		s := next(t, came)
		if want := fmt.Sprintf("%s.%d", srv.Name(), i+1); s.Name() != want || s.PeerAddr().String() != local {
			t.Errorf("%s from %v, want %s from %s", s.Name(), s.PeerAddr(), want, local)
		}
		send(t, c, "hello")
		wantRecv(t, s, "hello")
		must(t, c.Close())
		wantEOF(t, s)
	}
}

// TestDTLSLimits are the limits that DTLS has here.
func TestDTLSLimits(t *testing.T) {
	table := newTable(t)
	srv, came := serveTLS(t, table, DTLS4, tlsconf.Options{})
	c, err := dialTLS(t, srv, tlsconf.Options{NoVerify: true})
	must(t, err)
	s := next(t, came)
	largest := strings.Repeat("x", maxDTLS)
	for _, suite := range []string{"", "ECDHE-ECDSA-AES256-SHA"} { // the longest padding
		if suite != "" {
			c, err = dialTLS(t, srv, tlsconf.Options{NoVerify: true, Ciphers: []string{suite}})
			must(t, err)
			s = next(t, came)
		}
		send(t, c, largest)
		wantRecv(t, s, largest)
		send(t, s, largest)
		wantRecv(t, c, largest)
	}
	_, err = c.Send(patient(t), []byte(largest+"x"))
	if e := wantErr(t, err, "send", unix.EMSGSIZE); !strings.Contains(e.Hint, fmt.Sprint(maxDTLS)) {
		t.Errorf("hint %q", e.Hint)
	}
	_, err = c.SendTo(patient(t), srv.LocalAddr().String(), []byte("x"))
	wantErr(t, err, "sendto", errOnePeer)
	wantErr(t, c.Shutdown(unix.SHUT_WR), "shutdown", errNoHalves)
	wantErr(t, c.Connect(patient(t), srv.LocalAddr().String()), "connect", unix.EISCONN)
	_, err = srv.Accept(patient(t), "")
	wantErr(t, err, "accept", unix.EOPNOTSUPP)
	_, err = srv.Recv(patient(t), 10)
	wantErr(t, err, "recv", unix.ENOTCONN)
	wantErr(t, c.StartTLS(patient(t), tlsconf.Options{}, false), "starttls", unix.EOPNOTSUPP)
	if _, err := c.SyscallConn(); err == nil {
		t.Error("the descriptor can be had, past DTLS")
	}
}

// TestDTLSRefused connects to a port where nobody is.
func TestDTLSRefused(t *testing.T) {
	u, err := net.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	addr := u.LocalAddr().String()
	u.Close()
	h := newSocketHandle(t, newTable(t), DTLS4, "")
	err = h.Connect(patient(t), addr)
	wantErr(t, err, "connect", unix.ECONNREFUSED)
	if _, err := h.Recv(patient(t), 10); err == nil || err == io.EOF {
		t.Errorf("recv gives %v", err)
	}
}
