package netconn

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"testing"

	"sosh/sockets"

	"golang.org/x/net/nettest"
)

// TestNetConn has a stream stand what every net.Conn has to: reads and writes
// at once, deadlines that move, and Close beside all of it.
func TestNetConn(t *testing.T) {
	for _, kind := range []sockets.Kind{sockets.TCP4, sockets.Unix} {
		for _, watched := range []bool{false, true} {
			name := string(kind)
			if watched {
				name += " watched"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
					a, b := streamPair(t, kind)
					a.Watch(watched)
					b.Watch(watched)
					return New(ctx, a), New(ctx, b), func() { a.Close(); b.Close() }, nil
				})
			})
		}
	}
}

// streamPair returns two connected handles.
func streamPair(t *testing.T, kind sockets.Kind) (a, b *sockets.Handle) {
	t.Helper()
	table := sockets.NewTable()
	t.Cleanup(func() { table.Close() })
	address := "127.0.0.1:0"
	if kind == sockets.Unix {
		address = filepath.Join(t.TempDir(), "l")
	}
	ctx := t.Context()
	l, err := table.Socket(kind, "l")
	if err == nil {
		err = errors.Join(l.Bind(ctx, address), l.Listen(-1))
	}
	if err == nil {
		a, err = table.Socket(kind, "a")
	}
	if err == nil {
		err = a.Connect(ctx, l.LocalAddr().String())
	}
	if err == nil {
		b, err = l.Accept(ctx, "b")
	}
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}
