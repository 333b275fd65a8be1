package proxy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"sosh/sockets"
)

const patience = 30 * time.Second

// A step is what a proxy waits for and what it then answers.
type step struct{ want, answer string }

// fakeProxy is a proxy that follows steps on each connection in turn, one list of steps
// each, and then closes it. It returns its address.
func fakeProxy(t *testing.T, connections ...[]step) (host, port string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for _, steps := range connections {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.SetDeadline(time.Now().Add(patience))
			for _, s := range steps {
				got := make([]byte, len(s.want))
				if _, err := io.ReadFull(c, got); err != nil || string(got) != s.want {
					t.Errorf("the proxy got %q, %v; want %q", got, err, s.want)
					break
				}
				io.WriteString(c, s.answer)
			}
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-ended })
	host, port, _ = net.SplitHostPort(l.Addr().String())
	return host, port
}

// newDialer returns a dialer to hops of which the first is at a real address, with the
// credentials user and pass.
func newDialer(t *testing.T, hops ...Hop) *Dialer {
	table := sockets.NewTable()
	t.Cleanup(func() { table.Close() })
	return &Dialer{
		Hops: hops,
		First: func(ctx context.Context, hop Hop) (*sockets.Handle, error) {
			h, err := table.Socket(sockets.TCP4, "")
			if err != nil {
				return nil, err
			}
			if err := h.Connect(ctx, net.JoinHostPort(hop.Host, hop.Port)); err != nil {
				h.Close()
				return nil, err
			}
			return h, nil
		},
		Credentials: func(Hop) (*Credentials, error) {
			return &Credentials{User: "user", Password: "pass", Basic: "user:pass"}, nil
		},
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]Hop{
		"h":                 {SOCKS5, "h", "1080"},
		"h:81":              {SOCKS5, "h", "81"},
		"http://h":          {HTTP, "h", "3128"},
		"http://h:http":     {HTTP, "h", "http"},
		"socks4://[::1]:81": {SOCKS4, "::1", "81"},
		"socks4a://[::1]":   {SOCKS4A, "::1", "1080"},
		"::1":               {SOCKS5, "::1", "1080"},
	} {
		if got, err := Parse(text, SOCKS5); got != want || err != nil {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
	var unknown *UnknownProtocolError
	if _, err := Parse("ftp\x1b://h", HTTP); !errors.As(err, &unknown) || unknown.Scheme != "ftp\x1b" || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("an unknown protocol: %v", err)
	}
}

// TestChain has a SOCKS5 proxy connect to an HTTP proxy, which connects to a SOCKS4
// proxy. What the host sends at once, behind the last answer, is there.
func TestChain(t *testing.T) {
	host, port := fakeProxy(t, []step{
		{"\x05\x02\x00\x02", "\x05\x02"},
		{"\x01\x04user\x04pass", "\x01\x00"},
		{"\x05\x01\x00\x03\x06second\x0c\x38", "\x05\x00\x00\x03\x01x\x00\x00"},
		{"CONNECT [::1]:1080 HTTP/1.0\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Fine\r\nX: y\r\n\r\n"},
		{"\x04\x01\x00\x50\x00\x00\x00\x01user\x00host\x00", "\x00\x5a\x00\x00\x00\x00\x00\x00hello"},
	})
	d := newDialer(t, Hop{SOCKS5, host, port}, Hop{HTTP, "second", "3128"}, Hop{SOCKS4A, "::1", "1080"})
	var events []Event
	d.Notify = func(e Event, _ string) { events = append(events, e) }
	h, err := d.Dial(t.Context(), "host", "80")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if m, err := h.RecvExact(t.Context(), 5); string(m.Data) != "hello" {
		t.Errorf("received %q, %v", m.Data, err)
	}
	if !slices.Equal(events, []Event{RemoteName, Connected, RemoteName}) {
		t.Errorf("events are %v", events)
	}
}

// TestChallenge has an HTTP proxy ask for credentials: they are sent once, and once more
// if the nonce was stale.
func TestChallenge(t *testing.T) {
	const request = "CONNECT h:1 HTTP/1.0\r\n"
	challenge := "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=x\r\n\r\n"
	basic := request + "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n"
	host, port := fakeProxy(t, []step{{request + "\r\n", challenge}}, []step{{basic, "HTTP/1.1 200 OK\r\n\r\n"}})
	h, err := newDialer(t, Hop{HTTP, host, port}).Dial(t.Context(), "h", "1")
	if err != nil {
		t.Fatal(err)
	}
	h.Close()

	host, port = fakeProxy(t, []step{{request + "\r\n", challenge}}, []step{{basic, challenge}})
	_, err = newDialer(t, Hop{HTTP, host, port}).Dial(t.Context(), "h", "1")
	var refused *Error
	if !errors.As(err, &refused) || refused.Code != 407 || !refused.NeedsOtherCredentials() {
		t.Errorf("credentials that are refused: %v", err)
	}

	stale := "HTTP/1.1 407 Who\r\nProxy-Authenticate: Digest nonce=n, stale=true\r\n\r\n"
	digest := request + `Proxy-Authorization: Digest username="user"`
	host, port = fakeProxy(t, []step{{request + "\r\n", stale}}, []step{{digest, stale}}, []step{{digest, stale}})
	_, err = newDialer(t, Hop{HTTP, host, port}).Dial(t.Context(), "h", "1")
	if !errors.As(err, &refused) || refused.Code != 407 {
		t.Errorf("a nonce that is always stale: %v", err)
	}
}

// TestErrors has proxies refuse, break off and answer with nonsense. What they send is
// escaped in the error, and no name of a handle is in it.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		protocol Protocol
		host     string
		steps    []step
		want     string
		is       error
	}{
		{HTTP, "h", []step{{"CONNECT h:1 HTTP/1.0\r\n\r\n", "HTTP/1.0 403 \xc2\x9b31mNo\r\n\r\n"}}, `HTTP proxy refused: "HTTP/1.0 403 \u{9b}31mNo"`, nil},
		{HTTP, "h", []step{{"CONNECT h:1 HTTP/1.0\r\n\r\n", "SSH-2.0\r\n"}}, "HTTP proxy: Status-Line: malformed status line", ErrStatusLine},
		{HTTP, "h", []step{{"CONNECT h:1 HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\n"}}, "HTTP proxy: header: the stream ended first", sockets.ErrEnded},
		{HTTP, "h\r\nX: y", nil, `HTTP proxy: malformed host "h\r\nX: y"`, ErrBadHost},
		{SOCKS4, "127.0.0.1", []step{{"\x04\x01\x00\x01\x7f\x00\x00\x01user\x00", "\x00\x5b\x00\x00\x00\x00\x00\x00"}}, "SOCKS4 proxy refused: rejected or failed (reply 91)", nil},
		{SOCKS4, "::1", nil, "SOCKS4 proxy: response: SOCKS4 has no IPv6", ErrSOCKS4Six},
		{SOCKS4A, "a\x00b", nil, "SOCKS4 proxy: response: a NUL byte in a host or a user", errZero},
		{SOCKS4A, strings.Repeat("h", 256), nil, "SOCKS4 proxy: response: a name of more than 255 bytes", ErrLongName},
		{SOCKS5, "h", []step{{"\x05\x02\x00\x02", "\x05\xff"}}, "SOCKS5 proxy: connect response: no acceptable authentication method proposed", ErrNoMethod},
		{SOCKS5, "h", []step{{"\x05\x02\x00\x02", "\x05\x01"}}, "SOCKS5 proxy: connect response: proxy selected invalid authentication method", ErrMethod},
		{SOCKS5, "h", []step{{"\x05\x02\x00\x02", "HT"}}, "SOCKS5 proxy: connect response: wrong SOCKS version", ErrVersion},
		{SOCKS5, "h", []step{{"\x05\x02\x00\x02", "\x05\x02"}, {"\x01\x04user\x04pass", "\x01\x01"}}, "SOCKS5 proxy: connect response: authentication failed", ErrPassword},
		{SOCKS5, "h", []step{{"\x05\x02\x00\x02", "\x05\x00"}, {"\x05\x01\x00\x03\x01h\x00\x01", "\x05\x05\x00\x01"}}, "SOCKS5 proxy refused: connection refused (reply 5)", nil},
		{SOCKS5, "h", []step{{"\x05\x02\x00\x02", "\x05\x00"}, {"\x05\x01\x00\x03\x01h\x00\x01", "\x05\x63\x00\x01"}}, "SOCKS5 proxy refused: unknown reason (reply 99)", nil},
		{SOCKS5, "h", []step{{"\x05\x02\x00\x02", "\x05\x00"}, {"\x05\x01\x00\x03\x01h\x00\x01", "\x05\x00\x00\x02"}}, "SOCKS5 proxy: request response: invalid proxy bind address type", ErrAddressType},
		{SOCKS5, "h", []step{{"\x05\x02\x00\x02", "\x05\x00"}, {"\x05\x01\x00\x03\x01h\x00\x01", "\x05\x00\x00\x01ab"}}, "SOCKS5 proxy: request response: the stream ended first", sockets.ErrEnded},
	} {
		host, port := fakeProxy(t, c.steps)
		h, err := newDialer(t, Hop{c.protocol, host, port}).Dial(t.Context(), c.host, "1")
		if h != nil {
			h.Close()
		}
		if err == nil || err.Error() != c.want || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s to %q: %v\nwant %s", c.protocol, c.host, err, c.want)
		}
	}
}

