package sockets

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand"
	"net"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// TestPipe moves bytes both ways, few and many at once, with the halves ending
// one after the other, whichever way the kernel has a part in it.
func TestPipe(t *testing.T) {
	data := make([]byte, 3<<20)
	rand.New(rand.NewSource(1)).Read(data)
	for _, kind := range []Kind{TCP4, Unix} {
		for name, watch := range map[string]bool{"unseen": false, "seen": true} {
			t.Run(string(kind)+" "+name, func(t *testing.T) {
				a, x := streamPair(t, kind)
				b, y := streamPair(t, kind)
				if watch {
					record(t, x.table)
					record(t, y.table)
				}
				var through atomic.Int64
				piped := start(func() (struct{}, error) {
					return struct{}{}, Pipe(patient(t), x, y, func(n int) { through.Add(int64(n)) })
				})
				send(t, a, "a little")
				wantRecv(t, b, "a little")
				send(t, b, "and back")
				wantRecv(t, a, "and back")
				for _, ends := range [][2]*Handle{{a, b}, {b, a}} {
					sent := start(func() (int, error) {
						n, err := ends[0].Send(patient(t), data)
						return n, errors.Join(err, ends[0].Shutdown(unix.SHUT_WR))
					})
					m, err := ends[1].RecvAll(patient(t), len(data))
					if err != nil || !bytes.Equal(m.Data, data) {
						t.Fatalf("%d bytes, %v", len(m.Data), err)
					}
					if _, err := await(t, sent); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := await(t, piped); err != nil {
					t.Fatal(err)
				}
				want := int64(2 * (len(data) + 8))
				if got := through.Load(); got != want {
					t.Errorf("%d bytes went through, want %d", got, want)
				}
				if in, out := x.counters.in.Load()+y.counters.in.Load(), x.counters.out.Load()+y.counters.out.Load(); in != want || out != want {
					t.Errorf("%d bytes in, %d out, want %d", in, out, want)
				}
			})
		}
	}
}

// TestPipeEnds ends a pipe in other ways, before and after much went through.
func TestPipeEnds(t *testing.T) {
	t.Parallel()
	for _, bulk := range []int{0, 1 << 20} {
		for name, c := range map[string]struct {
			end  func(a, x *Handle, cancel context.CancelFunc)
			want error
		}{
			"reset":  {func(a, _ *Handle, _ context.CancelFunc) { a.Abort() }, unix.ECONNRESET},
			"closed": {func(_, x *Handle, _ context.CancelFunc) { x.Close() }, net.ErrClosed},
			"cancel": {func(_, _ *Handle, cancel context.CancelFunc) { cancel() }, context.Canceled},
		} {
			t.Run(name, func(t *testing.T) {
				a, x := streamPair(t, TCP4)
				b, y := streamPair(t, TCP4)
				ctx, cancel := context.WithCancel(patient(t))
				defer cancel()
				piped := start(func() (struct{}, error) { return struct{}{}, Pipe(ctx, x, y, nil) })
				sent := start(func() (int, error) { return a.Send(patient(t), make([]byte, bulk+1)) })
				if _, err := b.RecvExact(patient(t), bulk+1); err != nil {
					t.Fatal(err)
				}
				if _, err := await(t, sent); err != nil {
					t.Fatal(err)
				}
				stillRuns(t, piped)
				c.end(a, x, cancel)
				if _, err := await(t, piped); !errors.Is(err, c.want) {
					t.Errorf("%v, want %v", err, c.want)
				}
			})
		}
	}
}

// TestPipeFull has the receiver take nothing until the sender has to wait.
func TestPipeFull(t *testing.T) {
	t.Parallel()
	a, x := streamPair(t, TCP4)
	b, y := streamPair(t, TCP4)
	piped := start(func() (struct{}, error) { return struct{}{}, Pipe(patient(t), x, y, nil) })
	total := 0
	for piece := make([]byte, 1<<20); ; {
		n, err := a.Send(within(t, 50*moment), piece)
		total += n
		if err != nil {
			break
		}
	}
	must(t, a.Shutdown(unix.SHUT_WR))
	m, err := b.RecvAll(patient(t), total)
	if err != nil || len(m.Data) != total {
		t.Fatalf("%d bytes of %d, %v", len(m.Data), total, err)
	}
	must(t, b.Shutdown(unix.SHUT_WR))
	if _, err := a.Recv(patient(t), 1); err != io.EOF {
		t.Fatal(err)
	}
	if _, err := await(t, piped); err != nil {
		t.Fatal(err)
	}
}
