package sockets

import (
	"context"
	"net"
	"testing"

	"golang.org/x/net/nettest"
)

// TestNetConn has a stream stand what every net.Conn has to: reads and writes
// at once, deadlines that move, and Close beside all of it.
func TestNetConn(t *testing.T) {
	for _, kind := range []Kind{TCP4, Unix} {
		for _, watched := range []bool{false, true} {
			name := string(kind)
			if watched {
				name += " watched"
			}
			t.Run(name, func(t *testing.T) {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
					a, b := streamPair(t, kind)
					a.Watch(watched)
					b.Watch(watched)
					return NewConn(ctx, a), NewConn(ctx, b), func() { a.Close(); b.Close() }, nil
				})
			})
		}
	}
}