// TestAnswerTime has a proxy that never answers.
func TestAnswerTime(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	host, port, _ := net.SplitHostPort(l.Addr().String())
	for _, protocol := range []Protocol{HTTP, SOCKS4, SOCKS5} {
		d := newDialer(t, Hop{protocol, host, port})
		d.AnswerTime = 50 * time.Millisecond
		if _, err := d.Dial(t.Context(), "127.0.0.1", "1"); sockets.Code(err) != "timeout" {
			t.Errorf("%s: %v", protocol, err)
		}
	}
}

// TestPort: without a function for them, ports are numbers.
func TestPort(t *testing.T) {
	for _, port := range []string{"", "0", "65536", "-1", "http", "\x1b"} {
		host, own := fakeProxy(t, nil)
		if _, err := newDialer(t, Hop{SOCKS5, host, own}).Dial(t.Context(), "h", port); err == nil || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("port %q: %v", port, err)
		}
	}
}

// FuzzAnswers has proxies of each protocol answer with anything.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{"HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 407 No\r\nProxy-Authenticate: Digest nonce=n\r\n\r\n", "\x00\x5a\x00\x00\x00\x00\x00\x00", "\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", "\x05\x02\x01\x00\x05\x00\x00\x03\x01x\x00\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		for _, protocol := range []Protocol{HTTP, SOCKS4, SOCKS5} {
			server, client := handlePair(t)
			if _, err := server.Send(t.Context(), answer); err != nil && len(answer) > 0 {
				t.Fatal(err)
			}
			server.Shutdown(1)
			d := newDialer(t, Hop{protocol, "p", "1"})
			d.First = func(context.Context, Hop) (*sockets.Handle, error) { return client, nil }
			d.Credentials = nil
			h, err := d.Dial(t.Context(), "127.0.0.1", "1")
			if err != nil {
				if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x9b }) {
					t.Fatalf("the error %q", err)
				}
				continue
			}
			m, _ := h.RecvAll(t.Context(), len(answer)+1)
			if !bytes.HasSuffix(answer, m.Data) {
				t.Fatalf("%q is left of %q", m.Data, answer)
			}
			h.Close()
		}
	})
}

// handlePair returns two handles that are connected to each other.
func handlePair(t *testing.T) (server, client *sockets.Handle) {
	t.Helper()
	table := sockets.NewTable()
	t.Cleanup(func() { table.Close() })
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
	if client, err = table.Socket(sockets.TCP4, ""); err != nil {
		t.Fatal(err)
	}
	if err := client.Connect(t.Context(), l.LocalAddr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	return server, client
}
