package netcat

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"sosh/sockets"
)

// TestProxyAnswerTime has proxies that say something now and then, and nothing
// that is an answer.
func TestProxyAnswerTime(t *testing.T) {
	defer func(old time.Duration) { proxyAnswerTime = old }(proxyAnswerTime)
	proxyAnswerTime = 100 * time.Millisecond
	for kind, said := range map[string]string{"http": "HTTP/1.1 100 Continue\r\n\r\n", "socks5": "", "socks4": ""} {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			for i := 0; t.Context().Err() == nil; i++ { // a byte now and then
				if said == "" {
					<-t.Context().Done()
				} else if _, err := c.Write([]byte{said[i%len(said)]}); err != nil {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
		}()
		n := &netcat{opt: defaults(), err: io.Discard, table: sockets.NewTable()}
		n.dialect = newDialect(n, Ncat, "ncat")
		n.opt.host, n.opt.proxies, n.opt.proxyType = "127.0.0.1", []string{l.Addr().String()}, kind
		ended := make(chan error, 1)
		go func() {
			_, err := n.dialProxy(context.Background(), "1")
			ended <- err
		}()
		select {
		case err := <-ended:
			if err == nil || err.Error() != "Ncat: TIMEOUT." {
				t.Errorf("%s: %v", kind, err)
			}
		case <-time.After(patience):
			t.Errorf("%s: it goes on", kind)
		}
		n.table.Close()
	}
}

// TestProxyPorts has proxies without a port listen on what their clients take
// for it.
func TestProxyPorts(t *testing.T) {
	for _, c := range []struct{ args, port string }{
		{"-l --proxy-type http", "3128"}, {"-l --proxy-type socks5", "1080"}, {"-l --proxy-type socks4 ::1", "1080"}, {"-l", ncatPort},
		{"-l --proxy-type http 8080", "8080"}, {"-l --proxy-type http -p 8080", "8080"}, {"--proxy-type http --proxy h host", ncatPort},
	} {
		n := &netcat{err: io.Discard}
		o, err := (&ncatDialect{n: n, name: "ncat"}).parse(strings.Fields(c.args))
		if err != nil || o.ports[0] != c.port {
			t.Errorf("%s: %v, %v; want %s", c.args, o, err, c.port)
		}
	}
}
