package sockets

import (
	"context"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"sosh/internal/leak"
)

// The benchmarks come in pairs: the same through net.Conn, through a handle,
// and through a handle with a receiver. The aim is at least 0.9 and 0.6 of
// net.Conn's figure.

// benchPair connects two handles over TCP.
func benchPair(b *testing.B, watch bool) (client, server *Handle) {
	client, server = streamPair(b, TCP4)
	if watch {
		client.Watch(true)
		server.Watch(true)
	}
	return client, server
}

func benchConns(b *testing.B) (client, server net.Conn) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(b, err)
	defer l.Close()
	client, err = net.Dial("tcp4", l.Addr().String())
	must(b, err)
	server, err = l.Accept()
	must(b, err)
	b.Cleanup(func() {
		client.Close()
		server.Close()
	})
	return client, server
}

const pingSize = 20

func BenchmarkPingPong(b *testing.B) {
	b.Run("netconn", func(b *testing.B) {
		client, server := benchConns(b)
		go func() {
			buf := make([]byte, 1024)
			for {
				n, err := server.Read(buf)
				if err != nil {
					return
				}
				server.Write(buf[:n])
			}
		}()
		p, buf := make([]byte, pingSize), make([]byte, 1024)
		for b.Loop() {
			if _, err := client.Write(p); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(client, buf[:pingSize]); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, watch := range []bool{false, true} {
		b.Run(watchName(watch), func(b *testing.B) {
			client, server := benchPair(b, watch)
			// As a call of a script has it: a context that can end.
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go func() {
				buf := make([]byte, 1024)
				for {
					n, err := server.RecvInto(ctx, buf)
					if err != nil {
						return
					}
					server.Send(ctx, buf[:n])
				}
			}()
			p, buf := make([]byte, pingSize), make([]byte, 1024)
			for b.Loop() {
				if _, err := client.Send(ctx, p); err != nil {
					b.Fatal(err)
				}
				for n := 0; n < pingSize; {
					m, err := client.RecvInto(ctx, buf[n:pingSize])
					if err != nil {
						b.Fatal(err)
					}
					n += m
				}
			}
		})
	}
}

func watchName(watch bool) string {
	if watch {
		return "receiver"
	}
	return "handle"
}

// BenchmarkStream sends 64 KiB at a time to a reader with a buffer of that size.
func BenchmarkStream(b *testing.B) {
	const size = 64 << 10
	b.Run("netconn", func(b *testing.B) {
		client, server := benchConns(b)
		b.SetBytes(size)
		go func() {
			p := make([]byte, size)
			for {
				if _, err := client.Write(p); err != nil {
					return
				}
			}
		}()
		buf := make([]byte, size)
		for b.Loop() {
			if _, err := io.ReadFull(server, buf); err != nil {
				b.Fatal(err)
			}
		}
		client.Close()
	})
	for _, watch := range []bool{false, true} {
		b.Run(watchName(watch), func(b *testing.B) {
			client, server := benchPair(b, watch)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			b.SetBytes(size)
			go func() {
				p := make([]byte, size)
				for {
					if _, err := client.Send(ctx, p); err != nil {
						return
					}
				}
			}()
			buf := make([]byte, size)
			for b.Loop() {
				for n := 0; n < size; {
					m, err := server.RecvInto(ctx, buf[n:])
					if err != nil {
						b.Fatal(err)
					}
					n += m
				}
			}
			client.Close()
		})
	}
}

// BenchmarkStreamMessages is BenchmarkStream's handle with the call that
// scripts make, which gives bytes of their own.
func BenchmarkStreamRecv(b *testing.B) {
	const size = 64 << 10
	for _, watch := range []bool{false, true} {
		b.Run(watchName(watch), func(b *testing.B) {
			client, server := benchPair(b, watch)
			ctx := context.Background()
			b.SetBytes(size)
			go func() {
				p := make([]byte, size)
				for {
					if _, err := client.Send(ctx, p); err != nil {
						return
					}
				}
			}()
			for b.Loop() {
				for n := 0; n < size; {
					m, err := server.Recv(ctx, size-n)
					if err != nil {
						b.Fatal(err)
					}
					n += len(m.Data)
				}
			}
			client.Close()
		})
	}
}

// BenchmarkDatagrams sends and receives 100 bytes at a time over UDP.
func BenchmarkDatagrams(b *testing.B) {
	const size = 100
	b.Run("netconn", func(b *testing.B) {
		server, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		must(b, err)
		defer server.Close()
		client, err := net.DialUDP("udp4", nil, server.LocalAddr().(*net.UDPAddr))
		must(b, err)
		defer client.Close()
		p, buf := make([]byte, size), make([]byte, 65536)
		for b.Loop() {
			if _, err := client.Write(p); err != nil {
				b.Fatal(err)
			}
			if _, _, err := server.ReadFromUDPAddrPort(buf); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, watch := range []bool{false, true} {
		b.Run(watchName(watch), func(b *testing.B) {
			table := newTable(b)
			server, client := newBound(b, table, UDP4, "server"), newBound(b, table, UDP4, "client")
			must(b, client.Connect(b.Context(), server.LocalAddr().String()))
			server.Watch(watch)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			p := make([]byte, size)
			for b.Loop() {
				if _, err := client.Send(ctx, p); err != nil {
					b.Fatal(err)
				}
				if _, err := server.Recv(ctx, DefaultLimit); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkIdle reports what one of many connected handles costs in memory.
func BenchmarkIdle(b *testing.B) {
	const pairs = 2000
	for _, watch := range []bool{false, true} {
		b.Run(watchName(watch), func(b *testing.B) {
			for b.Loop() {
				bytes, close := idlePairs(b, pairs, watch)
				b.ReportMetric(float64(bytes)/(2*pairs), "B/handle")
				close()
			}
		})
	}
}

// idlePairs connects n pairs of handles, each of which has sent and received,
// and returns how many bytes of memory, stacks included, that took.
func idlePairs(t testing.TB, n int, watch bool) (bytes uint64, closeAll func()) {
	t.Helper()
	before := memory()
	table := NewTable()
	srv := newSocketHandle(t, table, TCP4, "srv")
	ctx := patient(t)
	must(t, srv.Bind(ctx, "127.0.0.1:0"))
	must(t, srv.Listen(-1))
	address := srv.LocalAddr().String()
	for range n {
		c := newSocketHandle(t, table, TCP4, "")
		must(t, c.Connect(ctx, address))
		s, err := srv.Accept(ctx, "")
		must(t, err)
		c.Watch(watch)
		s.Watch(watch)
		send(t, c, "x")
		wantRecv(t, s, "x")
	}
	return memory() - before, func() { table.Close() }
}

func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// TestIdleMemory holds ten thousand connected handles, within 20 KB each.
func TestIdleMemory(t *testing.T) {
	if leak.Alone(t) {
		return
	}
	if testing.Short() {
		t.Skip("ten thousand handles")
	}
	needDescriptors(t, 10_100)
	began := time.Now()
	bytes, closeAll := idlePairs(t, 5000, false)
	defer closeAll()
	per := bytes / 10_000
	t.Logf("%d bytes for each of 10,000 connected handles, made in %v", per, time.Since(began).Round(time.Millisecond))
	if per > 20_000 {
		t.Errorf("each takes more than 20 KB")
	}
}
