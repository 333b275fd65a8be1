package proxyserver

import (
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sosh/sockets"
	"sosh/sockets/proxy"

	"golang.org/x/sys/unix"
)

// patience is how long anything here may take.
const patience = 30 * time.Second

// newProxyClient connects a client to a proxy of a kind, which serves it until
// the test ends.
func newProxyClient(t *testing.T, kind string) *net.TCPConn {
	t.Helper()
	table := sockets.NewTable()
	server := &Server{Protocol: proxy.Protocol(kind), Table: table, Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
		ip, err := netip.ParseAddr(host)
		if err != nil {
			return nil, ErrUnknownHost
		}
		return []netip.Addr{ip}, nil
	}}
	l, err := table.Socket(sockets.TCP4, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Bind(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := l.Listen(1); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp4", l.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	h, err := l.Accept(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		server.Serve(context.Background(), h)
		h.Close()
	}()
	t.Cleanup(func() {
		c.Close()
		select {
		case <-served:
		case <-time.After(patience):
			t.Error("the client is gone, and is still served")
		}
		table.Close()
	})
	c.SetDeadline(time.Now().Add(patience))
	return c.(*net.TCPConn)
}

// dribble writes a byte of p every little while, until it fails or the test ends.
func dribble(t *testing.T, c net.Conn, p string) {
	ticker := time.NewTicker(5 * time.Millisecond)
	t.Cleanup(ticker.Stop)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-ticker.C:
			case <-t.Context().Done():
				return
			}
			if _, err := c.Write([]byte{p[i%len(p)]}); err != nil {
				return
			}
		}
	}()
}

// TestProxyHeadTime has clients and origins send a byte now and then, which is
// no reason to give them more time.
func TestProxyHeadTime(t *testing.T) {
	old := headTime
	t.Cleanup(func() { headTime = old })
	headTime = 200 * time.Millisecond
	for _, test := range []struct{ kind, first, then, want string }{
		{"http", "", "x", "HTTP/1.0 408 "},
		{"http", "", "\r\n", "HTTP/1.0 408 "},
		{"http", "GET http://h/ HTTP/1.0\r\n", "X: y\r\n", "HTTP/1.0 408 "},
		{"http", "POST http://h/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", "HTTP/1.0 408 "},
		{"socks5", "\x05\xff", "x", ""},
		{"socks4", "\x04\x01\x00\x01\x7f\x00\x00\x01", "x", ""},
	} {
		t.Run(test.kind+" "+test.first, func(t *testing.T) {
			t.Parallel()
			c := newProxyClient(t, test.kind)
			io.WriteString(c, test.first)
			dribble(t, c, test.then)
			got := make([]byte, len(test.want)+1)
			n, err := io.ReadFull(c, got)
			if test.want != "" && !strings.HasPrefix(string(got[:n]), test.want) || test.want == "" && err != io.EOF {
				t.Errorf("%q, %v; want %q", got[:n], err, test.want)
			}
		})
	}

	t.Run("origin", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		c := newProxyClient(t, "http")
		io.WriteString(c, "GET http://"+l.Addr().String()+"/ HTTP/1.0\r\n\r\n")
		origin, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer origin.Close()
		// Before an answer begins there is no limit.
		time.Sleep(2 * headTime)
		io.WriteString(origin, "HTTP/1.0 200 OK\r\n")
		dribble(t, origin, "X: y\r\n")
		got, err := io.ReadAll(c)
		if err != nil || !strings.HasPrefix(string(got), "HTTP/1.0 504 ") {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// TestProxyClientGone has a client reset the connection while the origin takes
// its time: what was made for it is let go.
func TestProxyClientGone(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, request := range []string{"GET http://HOST/ HTTP/1.0\r\n\r\n", "POST http://HOST/ HTTP/1.0\r\nContent-Length: 1000\r\n\r\nbody", "CONNECT HOST HTTP/1.0\r\n\r\n"} {
		c := newProxyClient(t, "http")
		io.WriteString(c, strings.Replace(request, "HOST", l.Addr().String(), 1))
		origin, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer origin.Close()
		origin.SetDeadline(time.Now().Add(patience))
		if strings.HasPrefix(request, "CONNECT") {
			io.ReadFull(c, make([]byte, len("HTTP/1.0 200 OK\r\n\r\n")))
		}
		c.SetLinger(0)
		c.Close()
		if _, err := io.Copy(io.Discard, origin); !isReset(err) {
			t.Errorf("%q: %v", request, err)
		}
	}
}

func isReset(err error) bool {
	e, ok := err.(*net.OpError)
	return ok && strings.Contains(e.Error(), unix.ECONNRESET.Error())
}

// TestNonces redeems what was issued, once, in time, and whatever others do.
func TestNonces(t *testing.T) {
	now := time.Now()
	var mine, other nonceIssuer
	first := mine.issue(now)
	for range 5000 {
		mine.issue(now)
	}
	for _, bad := range []string{"", "x", first[2:], first + "00", strings.Repeat("0", 64), other.issue(now), "ff" + first[2:]} {
		if mine.redeem(bad, now) {
			t.Errorf("%q was good", bad)
		}
	}
	if !mine.redeem(first, now.Add(nonceLife)) || mine.redeem(first, now.Add(nonceLife)) {
		t.Error("a challenge is not good once")
	}
	if old := mine.issue(now); mine.redeem(old, now.Add(nonceLife+1)) || mine.redeem(mine.issue(now.Add(time.Hour)), now) {
		t.Error("a challenge is good too long, or too early")
	}
	// What was redeemed before the maps changed places is remembered.
	at := now
	for range 6 {
		at = at.Add(nonceLife * 2 / 3)
		n := mine.issue(at)
		for i := range 3 {
			if mine.redeem(n, at.Add(time.Duration(i)*nonceLife/2)) != (i == 0) {
				t.Error("a challenge is good again, or not at all")
			}
		}
	}
	if n := len(mine.used) + len(mine.old); n > 7 {
		t.Errorf("%d answers are remembered", n)
	}
	for range maxNonces + 1 {
		mine.redeem(mine.issue(at), at)
	}
	if n := len(mine.used); n != maxNonces {
		t.Errorf("%d answers are remembered, want %d", n, maxNonces)
	}
}

// TestChunkedTotal has many clients send large bodies in chunks and no end: what
// they take together is bounded, and given back.
func TestChunkedTotal(t *testing.T) {
	t.Run("clients", func(t *testing.T) {
		refused := make(chan string, 1)
		for range maxChunkedTotal/maxChunkedBody + 4 {
			c := newProxyClient(t, "http")
			go func() {
				io.WriteString(c, "POST http://h/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n")
				c.Write(make([]byte, maxChunkedBody))
			}()
			go func() {
				var status [12]byte
				if n, _ := io.ReadFull(c, status[:]); n == len(status) {
					select {
					case refused <- string(status[:]):
					default:
					}
				}
			}()
		}
		select {
		case got := <-refused:
			if got != "HTTP/1.0 503" {
				t.Errorf("%q", got)
			}
		case <-time.After(patience):
			t.Error("nobody was refused")
		}
		if n := chunkedTotal.Load(); n > maxChunkedTotal {
			t.Errorf("%d bytes", n)
		}
	})
	if n := chunkedTotal.Load(); n != 0 {
		t.Errorf("%d bytes are still taken", n)
	}
}
