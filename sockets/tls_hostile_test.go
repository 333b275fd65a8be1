package sockets

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"sosh/internal/leak"
	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// TestTLSKeyUpdates is asked for new keys again and again, by a peer that reads
// none of the answers: it has to stop reading, and to hold a bounded number of
// answers, and one goroutine for them. Once the peer reads, nothing is missing.
func TestTLSKeyUpdates(t *testing.T) {
	if leak.Alone(t) {
		return
	}
	const times = 6_000
	for _, side := range []string{"server", "client"} {
		for _, watch := range []bool{false, true} {
			t.Run(side+map[bool]string{false: "", true: " watched"}[watch], func(t *testing.T) {
				table := newTable(t)
				p, h := hostileOver(t, table, side == "server")
				h.Watch(watch)
				before := runtime.NumGoroutine()
				all := start(func() (int, error) {
					n := 0
					for n < times {
						m, err := h.Recv(patient(t), 4096)
						if err != nil {
							return n, err
						}
						n += len(m.Data)
					}
					return n, nil
				})
				var flood []byte
				for range times {
					flood = append(append(flood, p.keyUpdate()...), p.record(recordData, []byte("x"))...)
				}
				written := start(func() (int, error) { return p.conn.Write(flood) })
				s := h.tls.Load()
				waits := func() int {
					s.mu.Lock()
					defer s.mu.Unlock()
					return len(s.out)
				}
				eventually(t, "the answers wait", func() bool { return waits() >= maxUnsent })
				for range 100 {
					if n := waits(); n > maxUnsent+16<<10 {
						t.Fatalf("%d bytes wait to be written", n)
					}
					time.Sleep(2 * time.Millisecond)
				}
				stillRuns(t, all)
				if more := runtime.NumGoroutine() - before; more > 10 {
					t.Errorf("%d goroutines more than before", more)
				}
				go io.Copy(io.Discard, p.conn)
				if n, err := await(t, written); err != nil {
					t.Errorf("%d of %d bytes were taken: %v", n, len(flood), err)
				}
				if n, err := await(t, all); n < times || err != nil {
					t.Errorf("%d bytes came: %v", n, err)
				}
			})
		}
	}
}

// TestTLSAnswersWhileBothWrite has both sides write much before they read, and
// one of them change its keys: neither may wait for the other.
func TestTLSAnswersWhileBothWrite(t *testing.T) {
	t.Parallel()
	table := newTable(t)
	srv, came := serveTLS(t, table, TLS4, tlsconf.Options{})
	p := hostileClient(t, srv)
	h := next(t, came)
	h.SetInbox(64 << 20)
	h.Watch(true)
	must(t, p.conn.SetDeadline(time.Now().Add(patience)))
	sent := start(func() (int, error) { return h.Send(patient(t), make([]byte, 16<<20)) })
	var data []byte
	for range 1000 {
		data = append(data, p.record(recordData, make([]byte, 16<<10))...)
		if len(data)%7 == 0 {
			data = append(data, p.keyUpdate()...)
		}
	}
	if n, err := p.conn.Write(data); err != nil {
		t.Fatalf("%d of %d bytes were taken: %v", n, len(data), err)
	}
	go io.Copy(io.Discard, p.conn)
	if _, err := await(t, sent); err != nil {
		t.Error(err)
	}
	eventually(t, "all has come", func() bool { return h.Unread() == 1000*16<<10 })
}

// TestTLSHostileRecords sends what no sound peer sends: each ends the
// connection with an error, or is passed over, in bounded time and memory.
func TestTLSHostileRecords(t *testing.T) {
	if leak.Alone(t) {
		return
	}
	for _, c := range []struct {
		name  string
		flood func(p *hostilePeer) []byte
		ends  bool
	}{
		{"records of no length", func(p *hostilePeer) (b []byte) {
			for range 10_000 {
				b = append(b, p.record(recordData, nil)...)
			}
			return b
		}, true},
		{"warnings", func(p *hostilePeer) (b []byte) {
			for range 10_000 {
				b = append(b, p.record(recordAlert, []byte{1, 90})...)
			}
			return b
		}, true},
		{"changes of cipher in the clear", func(p *hostilePeer) (b []byte) {
			for range 10_000 {
				b = append(b, 20, 3, 3, 0, 1, 1)
			}
			return b
		}, true},
		{"changes of keys without data", func(p *hostilePeer) (b []byte) {
			for range 10_000 {
				b = append(b, p.keyUpdate()...)
			}
			return b
		}, true},
		{"a handshake message of 16 MB", func(p *hostilePeer) (b []byte) {
			b = p.record(recordHandshake, []byte{24, 0xff, 0xff, 0xff})
			for range 1024 {
				b = append(b, p.record(recordHandshake, make([]byte, 16<<10))...)
			}
			return b
		}, true},
		{"a record that is too long", func(p *hostilePeer) []byte { return append([]byte{23, 3, 3, 0xff, 0xff}, make([]byte, 0xffff)...) }, true},
		{"a record that is not ours", func(p *hostilePeer) []byte { return append([]byte{23, 3, 3, 0, 64}, make([]byte, 64)...) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := newTable(t)
			srv, came := serveTLS(t, table, TLS4, tlsconf.Options{})
			p := hostileClient(t, srv)
			h := next(t, came)
			before, heap := runtime.NumGoroutine(), heapInUse()
			flood := c.flood(p)
			go func() { p.conn.Write(flood) }()
			_, err := h.Recv(patient(t), 100)
			if Code(err) != "tls" {
				t.Errorf("recv: %v, want an error of TLS", err)
			}
			if more := runtime.NumGoroutine() - before; more > 5 {
				t.Errorf("%d goroutines more than before", more)
			}
			if more := heapInUse() - heap - int64(len(flood)); more > 8<<20 {
				t.Errorf("%d bytes more than before", more)
			}
			p.conn.Close()
		})
	}
}

func heapInUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

// TestTLSHalfOpen has many clients that begin a handshake and do not end it: one
// that does it as it should is served at once, and what the others hold is
// bounded and given back.
func TestTLSHalfOpen(t *testing.T) {
	if leak.Alone(t) {
		return
	}
	table := newTable(t)
	srv, came := serveTLS(t, table, TLS4, tlsconf.Options{})
	hello := clientHello(t)
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"nothing", nil},
		{"a part of the greeting", hello[:len(hello)/2]},
		{"the greeting alone", hello},
		{"the head of a large message", []byte{22, 3, 1, 0x40, 0, 1, 0, 0xff, 0xff}},
	} {
		t.Run(c.name, func(t *testing.T) {
			heap := heapInUse()
			var open []net.Conn
			for range 200 {
				n, err := net.Dial("tcp4", srv.LocalAddr().String())
				must(t, err)
				n.Write(c.data)
				open = append(open, n)
			}
			client, _ := tlsPeer(t, srv)
			client.Write([]byte("served"))
			h := next(t, came)
			wantRecv(t, h, "served")
			if more := (heapInUse() - heap) / 200; more > 128<<10 {
				t.Errorf("each of the others holds %d bytes", more)
			}
			for _, n := range open {
				n.Close()
			}
			must(t, h.Close())
		})
	}
	eventually(t, "all others have gone", func() bool { return len(table.Handles()) == 1 })
}

// TestTLSHandshakeLimit has clients that begin no handshake, or do not end it:
// each listener gives them up after a time, and serves others meanwhile.
func TestTLSHandshakeLimit(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{TLS4} {
		t.Run(string(kind), func(t *testing.T) {
			table := newTable(t)
			table.handshakeLimit = 2 * time.Second // a good client needs less on a busy machine too
			srv := newSocketHandle(t, table, kind, "")
			must(t, srv.Bind(patient(t), localAddress(t, kind, false)))
			must(t, srv.Listen(8))
			came := make(chan *Handle, 8)
			each := func(h *Handle) { came <- h }
			must(t, srv.Serve(each))
			plain := TCP4
			var stuck []*Handle
			for _, said := range []string{"", "\x16\x03\x01\x02"} {
				c := newSocketHandle(t, table, plain, "")
				must(t, c.Connect(patient(t), srv.LocalAddr().String()))
				send(t, c, said)
				stuck = append(stuck, c)
			}
			good := newSocketHandle(t, table, plain, "")
			must(t, good.Connect(patient(t), srv.LocalAddr().String()))
			must(t, good.StartTLS(patient(t), tlsconf.Options{NoVerify: true, ServerName: "x"}, false))
			send(t, good, "served")
			wantRecv(t, next(t, came), "served")
			for range stuck {
				ev := waitEvent(t, srv, EventError)
				if Code(ev.Err) != "timeout" {
					t.Errorf("the event is %v", ev.Err)
				}
			}
			for _, c := range stuck {
				if _, err := c.RecvAll(patient(t), 100); err != nil && !errors.Is(err, unix.ECONNRESET) {
					t.Errorf("a client that was given up: %v", err)
				}
			}
			if n := len(table.Handles()); n != 5 {
				t.Errorf("%d handles", n)
			}
		})
	}
}

// clientHello is the greeting of a client.
func clientHello(t testing.TB) []byte {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	go tls.Client(a, &tls.Config{InsecureSkipVerify: true}).Handshake()
	buf := make([]byte, 16<<10)
	must(t, b.SetReadDeadline(time.Now().Add(patience)))
	n, err := b.Read(buf)
	must(t, err)
	return buf[:n]
}
