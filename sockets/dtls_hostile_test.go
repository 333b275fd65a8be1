package sockets

import (
	"context"
	"encoding/binary"
	"net"
	"runtime"
	"testing"
	"time"

	"sosh/internal/leak"
	"sosh/sockets/dtlscookie"
	"sosh/sockets/tlsconf"

	"github.com/pion/dtls/v3"
)

// rawHello is the first datagram of a client of DTLS, from a socket that nothing
// else reads.
func rawHello(t testing.TB) []byte {
	t.Helper()
	l, err := net.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	defer c.Close()
	client, err := dtls.ClientWithOptions(c, l.LocalAddr(), dtls.WithInsecureSkipVerify(true), dtls.WithLoggerFactory(silent))
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := start(func() (int, error) { return 0, client.HandshakeContext(ctx) })
	buf := make([]byte, 4096)
	must(t, l.SetReadDeadline(time.Now().Add(patience)))
	n, _, err := l.ReadFrom(buf)
	must(t, err)
	cancel()
	await(t, done)
	client.Close()
	return buf[:n]
}

// A stranger is a UDP socket that begins handshakes of DTLS and does not end
// them.
func stranger(t testing.TB, srv *Handle) net.Conn {
	t.Helper()
	c, err := net.Dial("udp4", srv.LocalAddr().String())
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// validate exchanges a hello for a cookie, and returns the hello that shows it.
func validate(t testing.TB, c net.Conn, hello []byte) []byte {
	t.Helper()
	buf := make([]byte, 4096)
	n := 0
	eventually(t, "the hello is answered", func() bool {
		c.Write(hello) // again, where it was lost
		must(t, c.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
		var err error
		n, err = c.Read(buf)
		return err == nil
	})
	if n >= len(hello) {
		t.Errorf("a hello of %d bytes is answered by %d", len(hello), n)
	}
	if !dtlscookie.IsVerifyRequest(buf[:n]) {
		t.Fatalf("a hello is answered by % x", buf[:n])
	}
	const recordHeader, helloHeader = 13, 12
	at := recordHeader + helloHeader + 2 + 32 // version and random
	at += 1 + int(hello[at])                  // session
	cookie := buf[recordHeader+helloHeader+3 : n]
	p := append([]byte{}, hello[:recordHeader+helloHeader]...)
	body := append(append([]byte{}, hello[recordHeader+helloHeader:at]...), byte(len(cookie)))
	body = append(append(body, cookie...), hello[at+1+int(hello[at]):]...)
	p = append(p, body...)
	size := helloHeader + len(body)
	p[11], p[12] = byte(size>>8), byte(size)
	p[15], p[16], p[23], p[24] = byte(len(body)>>8), byte(len(body)), byte(len(body)>>8), byte(len(body))
	p[18] = 1
	binary.BigEndian.PutUint32(p[7:], binary.BigEndian.Uint32(p[7:])+1) // the sequence number
	return p
}

// servedDTLS has a client do all as it should.
func servedDTLS(t testing.TB, srv *Handle, came <-chan *Handle) (client, server *Handle) {
	t.Helper()
	client, err := dialTLS(t, srv, tlsconf.Options{NoVerify: true})
	must(t, err)
	server = next(t, came)
	send(t, client, "served")
	wantRecv(t, server, "served")
	return client, server
}

// TestDTLSUnvalidated has many addresses send hellos, with no cookie, a wrong
// one, and that of another: nothing is kept of them, and a client that does as
// it should is served.
func TestDTLSUnvalidated(t *testing.T) {
	if leak.Alone(t) {
		return
	}
	table := newTable(t)
	srv, came := serveTLS(t, table, DTLS4, tlsconf.Options{})
	hello := rawHello(t)
	servedDTLS(t, srv, came)
	stolen := validate(t, stranger(t, srv), hello)
	before, heap := runtime.NumGoroutine(), heapInUse()
	for i := range 600 {
		c := stranger(t, srv)
		switch i % 3 {
		case 0:
			c.Write(hello)
		case 1:
			c.Write(stolen)
		case 2:
			c.Write(append([]byte{23, 0xfe, 0xfd, 0, 1}, make([]byte, 60000)...))
		}
	}
	servedDTLS(t, srv, came)
	if more := runtime.NumGoroutine() - before; more > 20 {
		t.Errorf("%d goroutines more than before", more)
	}
	if more := heapInUse() - heap; more > 4<<20 {
		t.Errorf("%d bytes more than before", more)
	}
}

// TestDTLSStuck has many addresses show their cookies and say no more, or send
// data in the place of a handshake: they do not keep others out, and what is
// kept of them is bounded.
func TestDTLSStuck(t *testing.T) {
	if leak.Alone(t) {
		return
	}
	table := newTable(t)
	srv, came := serveTLS(t, table, DTLS4, tlsconf.Options{})
	hello := rawHello(t)
	before, heap := runtime.NumGoroutine(), heapInUse()
	const n = 2 * maxHandshakes
	for i := range n {
		c := stranger(t, srv)
		c.Write(validate(t, c, hello))
		if i%16 == 0 {
			data := append([]byte{23, 0xfe, 0xfd, 0, 1}, make([]byte, 8000)...)
			for range 200 {
				c.Write(data)
				c.Write(data[:100])
			}
		}
	}
	servedDTLS(t, srv, came)
	if more := runtime.NumGoroutine() - before; more > 5*maxHandshakes { // four for each
		t.Errorf("%d goroutines more than before", more)
	}
	if more := heapInUse() - heap; more > 64<<20 {
		t.Errorf("%d bytes more than before", more)
	}
}

// TestDTLSAgain has a client that is gone without a word begin anew on the
// address that it had.
func TestDTLSAgain(t *testing.T) {
	table := newTable(t)
	srv, came := serveTLS(t, table, DTLS4, tlsconf.Options{})
	client, server := servedDTLS(t, srv, came)
	local := client.LocalAddr().String()
	must(t, client.Abort())
	again := newSocketHandle(t, table, DTLS4, "")
	must(t, again.SetTLS(tlsconf.Options{NoVerify: true}))
	must(t, again.Bind(patient(t), local))
	must(t, again.Connect(patient(t), srv.LocalAddr().String()))
	wantEOF(t, server)
	other := next(t, came)
	send(t, again, "again")
	wantRecv(t, other, "again")
	send(t, other, "answer")
	wantRecv(t, again, "answer")
}
