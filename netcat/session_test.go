package netcat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// A fixture is a session over TCP with the descriptors of a test as its standard
// streams.
type fixture struct {
	*session
	peer  *net.TCPConn
	ended chan error
}

// newFixture connects a session whose standard streams are in and out; set changes
// its options. start runs it.
func newFixture(t *testing.T, in, out *os.File, set func(o *options)) *fixture {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	n := &netcat{opt: defaults(), err: io.Discard, table: sockets.NewTable()}
	n.dialect = newDialect(n, OpenBSD, "nc")
	if set != nil {
		set(n.opt)
	}
	t.Cleanup(func() { n.table.Close() })
	h, err := n.table.Socket(sockets.TCP4, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Connect(t.Context(), l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	pipeIn, err := newSelfPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipeOut, err := newSelfPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pipeIn.close(); pipeOut.close() })
	s := &session{n: n, h: h, in: &stdin{fd: int(in.Fd()), selfPipe: pipeIn}, out: &stdout{fd: int(out.Fd()), selfPipe: pipeOut}}
	return &fixture{session: s, peer: c.(*net.TCPConn), ended: make(chan error, 1)}
}

func (r *fixture) start() { go func() { r.ended <- r.run(context.Background()) }() }

// end waits until the session has ended.
func (r *fixture) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.ended:
		return err
	case <-time.After(patience):
		t.Fatal("the session goes on")
		return nil
	}
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// enlarge asks for a pipe that takes size bytes, and returns how many it takes.
func enlarge(w *os.File, size int) (takes int) {
	const setPipeSize = 1031 // F_SETPIPE_SZ of Linux (fcntl(2)); others refuse it
	for ; size > 16<<10; size /= 2 {
		if n, err := unix.FcntlInt(w.Fd(), setPipeSize, size); err == nil && n >= size {
			break
		}
	}
	return size
}

// TestPausesHoldNothingBack has lines come one by one, both ways, through pipes:
// each must arrive while the session waits for the next. A splice that waits for
// the socket in the kernel would hold the pipe of standard output locked.
func TestPausesHoldNothingBack(t *testing.T) {
	t.Parallel()
	inR, inW := pipe(t)
	outR, outW := pipe(t)
	r := newFixture(t, inR, outW, nil)
	r.start()
	buf := make([]byte, 64)
	for _, line := range []string{"a\n", "another\n", "the last\n"} {
		io.WriteString(inW, line)
		n, err := r.peer.Read(buf)
		if err != nil || string(buf[:n]) != line {
			t.Fatalf("the peer got %q, %v, want %q", buf[:n], err, line)
		}
		r.peer.Write(buf[:n])
		outR.SetReadDeadline(time.Now().Add(patience))
		if n, err = outR.Read(buf); err != nil || string(buf[:n]) != line {
			t.Fatalf("standard output got %q, %v, want %q", buf[:n], err, line)
		}
	}
	inW.Close()
	r.peer.Close()
	if err := r.end(t); err != nil {
		t.Fatal(err)
	}
}

// TestFileThatChanges sends a file that another process makes shorter, or
// longer, while the peer takes nothing: what it has in the end is sent.
func TestFileThatChanges(t *testing.T) {
	t.Parallel()
	const size = 16 << 20
	for name, end := range map[string]int64{"shrinks": 8<<20 + 100, "grows": 24 << 20} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			all := bytes.Repeat([]byte("0123456789abcde\n"), 24<<20/16)
			if err := os.WriteFile(path, all[:size], 0o600); err != nil {
				t.Fatal(err)
			}
			in, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			_, out := pipe(t)
			r := newFixture(t, in, out, func(o *options) { o.halfClose = true })
			r.start()
			// The first byte is there, so the file is mapped, but for the rest
			// there is no room yet.
			one := make([]byte, 1)
			if _, err := io.ReadFull(r.peer, one); err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if end < size {
				err = f.Truncate(end)
			} else {
				_, err = f.WriteAt(all[size:end], size)
			}
			f.Close()
			if err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(r.peer)
			if err != nil {
				t.Fatal(err)
			}
			if got := append(one, rest...); !bytes.Equal(got, all[:end]) {
				t.Fatalf("the peer got %d bytes, want the %d of the file", len(got), end)
			}
			r.peer.Close()
			if err := r.end(t); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestEndWhileOutputIsFull has the idle timeout end a session that can't write
// what it receives, since nobody reads.
func TestEndWhileOutputIsFull(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*options){
		"direct": func(o *options) {},
		"copied": func(o *options) { o.telnet = true },
	} {
		t.Run(name, func(t *testing.T) {
			inR, _ := pipe(t)
			_, outW := pipe(t)
			r := newFixture(t, inR, outW, func(o *options) { set(o); o.idleTimeout = 50 * time.Millisecond })
			go func() {
				for buf := make([]byte, 1<<20); ; {
					if _, err := r.peer.Write(buf); err != nil {
						return
					}
				}
			}()
			r.start()
			if err := r.end(t); err != errIdle {
				t.Fatalf("it ended with %v, want %v", err, errIdle)
			}
			r.peer.Close()
		})
	}
}

// TestReaderGone has a session leave when nobody reads its output any more,
// though nothing more comes from the network.
func TestReaderGone(t *testing.T) {
	t.Parallel()
	inR, inW := pipe(t)
	outR, outW := pipe(t)
	r := newFixture(t, inR, outW, nil)
	r.start()
	inW.Close()
	io.WriteString(r.peer, "x")
	if _, err := outR.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	outR.Close()
	// It is told by a splice if it comes before that waits.
	if err := r.end(t); err != nil && !errors.Is(err, unix.EPIPE) {
		t.Fatal(err)
	}
}

// TestInputAfterTheNetworkEnded has the peer end its side at once: what standard
// input has is sent, until it pauses.
func TestInputAfterTheNetworkEnded(t *testing.T) {
	t.Parallel()
	inR, inW := pipe(t)
	_, outW := pipe(t)
	r := newFixture(t, inR, outW, func(o *options) { o.listen = true })
	r.peer.CloseWrite()
	want := bytes.Repeat([]byte("x"), 8<<20)
	// What the pipe takes is there from the beginning, since a slow writer would be a pause.
	n := min(len(want), enlarge(inW, len(want)))
	if _, err := inW.Write(want[:n]); err != nil {
		t.Fatal(err)
	}
	r.start()
	go inW.Write(want[n:])
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r.peer, got); err != nil {
		t.Fatal(err)
	}
	// Standard input stays open, and the session ends.
	if err := r.end(t); err != nil {
		t.Fatal(err)
	}
}
