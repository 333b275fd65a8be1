package netcat

import (
	"errors"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestReset has the peer reset at each point of a transfer: the session ends,
// and says so or, where it was over, nothing.
func TestReset(t *testing.T) {
	t.Parallel()
	piece := make([]byte, 1<<20)
	readAtPeer := func(t *testing.T, r *fixture) {
		t.Helper()
		if _, err := io.ReadFull(r.peer, piece); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct {
		listen  bool
		ready   int                                                // bytes that standard input has at the start
		through func(t *testing.T, r *fixture, inW, outR *os.File) // up to the reset
	}{
		"before anything": {},
		"while it is sent to": {through: func(t *testing.T, r *fixture, inW, _ *os.File) {
			go inW.Write(make([]byte, 64<<20))
			readAtPeer(t, r)
		}},
		"while it is sent to, and reads nothing": {through: func(t *testing.T, r *fixture, inW, _ *os.File) {
			inW.Write(make([]byte, 256<<10)) // more than a pipe holds
		}},
		"while it sends": {through: func(t *testing.T, r *fixture, _, outR *os.File) {
			go r.peer.Write(make([]byte, 64<<20))
			if _, err := io.ReadFull(outR, piece); err != nil {
				t.Fatal(err)
			}
			go io.Copy(io.Discard, outR)
		}},
		"both ways at once": {through: func(t *testing.T, r *fixture, inW, outR *os.File) {
			go inW.Write(make([]byte, 64<<20))
			go r.peer.Write(make([]byte, 64<<20))
			go io.Copy(io.Discard, outR)
			readAtPeer(t, r)
		}},
		"after its end of input": {listen: true, ready: 32 << 10, through: func(t *testing.T, r *fixture, _, _ *os.File) {
			r.peer.CloseWrite()
			// What is ready is sent; a pause would be the end.
			if _, err := r.peer.Read(piece); err != nil {
				t.Fatal(err)
			}
		}},
		"after ours": {through: func(t *testing.T, r *fixture, inW, _ *os.File) {
			inW.Close()
			if _, err := r.peer.Read(piece); err != io.EOF {
				t.Fatal(err)
			}
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			inR, inW := pipe(t)
			outR, outW := pipe(t)
			r := newFixture(t, inR, outW, func(o *options) { o.halfClose, o.listen = true, tt.listen })
			inW.Write(make([]byte, tt.ready))
			r.start()
			if tt.through != nil {
				tt.through(t, r, inW, outR)
			}
			r.peer.SetLinger(0)
			r.peer.Close()
			if err := r.end(t); err != nil && !errors.Is(err, unix.ECONNRESET) && !errors.Is(err, unix.EPIPE) {
				t.Fatal(err)
			}
		})
	}
}
