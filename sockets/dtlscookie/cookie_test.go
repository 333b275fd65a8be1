package dtlscookie

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
)

// rawHello is the first datagram of a client of pion.
func rawHello(t *testing.T) []byte {
	t.Helper()
	var conns [2]net.PacketConn
	for i := range conns {
		c, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		conns[i] = c
	}
	client, err := dtls.ClientWithOptions(conns[0], conns[1].LocalAddr(), dtls.WithInsecureSkipVerify(true))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		client.HandshakeContext(ctx)
	}()
	buf := make([]byte, 4096)
	conns[1].SetReadDeadline(time.Now().Add(30 * time.Second))
	n, _, err := conns[1].ReadFrom(buf)
	cancel()
	<-done
	client.Close()
	if err != nil {
		t.Fatal(err)
	}
	return buf[:n]
}

// TestDTLSCookie checks what a cookie is good for: the address, the hello and
// the time that it was made for.
func TestDTLSCookie(t *testing.T) {
	hello := rawHello(t)
	h, ok := ParseHello(hello)
	if !ok {
		t.Fatal("the hello is none")
	}
	c := NewMaker()
	there := time.Unix(1000*60, 0)
	from, stranger := "127.0.0.1:1000", "127.0.0.1:1001"
	h.Cookie = c.Cookie(from, h, Slot(there))
	other := NewMaker()
	changed := h
	changed.params = append([]byte{}, h.params...)
	changed.params[3] ^= 1
	for _, one := range []struct {
		name string
		ok   bool
	}{
		{"same", c.Valid(from, h, there)},
		{"a minute later", c.Valid(from, h, there.Add(time.Minute))},
	} {
		if !one.ok {
			t.Errorf("it is not valid: %s", one.name)
		}
	}
	for _, one := range []struct {
		name string
		ok   bool
	}{
		{"another address", c.Valid(stranger, h, there)},
		{"another socket", other.Valid(from, h, there)},
		{"two minutes later", c.Valid(from, h, there.Add(2*time.Minute))},
		{"other suites", c.Valid(from, changed, there)},
	} {
		if one.ok {
			t.Errorf("it is valid: %s", one.name)
		}
	}
	for n := range hello {
		if _, ok := ParseHello(hello[:n]); ok {
			t.Errorf("%d of %d bytes are a hello", n, len(hello))
		}
	}
}
